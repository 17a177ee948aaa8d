/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_NS_COMMON_H
#define _LINUX_NS_COMMON_H

#include <linux/refcount.h>
#include <linux/types.h>

/* Fields of all namespaces. The small id is for the evidence of checks. */
struct ns_common {
	unsigned int inum;
	u32 id;
	refcount_t count;
};

/* Inode numbers of the initial namespaces; others count up from PROC_DYNAMIC_FIRST. */
#define PROC_USER_INIT_INO 0xEFFFFFFDU
#define PROC_MNT_INIT_INO 0xEFFFFFF8U
#define PROC_DYNAMIC_FIRST 0xF0000000U

unsigned int ns_alloc_inum_next(void);

#endif /* _LINUX_NS_COMMON_H */
