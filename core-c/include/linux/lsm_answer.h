/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_LSM_ANSWER_H
#define _LINUX_LSM_ANSWER_H

#include <linux/types.h>

/*
 * Ours: the one security module there is answers each hook with a number that
 * the host sets. The order is part of the boundary: append only.
 */
enum lsm_hook {
	LSM_HOOK_BPF,
	LSM_HOOK_INODE_PERMISSION,
	LSM_HOOK_BPF_TOKEN_CREATE,
	LSM_HOOK_BPF_TOKEN_CMD,
	LSM_HOOK_BPF_TOKEN_CAPABLE,
	LSM_HOOK_BPF_MAP_CREATE,
	LSM_HOOK_BPF_PROG_LOAD,
	NR_LSM_HOOKS,
};

/* 0 allows; a negative errno refuses. -EINVAL for an unknown hook or answer. */
int set_lsm_answer(u32 hook, s32 answer);

#endif /* _LINUX_LSM_ANSWER_H */
