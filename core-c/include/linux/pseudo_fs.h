/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PSEUDO_FS_H
#define _LINUX_PSEUDO_FS_H

#include <linux/fs.h>

/*
 * An internal filesystem, without a visible mount, for files of one kind. The kernel uses
 * init_pseudo() instead.
 */
struct pseudo_fs {
	struct file_system_type type;
	unsigned long magic;
	const struct dentry_operations *dops;
	const struct super_operations *sops;
	struct vfsmount *mnt;
};

int init_pseudo_context(struct fs_context *fc);
int pseudo_fs_mount(struct pseudo_fs *fs);
/* Creates a file with its own inode. @mode includes the type; @priv becomes ->i_private. */
struct file *pseudo_file(struct pseudo_fs *fs, const char *name, umode_t mode, int flags,
			 const struct file_operations *fops, void *priv);

#define DEFINE_PSEUDO_FS(_var, _name, _magic, _dops) \
	struct pseudo_fs _var = { \
		.type = { \
			.name = _name, \
			.init_fs_context = init_pseudo_context, \
			.kill_sb = kill_anon_super, \
		}, \
		.magic = _magic, \
		.dops = _dops, \
	}

#endif
