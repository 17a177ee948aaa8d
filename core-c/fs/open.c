// SPDX-License-Identifier: GPL-2.0-only
/* Opening files, and changing directory, mode and owner. Models: fs/open.c. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/release.h>
#include <linux/security.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include <trace/refusal.h>

#include "internal.h"
#include "mount.h"

#define __O_TMPFILE	(O_TMPFILE & ~O_DIRECTORY)
#define __O_SYNC	(O_SYNC & ~O_DSYNC)
#define FASYNC		020000

#define VALID_OPEN_FLAGS \
	(O_RDONLY | O_WRONLY | O_RDWR | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | \
	 O_NONBLOCK | __O_SYNC | O_DSYNC | FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | \
	 O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | __O_TMPFILE)
#define O_PATH_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)

static const struct file_operations empty_fops;

/**
 * is_token_dentry() - Is this the file of a token?
 *
 * The kernel has no such function. Token files are the only files on a bpffs without a name, which
 * also holds for an upstream token.c.
 */
bool is_token_dentry(const struct dentry *dentry)
{
	return dentry->d_sb->s_magic == BPF_FS_MAGIC && IS_ROOT(dentry) &&
	       dentry != dentry->d_sb->s_root;
}

static int get_write_access(struct file *file)
{
	struct vfsmount *mnt = file->f_path.mnt;
	umode_t mode = file_inode(file)->i_mode;
	int err;

	if (!(file->f_mode & FMODE_WRITE) || S_ISCHR(mode))
		return 0;
	err = mnt_want_write(mnt);
	if (!err)
		file->f_mode |= FMODE_WRITER;
	return err;
}

/**
 * put_file_access() - Release what a file holds of its mount, when it is closed.
 * @file: the file, which still holds its path
 *
 * Models: fs/file_table.c:put_file_access() and the end of __fput().
 */
void put_file_access(struct file *file)
{
	if (file->f_mode & FMODE_WRITER)
		mnt_drop_write(file->f_path.mnt);
	if (file->f_mode & FMODE_NEED_UNMOUNT)
		dissolve_on_fput(file->f_path.mnt);
	file->f_mode &= ~(FMODE_WRITER | FMODE_NEED_UNMOUNT);
}

/**
 * do_dentry_open() - Open a file at its f_path.
 * @f: the file; its f_path is set
 *
 * Models: fs/open.c:do_dentry_open(). Deviation: reopening a token is refused (spec TP-16).
 */
static int do_dentry_open(struct file *f)
{
	struct inode *inode = d_inode(f->f_path.dentry);
	int error;

	path_get(&f->f_path);
	f->f_inode = inode;
	if (f->f_flags & O_PATH) {
		f->f_mode = FMODE_PATH | FMODE_OPENED;
		f->f_op = &empty_fops;
		return 0;
	}
	if (is_token_dentry(f->f_path.dentry)) {
		error = refuse(-ENXIO, CHK_TOKEN_REOPEN, 0, 0);
		goto out_path;
	}
	error = get_write_access(f);
	if (error)
		goto out_path;

	f->f_op = inode->i_fop;
	f->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	if (f->f_op->open) {
		error = f->f_op->open(inode, f);
		if (error)
			goto out_access;
	}
	f->f_mode |= FMODE_OPENED;
	if (f->f_mode & FMODE_READ && f->f_op->read)
		f->f_mode |= FMODE_CAN_READ;
	if (f->f_mode & FMODE_WRITE && f->f_op->write)
		f->f_mode |= FMODE_CAN_WRITE;
	if (!f->f_op->llseek)
		f->f_mode &= ~FMODE_LSEEK;
	f->f_flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	return 0;

out_access:
	put_file_access(f);
out_path:
	path_put(&f->f_path);
	f->f_path = (struct path){};
	f->f_inode = NULL;
	return error;
}

/**
 * vfs_open() - Open a path with an allocated file.
 * @path: the path; the file takes its own references
 * @file: an empty file
 *
 * Models: fs/open.c:vfs_open().
 */
int vfs_open(const struct path *path, struct file *file)
{
	file->f_path = *path;
	return do_dentry_open(file);
}

/**
 * dentry_open() - Open a path.
 * @path: the path; the file takes its own references
 * @flags: O_*
 * @cred: credentials of the opener
 *
 * Models: fs/open.c:dentry_open().
 */
struct file *dentry_open(const struct path *path, int flags, const struct cred *cred)
{
	struct file *f = alloc_empty_file(flags, cred);
	int error;

	if (IS_ERR(f))
		return f;
	error = vfs_open(path, f);
	if (error) {
		fput(f);
		f = ERR_PTR(error);
	}
	return f;
}

/**
 * nonseekable_open() - ->open() of a file without a position.
 *
 * Models: fs/open.c:nonseekable_open().
 */
int nonseekable_open(struct inode *inode, struct file *file)
{
	file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	return 0;
}

static int build_open_flags(unsigned int flags, umode_t mode, struct open_flags *op)
{
	int acc_mode = flags & O_PATH ? 0 : ACC_MODE(flags);

	if (flags & (O_NOATIME | O_DIRECT | __O_TMPFILE) ||
	    (flags & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT))
		return not_modelled(UNMODELLED_OPEN_FLAGS);
	op->mode = flags & O_CREAT ? mode | S_IFREG : 0;
	if (flags & O_TRUNC)
		acc_mode |= MAY_WRITE;
	if (flags & O_APPEND)
		acc_mode |= MAY_APPEND;
	op->open_flag = flags;
	op->acc_mode = acc_mode;
	op->intent = flags & O_PATH ? 0 : LOOKUP_OPEN;
	op->lookup_flags = flags & O_DIRECTORY ? LOOKUP_DIRECTORY : 0;
	if (!(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
		op->lookup_flags |= LOOKUP_FOLLOW;
	return 0;
}

/* Unknown flags are silently ignored. Models: fs/open.c:do_sys_openat2(). */
SYSCALL_DEFINE4(openat, int, dfd, const char __user *, filename, int, flags, unsigned int, mode)
{
	/* TP-16: opens an fd again without /proc */
	const int empty = kernel_at_least(7, 2) ? O_EMPTYPATH : 0;
	struct open_flags op;
	struct filename *name;
	struct file *file;
	int fd;

	flags = (flags | O_LARGEFILE) & (VALID_OPEN_FLAGS | empty);
	if (flags & O_PATH)
		flags &= O_PATH_FLAGS | empty;
	fd = build_open_flags(flags, mode & S_IALLUGO, &op);
	if (fd)
		return fd;
	if (flags & O_EMPTYPATH)
		op.lookup_flags |= LOOKUP_EMPTY;
	name = getname_flags(filename, op.lookup_flags);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = get_unused_fd_flags(flags);
	if (fd >= 0) {
		file = do_filp_open(dfd, name, &op);
		if (IS_ERR(file)) {
			put_unused_fd(fd);
			fd = PTR_ERR(file);
		} else {
			fd_install(fd, file);
		}
	}
	putname(name);
	return fd;
}

static int do_chdir_check(const struct path *path)
{
	return path_permission(path, MAY_EXEC | MAY_CHDIR);
}

SYSCALL_DEFINE1(chdir, const char __user *, filename)
{
	struct path path;
	int error = user_path_at(AT_FDCWD, filename, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (error)
		return error;
	error = do_chdir_check(&path);
	if (!error)
		set_fs_pwd(current->fs, &path);
	path_put(&path);
	return error;
}

SYSCALL_DEFINE1(chroot, const char __user *, filename)
{
	struct path path;
	int error = user_path_at(AT_FDCWD, filename, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (error)
		return error;
	error = do_chdir_check(&path);
	if (!error && !ns_capable(current_user_ns(), CAP_SYS_CHROOT))
		error = refuse(-EPERM, CHK_CHROOT_CAPABLE,
			       evidence_cap(CAP_SYS_CHROOT, current_user_ns()),
			       evidence_caps_held());
	if (!error)
		set_fs_root(current->fs, &path);
	path_put(&path);
	return error;
}

static int notify_path(const struct path *path, struct iattr *attr)
{
	int error = mnt_want_write(path->mnt);

	if (error)
		return error;
	error = notify_change(mnt_idmap(path->mnt), path->dentry, attr);
	mnt_drop_write(path->mnt);
	return error;
}

SYSCALL_DEFINE3(fchmodat, int, dfd, const char __user *, filename, unsigned int, mode)
{
	struct iattr attr = { .ia_valid = ATTR_MODE };
	struct path path;
	int error = user_path_at(dfd, filename, LOOKUP_FOLLOW, &path);

	if (error)
		return error;
	attr.ia_mode = (mode & S_IALLUGO) | (d_inode(path.dentry)->i_mode & ~S_IALLUGO);
	error = notify_path(&path, &attr);
	path_put(&path);
	return error;
}

SYSCALL_DEFINE5(fchownat, int, dfd, const char __user *, filename, unsigned int, user,
		unsigned int, group, int, flag)
{
	const int known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
	struct iattr attr = {};
	struct path path;
	int error;

	if (flag & ~known)
		return not_modelled(UNMODELLED_FCHOWNAT_FLAGS);
	error = user_path_at(dfd, filename, (flag & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
			     (flag & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), &path);
	if (error)
		return error;

	attr.ia_uid = make_kuid(current_user_ns(), user);
	attr.ia_gid = make_kgid(current_user_ns(), group);
	if (user != (uid_t)-1)
		attr.ia_valid |= ATTR_UID;
	if (group != (gid_t)-1)
		attr.ia_valid |= ATTR_GID;
	if ((attr.ia_valid & ATTR_UID && !uid_valid(attr.ia_uid)) ||
	    (attr.ia_valid & ATTR_GID && !gid_valid(attr.ia_gid)))
		error = refuse(-EINVAL, CHK_FCHOWNAT_MAPPED, 0, user);
	else
		error = notify_path(&path, &attr);
	path_put(&path);
	return error;
}
