/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_STATFS_H
#define _LINUX_STATFS_H

#include <linux/types.h>

struct dentry;
struct path;

struct kstatfs {
	long f_type;
	long f_bsize;
	u64 f_blocks;
	u64 f_bfree;
	u64 f_bavail;
	u64 f_files;
	u64 f_ffree;
	u32 f_fsid[2];
	long f_namelen;
	long f_frsize;
	long f_flags;
};

int vfs_statfs(const struct path *path, struct kstatfs *buf);

#endif
