/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_LIVE_H
#define _LINUX_LIVE_H

#include <linux/types.h>

/* Counts of live objects, for leak tests; not in the kernel. Append only. */
enum live_kind {
	LIVE_ALLOC_BYTES,
	LIVE_INODES,
	LIVE_DENTRIES,
	LIVE_FILES,
	LIVE_TOKENS,
	LIVE_USER_NAMESPACES,
	LIVE_MOUNTS,
	LIVE_SUPERBLOCKS,
	LIVE_MAPS,
	LIVE_PROGS,
	LIVE_BTFS,
	LIVE_CREDS,
	LIVE_TASKS,
	LIVE_FS_CONTEXTS,
	LIVE_MNT_NAMESPACES,
	NR_LIVE_KINDS,
};

extern s32 live_count[NR_LIVE_KINDS];

static inline void live_inc(enum live_kind kind)
{
	live_count[kind]++;
}

static inline void live_dec(enum live_kind kind)
{
	live_count[kind]--;
}

#endif /* _LINUX_LIVE_H */
