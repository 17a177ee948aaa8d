/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_NS_COMMON_H
#define _LINUX_NS_COMMON_H

#include <linux/refcount.h>
#include <linux/types.h>

/* What every namespace has: its inode number, and the small id that evidence shows. */
struct ns_common {
	unsigned int inum;
	u32 id;
	refcount_t count;
};

/* Numbers of the first namespaces; the others count up from PROC_DYNAMIC_FIRST. */
#define PROC_USER_INIT_INO 0xEFFFFFFDU
#define PROC_MNT_INIT_INO 0xEFFFFFF8U
#define PROC_DYNAMIC_FIRST 0xF0000000U

/* The next free inode number of a namespace. */
unsigned int ns_alloc_inum_next(void);

#endif /* _LINUX_NS_COMMON_H */
