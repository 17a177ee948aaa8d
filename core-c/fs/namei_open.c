// SPDX-License-Identifier: GPL-2.0-only
/* Opening a path. Models: fs/namei.c, its second half. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/security.h>
#include <linux/string.h>

#include <trace/refusal.h>

static int may_open(const struct path *path, int acc_mode)
{
	struct inode *inode = d_inode(path->dentry);

	switch (inode->i_mode & S_IFMT) {
	case S_IFLNK:
		return refuse(-ELOOP, CHK_OPEN_SYMLINK, 0, 0);
	case S_IFDIR:
		if (acc_mode & MAY_WRITE)
			return refuse(-EISDIR, CHK_OPEN_DIRECTORY, MAY_READ, acc_mode);
		break;
	case S_IFCHR:
		if (path->mnt->mnt_flags & MNT_NODEV)
			return not_modelled(UNMODELLED_OPEN_NODEV);
		break;
	}
	return inode_permission(mnt_idmap(path->mnt), inode, MAY_OPEN | acc_mode);
}

/* May the caller create a name in this directory? */
static int may_o_create(const struct path *dir)
{
	struct inode *inode = d_inode(dir->dentry);
	struct user_namespace *sb_ns = dir->dentry->d_sb->s_user_ns;

	if (!kuid_has_mapping(sb_ns, current_fsuid()) || !kgid_has_mapping(sb_ns, current_fsgid()))
		return refuse(-EOVERFLOW, CHK_CREATE_MAPPED, 0, __kuid_val(current_fsuid()));
	return inode_permission(mnt_idmap(dir->mnt), inode, MAY_WRITE | MAY_EXEC);
}

/*
 * Finds or creates the last component. The create permission is checked first, but only matters if
 * the name does not exist.
 */
static struct dentry *lookup_open(struct nameidata *nd, struct file *file,
				  const struct open_flags *op)
{
	struct dentry *dir = nd->path.dentry;
	struct inode *dir_inode = d_inode(dir);
	bool create = op->open_flag & O_CREAT;
	struct dentry *dentry;
	umode_t mode = op->mode;
	int create_error = 0, error;

	if (create) {
		mode &= ~current_umask();
		create_error = mnt_want_write(nd->path.mnt);
		if (!create_error) {
			mnt_drop_write(nd->path.mnt);
			create_error = may_o_create(&nd->path);
		}
	}
	dentry = lookup_one_qstr(dir, &nd->last, nd->flags | (create ? LOOKUP_CREATE : 0));
	if (IS_ERR(dentry) || !d_is_negative(dentry))
		return dentry;

	if (!create) {
		error = refuse(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	} else if (create_error) {
		error = create_error;
	} else if (!dir_inode->i_op->create) {
		error = refuse(-EACCES, CHK_CREATE_UNSUPPORTED, 0, 0);
	} else {
		error = dir_inode->i_op->create(mnt_idmap(nd->path.mnt), dir_inode, dentry,
						S_IFREG | (mode & S_IALLUGO),
						op->open_flag & O_EXCL);
		if (!error) {
			file->f_mode |= FMODE_CREATED;
			return dentry;
		}
	}
	dput(dentry);
	return ERR_PTR(error);
}

/* Resolves the last component; the result is in nd->path. */
static int open_last_lookups(struct nameidata *nd, struct file *file,
			     const struct open_flags *op)
{
	struct dentry *dentry;

	if (nd->last_type != LAST_NORM)
		return walk_last(nd);
	if (nd->trailing_slash) {
		if (op->open_flag & O_CREAT)
			return not_modelled(UNMODELLED_OPEN_CREATE_SLASH);
		return walk_last(nd);
	}
	dentry = lookup_open(nd, file, op);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	return step_into(nd, dentry);
}

static int do_open(struct nameidata *nd, struct file *file, const struct open_flags *op)
{
	int open_flag = op->open_flag, acc_mode = op->acc_mode;
	struct dentry *dentry = nd->path.dentry;
	int error;

	if (open_flag & O_CREAT) {
		if (open_flag & O_EXCL && !(file->f_mode & FMODE_CREATED))
			return refuse(-EEXIST, CHK_CREATE_EXISTS, 0, 0);
		if (d_is_dir(dentry))
			return not_modelled(UNMODELLED_OPEN_CREATE_DIR);
	}
	if (nd->flags & LOOKUP_DIRECTORY && !d_is_dir(dentry))
		return refuse(-ENOTDIR, CHK_PATH_NOT_DIRECTORY, 0, 0);

	if (file->f_mode & FMODE_CREATED) {
		open_flag &= ~O_TRUNC;	/* a new file: its permissions are not checked */
		acc_mode = 0;
	} else if (S_ISREG(d_inode(dentry)->i_mode) && open_flag & O_TRUNC) {
		error = mnt_want_write(nd->path.mnt);
		if (error)
			return error;
		mnt_drop_write(nd->path.mnt);
	}
	error = may_open(&nd->path, acc_mode);
	if (error)
		return error;
	return vfs_open(&nd->path, file);
}

static int do_o_path(int dfd, struct filename *name, const struct open_flags *op,
		     struct file *file)
{
	struct path path;
	int error = filename_lookup(dfd, name, op->lookup_flags, &path);

	if (error)
		return error;
	error = vfs_open(&path, file);
	path_put(&path);
	return error;
}

static int path_openat(int dfd, struct filename *name, const struct open_flags *op,
		       struct file *file)
{
	struct nameidata nd;
	int error = path_init(&nd, dfd, name->name, op->lookup_flags | LOOKUP_PARENT);

	if (!error)
		error = link_path_walk(&nd, name->name);
	if (!error)
		error = open_last_lookups(&nd, file, op);
	if (!error)
		error = do_open(&nd, file, op);
	terminate_walk(&nd);
	return error;
}

/**
 * do_filp_open() - Open a path.
 * @dfd: start of relative paths
 * @name: the path
 * @op: flags and mode
 *
 * Models: fs/namei.c:do_filp_open(), path_openat().
 */
struct file *do_filp_open(int dfd, struct filename *name, const struct open_flags *op)
{
	struct file *file = alloc_empty_file(op->open_flag, current_cred());
	int error;

	if (IS_ERR(file))
		return file;
	if (op->open_flag & O_PATH)
		error = do_o_path(dfd, name, op, file);
	else
		error = path_openat(dfd, name, op, file);
	if (!error)
		return file;
	fput(file);
	return ERR_PTR(error);
}
