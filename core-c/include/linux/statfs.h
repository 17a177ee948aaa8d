/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_STATFS_H
#define _LINUX_STATFS_H

#include <linux/types.h>

struct dentry;
struct path;

struct kstatfs {
	s64 f_type;
	s64 f_bsize;
	u64 f_blocks;
	u64 f_bfree;
	u64 f_bavail;
	u64 f_files;
	u64 f_ffree;
	u32 f_fsid[2];
	s64 f_namelen;
	s64 f_frsize;
	s64 f_flags;
};

int vfs_statfs(const struct path *path, struct kstatfs *buf);

#endif
