// SPDX-License-Identifier: GPL-2.0-only
/* /sys, which only contains mount points for other filesystems. Models: fs/sysfs/mount.c, dir.c. */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/start_kernel.h>
#include <linux/statfs.h>
#include <linux/string.h>

#include <trace/refusal.h>

#include "internal.h"

static const struct super_operations sysfs_ops = {
	.statfs		= simple_statfs,
	.drop_inode	= generic_delete_inode,
};

static struct dentry *sysfs_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	/* a kernel without bpf() has no mount point for a bpffs */
	if (dentry->d_name.len == 3 && !memcmp(dentry->d_name.name, "bpf", 3))
		return simple_lookup(dir, dentry, flags);
	return ERR_PTR(not_modelled(UNMODELLED_SYS_FILE));
}

static const struct inode_operations sysfs_dir_iops = {
	.lookup	= sysfs_lookup,
};

static struct inode *sysfs_dir_inode(struct super_block *sb, const struct inode_operations *iops)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode->i_mode = S_IFDIR | 0755;
	inode->i_op = iops;
	inode->i_fop = &simple_dir_operations;
	set_nlink(inode, 2);
	return inode;
}

static struct dentry *sysfs_mkdir(struct dentry *parent, const char *name,
				  const struct inode_operations *iops)
{
	struct dentry *dentry = d_alloc_name(parent, name);
	struct inode *inode;

	if (!dentry)
		return NULL;
	inode = sysfs_dir_inode(parent->d_sb, iops);
	if (!inode) {
		dput(dentry);
		return NULL;
	}
	d_add(dentry, inode);
	inc_nlink(d_inode(parent));
	return dentry;	/* its reference pins the name in memory */
}

static int sysfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct dentry *fs;

	sb->s_magic = SYSFS_MAGIC;
	sb->s_op = &sysfs_ops;
	sb->s_iflags |= SB_I_USERNS_VISIBLE;
	sb->s_root = d_make_root(sysfs_dir_inode(sb, &sysfs_dir_iops));
	if (!sb->s_root)
		return -ENOMEM;
	fs = sysfs_mkdir(sb->s_root, "fs", &sysfs_dir_iops);
	if (!fs || (!(boot_params.flags & BOOT_NO_BPF_SYSCALL) &&
		    !sysfs_mkdir(fs, "bpf", &simple_dir_inode_operations)))
		return -ENOMEM;
	return 0;
}

static int sysfs_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, sysfs_fill_super);
}

static const struct fs_context_operations sysfs_fs_context_ops = {
	.get_tree = sysfs_get_tree,
};

static int sysfs_init_fs_context(struct fs_context *fc)
{
	fc->ops = &sysfs_fs_context_ops;
	return 0;
}

/* Mounted once at boot, so the type is not registered. */
struct file_system_type sysfs_fs_type = {
	.name			= "sysfs",
	.init_fs_context	= sysfs_init_fs_context,
	.kill_sb		= kill_litter_super,
};
