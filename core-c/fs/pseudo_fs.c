// SPDX-License-Identifier: GPL-2.0-only
/* Internal filesystems without visible mounts. Models: fs/libfs.c:init_pseudo(). */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

static int pseudo_fs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct pseudo_fs *fs = container_of(fc->fs_type, struct pseudo_fs, type);
	struct inode *root;

	sb->s_magic = fs->magic;
	sb->s_op = fs->sops ? fs->sops : &simple_super_operations;
	sb->s_flags |= SB_NOUSER;
	root = new_inode(sb);
	if (root) {
		root->i_ino = 1;
		root->i_mode = S_IFDIR | 0600;
	}
	sb->s_root = d_make_root(root);
	if (!sb->s_root)
		return -ENOMEM;
	sb->s_d_op = fs->dops;
	return 0;
}

static int pseudo_fs_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, pseudo_fs_fill_super);
}

static const struct fs_context_operations pseudo_fs_context_ops = {
	.get_tree = pseudo_fs_get_tree,
};

/** init_pseudo_context() - ->init_fs_context() of these filesystems. */
int init_pseudo_context(struct fs_context *fc)
{
	fc->ops = &pseudo_fs_context_ops;
	return 0;
}

/** pseudo_fs_mount() - Mount an internal filesystem at boot. */
int pseudo_fs_mount(struct pseudo_fs *fs)
{
	fs->mnt = kern_mount(&fs->type);
	return PTR_ERR_OR_ZERO(fs->mnt);
}

/**
 * pseudo_file() - Create a file with its own inode.
 * @fs: the filesystem
 * @name: the name that /proc shows, by the filesystem's ->d_dname()
 * @mode: type and mode
 * @flags: O_*
 * @fops: its operations
 * @priv: private data of the inode; on failure the caller keeps it
 */
struct file *pseudo_file(struct pseudo_fs *fs, const char *name, umode_t mode, int flags,
			 const struct file_operations *fops, void *priv)
{
	struct inode *inode = new_inode(fs->mnt->mnt_sb);
	struct file *file;

	if (!inode)
		return ERR_PTR(-ENFILE);
	inode->i_ino = get_next_ino();
	inode->i_mode = mode;
	inode->i_uid = current_fsuid();
	inode->i_gid = current_fsgid();
	file = alloc_file_pseudo(inode, fs->mnt, name, flags, fops);
	if (IS_ERR(file)) {
		iput(inode);
		return file;
	}
	inode->i_private = priv;
	return file;
}
