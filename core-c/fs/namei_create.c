// SPDX-License-Identifier: GPL-2.0-only
/* Creating and removing names. Models: fs/namei.c, its last third. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/string.h>
#include <linux/syscalls.h>

#include <trace/refusal.h>

#include "mount.h"

/*
 * Walks to the directory of the last component, which stays in nd->last. The caller ends the walk
 * with terminate_walk().
 */
static int path_parentat(struct nameidata *nd, int dfd, const char *name, unsigned int flags)
{
	int err = path_init(nd, dfd, name, flags | LOOKUP_PARENT);

	if (!err)
		err = link_path_walk(nd, name);
	return err;
}

static struct dentry *filename_create(struct nameidata *nd, int dfd, const char *name,
				      unsigned int lookup_flags)
{
	bool want_dir = lookup_flags & LOOKUP_DIRECTORY;
	struct dentry *dentry;
	int error, read_only;

	error = path_parentat(nd, dfd, name, 0);
	if (error)
		return ERR_PTR(error);
	if (nd->last_type != LAST_NORM)
		return refuse_ptr(-EEXIST, CHK_CREATE_EXISTS, 0, 0);

	/* EROFS is only reported if nothing else is wrong */
	read_only = __mnt_is_readonly(nd->path.mnt);
	dentry = lookup_one_qstr(nd->path.dentry, &nd->last, LOOKUP_CREATE | LOOKUP_EXCL);
	if (IS_ERR(dentry))
		return dentry;
	if (!d_is_negative(dentry))
		error = refuse(-EEXIST, CHK_CREATE_EXISTS, 0, 0);
	else if (nd->trailing_slash && !want_dir)
		error = refuse(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	else if (read_only)
		error = refuse(-EROFS, CHK_MOUNT_READ_ONLY, 0, 0);
	if (!error)
		return dentry;
	dput(dentry);
	return ERR_PTR(error);
}

/**
 * kern_path_create() - Prepare the creation of a name.
 * @dfd: start of relative paths
 * @name: the path
 * @path: set to its directory, with references
 * @lookup_flags: LOOKUP_DIRECTORY if a directory will be created
 *
 * Models: fs/namei.c:kern_path_create().
 *
 * Return: a negative entry; the caller ends with done_path_create().
 */
struct dentry *kern_path_create(int dfd, const char *name, struct path *path,
				unsigned int lookup_flags)
{
	struct nameidata nd;
	struct dentry *dentry = filename_create(&nd, dfd, name, lookup_flags);

	if (!IS_ERR(dentry)) {
		*path = nd.path;
		path_get(path);
	}
	terminate_walk(&nd);
	return dentry;
}

/**
 * user_path_create() - kern_path_create() for a path from user space.
 *
 * Models: fs/namei.c:user_path_create().
 */
struct dentry *user_path_create(int dfd, const char __user *pathname, struct path *path,
				unsigned int lookup_flags)
{
	struct filename *name = getname(pathname);
	struct dentry *dentry;

	if (IS_ERR(name))
		return ERR_CAST(name);
	dentry = kern_path_create(dfd, name->name, path, lookup_flags);
	putname(name);
	return dentry;
}

/**
 * done_path_create() - End what kern_path_create() began.
 * @path: the directory
 * @dentry: the entry
 *
 * Models: fs/namei.c:done_path_create().
 */
void done_path_create(struct path *path, struct dentry *dentry)
{
	dput(dentry);
	path_put(path);
}

/**
 * end_creating_path() - done_path_create() by its name since 6.18.
 *
 * Models: fs/namei.c:end_creating_path().
 */
void end_creating_path(const struct path *path, struct dentry *dentry)
{
	dput(dentry);
	path_put(path);
}

static int may_create(struct inode *dir)
{
	struct user_namespace *sb_ns = dir->i_sb->s_user_ns;

	if (!kuid_has_mapping(sb_ns, current_fsuid()) || !kgid_has_mapping(sb_ns, current_fsgid()))
		return refuse(-EOVERFLOW, CHK_CREATE_MAPPED, 0, __kuid_val(current_fsuid()));
	return inode_permission(&nop_mnt_idmap, dir, MAY_WRITE | MAY_EXEC);
}

static bool check_sticky(const struct inode *dir, const struct inode *inode)
{
	if (!(dir->i_mode & S_ISVTX) || uid_eq(inode->i_uid, current_fsuid()) ||
	    uid_eq(dir->i_uid, current_fsuid()))
		return false;
	return !capable_wrt_inode_uidgid(&nop_mnt_idmap, inode, CAP_FOWNER);
}

static int may_delete(struct inode *dir, struct dentry *victim, bool isdir)
{
	struct inode *inode = d_inode(victim);
	int error;

	error = inode_permission(&nop_mnt_idmap, dir, MAY_WRITE | MAY_EXEC);
	if (error)
		return error;
	if (check_sticky(dir, inode))
		return refuse(-EPERM, CHK_DELETE_STICKY, __kuid_val(inode->i_uid),
			      __kuid_val(current_fsuid()));
	if (isdir && !d_is_dir(victim))
		return not_modelled(UNMODELLED_RMDIR);
	if (!isdir && d_is_dir(victim))
		return refuse(-EISDIR, CHK_UNLINK_DIRECTORY, 0, 0);
	return 0;
}

/**
 * vfs_mkdir() - Create a directory.
 *
 * Models: fs/namei.c:vfs_mkdir(). Deviation: returns no entry, because none replaces @dentry.
 */
int vfs_mkdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int error = may_create(dir);

	if (error)
		return error;
	if (!dir->i_op->mkdir)
		return not_modelled(UNMODELLED_MKDIR);
	mode &= (0777 | S_ISVTX) & ~current_umask();
	return (int)PTR_ERR(dir->i_op->mkdir(idmap, dir, dentry, mode));
}

/**
 * vfs_mkobj() - Create an object of a filesystem, such as a pinned map.
 * @dentry: the name
 * @mode: permissions
 * @f: creates the object
 * @arg: for @f
 *
 * Models: fs/namei.c:vfs_mkobj().
 */
int vfs_mkobj(struct dentry *dentry, umode_t mode, int (*f)(struct dentry *, umode_t, void *),
	      void *arg)
{
	int error = may_create(d_inode(dentry->d_parent));

	if (error)
		return error;
	return f(dentry, S_IFREG | (mode & S_IALLUGO), arg);
}

/**
 * vfs_rmdir() - Remove an empty directory.
 *
 * Models: fs/namei.c:vfs_rmdir().
 */
int vfs_rmdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry)
{
	int error = may_delete(dir, dentry, true);

	if (error)
		return error;
	if (!dir->i_op->rmdir || dentry->d_flags & DCACHE_MOUNTED)
		return not_modelled(UNMODELLED_RMDIR);
	error = dir->i_op->rmdir(dir, dentry);
	if (!error)
		d_delete(dentry);
	return error;
}

/**
 * vfs_unlink() - Remove a name other than a directory.
 *
 * Models: fs/namei.c:vfs_unlink().
 */
int vfs_unlink(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry)
{
	int error = may_delete(dir, dentry, false);

	if (error)
		return error;
	if (!dir->i_op->unlink || dentry->d_flags & DCACHE_MOUNTED)
		return not_modelled(UNMODELLED_UNLINK);
	dir->i_op->unlink(dir, dentry);	/* none of these fails */
	d_delete(dentry);
	return 0;
}

SYSCALL_DEFINE3(mkdirat, int, dfd, const char __user *, pathname, unsigned int, mode)
{
	struct path path;
	struct dentry *dentry;
	int error;

	dentry = user_path_create(dfd, pathname, &path, LOOKUP_DIRECTORY);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	error = vfs_mkdir(mnt_idmap(path.mnt), d_inode(path.dentry), dentry, mode);
	done_path_create(&path, dentry);
	return error;
}

static int do_unlink(struct nameidata *nd, bool isdir)
{
	struct dentry *dentry;
	int error;

	if (nd->last_type != LAST_NORM)
		return isdir ? not_modelled(UNMODELLED_RMDIR) :
			       refuse(-EISDIR, CHK_UNLINK_DIRECTORY, 0, 0);
	error = mnt_want_write(nd->path.mnt);
	if (error)
		return error;
	dentry = lookup_one_qstr(nd->path.dentry, &nd->last, 0);
	if (IS_ERR(dentry)) {
		error = PTR_ERR(dentry);
	} else {
		if (d_is_negative(dentry))
			error = refuse(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
		else if (isdir)
			error = vfs_rmdir(mnt_idmap(nd->path.mnt), d_inode(nd->path.dentry),
					  dentry);
		else if (nd->trailing_slash && d_is_dir(dentry))
			error = refuse(-EISDIR, CHK_UNLINK_DIRECTORY, 0, 0);
		else if (nd->trailing_slash)
			error = refuse(-ENOTDIR, CHK_PATH_NOT_DIRECTORY, 0, 0);
		else
			error = vfs_unlink(mnt_idmap(nd->path.mnt), d_inode(nd->path.dentry),
					   dentry);
		dput(dentry);
	}
	mnt_drop_write(nd->path.mnt);
	return error;
}

SYSCALL_DEFINE3(unlinkat, int, dfd, const char __user *, pathname, int, flag)
{
	struct filename *name;
	struct nameidata nd;
	int error;

	if (flag & ~AT_REMOVEDIR)
		return not_modelled(UNMODELLED_UNLINK_FLAGS);
	name = getname(pathname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	error = path_parentat(&nd, dfd, name->name, 0);
	if (!error)
		error = do_unlink(&nd, flag & AT_REMOVEDIR);
	terminate_walk(&nd);
	putname(name);
	return error;
}
