// SPDX-License-Identifier: GPL-2.0-only
/*
 * In-memory filesystems: the root filesystem and the type "tmpfs".
 * Models: fs/ramfs/inode.c, and of mm/shmem.c the options and their display.
 *
 * Deviation: regular files have no contents.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/namei.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <trace/refusal.h>

/* Size that each name adds to its directory in stat(2). */
#define BOGO_DIRENT_SIZE 20

struct ramfs_options {
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
	u64 last_ino;	/* per superblock */
};

static const struct inode_operations ramfs_dir_inode_operations;

static ssize_t ramfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return 0;	/* always empty */
}

static ssize_t ramfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return not_modelled(UNMODELLED_FILE_CONTENTS);
}

static int ramfs_mmap(struct file *file, u64 length, unsigned long prot, unsigned long flags)
{
	return not_modelled(UNMODELLED_FILE_CONTENTS);
}

static const struct file_operations ramfs_file_operations = {
	.llseek	= generic_file_llseek,
	.read	= ramfs_read,
	.write	= ramfs_write,
	.mmap	= ramfs_mmap,
};

static const struct inode_operations ramfs_file_inode_operations = {
	.setattr = simple_setattr,
};

static struct inode *ramfs_get_inode(struct super_block *sb, const struct inode *dir,
				     umode_t mode, dev_t dev)
{
	struct ramfs_options *info = sb->s_fs_info;
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = ++info->last_ino;
	inode_init_owner(&nop_mnt_idmap, inode, dir, mode);
	simple_inode_init_ts(inode);
	if (S_ISREG(mode)) {
		inode->i_op = &ramfs_file_inode_operations;
		inode->i_fop = &ramfs_file_operations;
	} else if (S_ISDIR(mode)) {
		inode->i_op = &ramfs_dir_inode_operations;
		inode->i_fop = &simple_dir_operations;
		inc_nlink(inode);
		inode->i_size = 2 * BOGO_DIRENT_SIZE;
	} else {
		init_special_inode(inode, mode, dev);
	}
	return inode;
}

static int ramfs_mknod(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		       umode_t mode, dev_t dev)
{
	struct inode *inode = ramfs_get_inode(dir->i_sb, dir, mode, dev);

	if (!inode)
		return -ENOSPC;
	d_instantiate(dentry, inode);
	dget(dentry);	/* pins the name in memory */
	dir->i_size += BOGO_DIRENT_SIZE;
	return 0;
}

static struct dentry *ramfs_mkdir(struct mnt_idmap *idmap, struct inode *dir,
				  struct dentry *dentry, umode_t mode)
{
	int err = ramfs_mknod(idmap, dir, dentry, mode | S_IFDIR, 0);

	if (!err)
		inc_nlink(dir);
	return ERR_PTR(err);
}

static int ramfs_create(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
			umode_t mode, bool excl)
{
	return ramfs_mknod(idmap, dir, dentry, mode | S_IFREG, 0);
}

/* The sizes are those of mm/shmem.c:shmem_unlink(), shmem_rmdir(). */
static int ramfs_unlink(struct inode *dir, struct dentry *dentry)
{
	dir->i_size -= BOGO_DIRENT_SIZE;
	return simple_unlink(dir, dentry);
}

static int ramfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	int err = simple_rmdir(dir, dentry);

	if (!err)
		dir->i_size -= BOGO_DIRENT_SIZE;
	return err;
}

/*
 * Deviation: the root filesystem of a real kernel has other names, so unknown ones are unmodelled.
 */
static struct dentry *ramfs_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	if (dir->i_sb->s_magic == RAMFS_MAGIC && !(flags & LOOKUP_CREATE) &&
	    IS_ROOT(dentry->d_parent) && dentry->d_name.len <= NAME_MAX)
		return ERR_PTR(not_modelled(UNMODELLED_ROOT_FILE));
	return simple_lookup(dir, dentry, flags);
}

static const struct inode_operations ramfs_dir_inode_operations = {
	.create	= ramfs_create,
	.lookup	= ramfs_lookup,
	.unlink	= ramfs_unlink,
	.mkdir	= ramfs_mkdir,
	.rmdir	= ramfs_rmdir,
	.mknod	= ramfs_mknod,
};

static int ramfs_show_options(struct seq_file *m, struct dentry *root)
{
	const struct ramfs_options *opts = root->d_sb->s_fs_info;

	if (opts->mode != (S_ISVTX | 0777))
		seq_printf(m, ",mode=%03o", opts->mode);
	if (!uid_eq(opts->uid, GLOBAL_ROOT_UID))
		seq_printf(m, ",uid=%u", from_kuid_munged(&init_user_ns, opts->uid));
	if (!gid_eq(opts->gid, GLOBAL_ROOT_GID))
		seq_printf(m, ",gid=%u", from_kgid_munged(&init_user_ns, opts->gid));
	seq_puts(m, ",inode64");
	return 0;
}

static const struct super_operations ramfs_ops = {
	.statfs		= simple_statfs,
	.drop_inode	= generic_delete_inode,
	.show_options	= ramfs_show_options,
};

/* The root filesystem has no options to show. */
static const struct super_operations rootfs_ops = {
	.statfs		= simple_statfs,
	.drop_inode	= generic_delete_inode,
};

enum { OPT_MODE, OPT_UID, OPT_GID };

static const struct fs_parameter_spec ramfs_fs_parameters[] = {
	fsparam_u32oct("mode", OPT_MODE),
	fsparam_u32("uid", OPT_UID),
	fsparam_u32("gid", OPT_GID),
	{}
};

/* Deviation: only options that concern permissions are modelled. */
static int ramfs_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct ramfs_options *opts = fc->s_fs_info;
	struct fs_parse_result result;
	int opt = fs_parse(fc, ramfs_fs_parameters, param, &result);
	kuid_t uid;
	kgid_t gid;

	if (opt == -ENOPARAM && strcmp(param->key, "source"))
		return not_modelled(UNMODELLED_OPTIONS_OF_TMPFS);
	if (opt < 0)
		return opt;
	switch (opt) {
	case OPT_MODE:
		opts->mode = result.uint_32 & 07777;
		break;
	case OPT_UID:
		uid = make_kuid(current_user_ns(), result.uint_32);
		if (!uid_valid(uid) || !kuid_has_mapping(fc->user_ns, uid)) {
			logfc(fc, "e tmpfs: Invalid uid '%s'\n", param->string);
			return refuse(-EINVAL, CHK_OPTION_UID, 0, result.uint_32);
		}
		opts->uid = uid;
		break;
	case OPT_GID:
		gid = make_kgid(current_user_ns(), result.uint_32);
		if (!gid_valid(gid) || !kgid_has_mapping(fc->user_ns, gid)) {
			logfc(fc, "e tmpfs: Invalid gid '%s'\n", param->string);
			return refuse(-EINVAL, CHK_OPTION_GID, 0, result.uint_32);
		}
		opts->gid = gid;
		break;
	}
	return 0;
}

static int ramfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	const struct ramfs_options *opts = sb->s_fs_info;
	struct inode *inode;

	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_magic = sb->s_flags & SB_KERNMOUNT ? RAMFS_MAGIC : TMPFS_MAGIC;
	sb->s_op = sb->s_flags & SB_KERNMOUNT ? &rootfs_ops : &ramfs_ops;
	sb->s_time_gran = 1;

	inode = ramfs_get_inode(sb, NULL, S_IFDIR | opts->mode, 0);
	if (inode) {
		inode->i_uid = opts->uid;
		inode->i_gid = opts->gid;
	}
	sb->s_root = d_make_root(inode);
	return sb->s_root ? 0 : -ENOMEM;
}

static int ramfs_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, ramfs_fill_super);
}

static void ramfs_free_fc(struct fs_context *fc)
{
	kfree(fc->s_fs_info);
}

static const struct fs_context_operations ramfs_context_ops = {
	.free		= ramfs_free_fc,
	.parse_param	= ramfs_parse_param,
	.get_tree	= ramfs_get_tree,
};

static int ramfs_init_fs_context(struct fs_context *fc)
{
	struct ramfs_options *opts = kzalloc(sizeof(*opts), GFP_KERNEL);

	if (!opts)
		return -ENOMEM;
	opts->mode = fc->sb_flags & SB_KERNMOUNT ? 0755 : S_ISVTX | 0777;
	opts->uid = current_fsuid();
	opts->gid = current_fsgid();
	fc->s_fs_info = opts;
	fc->ops = &ramfs_context_ops;
	return 0;
}

static void ramfs_kill_sb(struct super_block *sb)
{
	kfree(sb->s_fs_info);
	kill_litter_super(sb);
}

struct file_system_type ramfs_fs_type = {
	.name			= "rootfs",
	.init_fs_context	= ramfs_init_fs_context,
	.kill_sb		= ramfs_kill_sb,
};

struct file_system_type tmpfs_fs_type = {
	.name			= "tmpfs",
	.init_fs_context	= ramfs_init_fs_context,
	.parameters		= ramfs_fs_parameters,
	.kill_sb		= ramfs_kill_sb,
	.fs_flags		= FS_USERNS_MOUNT,
};
