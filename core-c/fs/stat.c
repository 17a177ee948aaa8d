// SPDX-License-Identifier: GPL-2.0-only
/* What files are. Models: fs/stat.c. */
#include <linux/build_bug.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/release.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include <trace/refusal.h>

#define AT_STATX_SYNC_TYPE 0x6000

/* struct stat of x86-64, on every machine. */
struct stat64 {
	u64 st_dev;
	u64 st_ino;
	u64 st_nlink;
	u32 st_mode;
	u32 st_uid;
	u32 st_gid;
	u32 __pad0;
	u64 st_rdev;
	s64 st_size;
	s64 st_blksize;
	s64 st_blocks;
	u64 st_times[6];
	s64 __unused_end[3];
};
static_assert(sizeof(struct stat64) == 144);

static int cp_new_stat(const struct path *path, struct stat64 __user *statbuf)
{
	const struct inode *inode = d_inode(path->dentry);
	struct user_namespace *ns = current_user_ns();
	struct stat64 st = {
		.st_dev = huge_encode_dev(inode->i_sb->s_dev),
		.st_ino = inode->i_ino,
		.st_nlink = inode->i_nlink,
		.st_mode = inode->i_mode,
		.st_uid = from_kuid_munged(ns, inode->i_uid),
		.st_gid = from_kgid_munged(ns, inode->i_gid),
		.st_rdev = huge_encode_dev(inode->i_rdev),
		.st_size = inode->i_size,
		.st_blksize = PAGE_SIZE,
	};

	if (copy_to_user(statbuf, &st, sizeof(st)))
		return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(st), 0);
	return 0;
}

static long vfs_fstat(int fd, struct stat64 __user *statbuf)
{
	CLASS(fd_raw, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_FILE_FD, 0, fd);
	return cp_new_stat(&fd_file(f)->f_path, statbuf);
}

/* fstat(fd, buffer) */
SYSCALL_DEFINE2(fstat, int, fd, void __user *, statbuf)
{
	return vfs_fstat(fd, statbuf);
}

/*
 * Whether a descriptor alone says which file is meant: with an empty path, since 6.11 without any.
 * AT_EMPTY_PATH has to be the only flag; since 6.13 no other one is even looked at.
 *
 * Models: fs/namei.c:getname_maybe_null() (6.13..), include/linux/fs.h:vfs_empty_path() (6.11, 6.12).
 */
static bool vfs_empty_path(int dfd, const char __user *path, int flag)
{
	bool alone = kernel_at_least(6, 15) ? flag & AT_EMPTY_PATH : flag == AT_EMPTY_PATH;
	char first;

	if (!alone || dfd < 0)
		return false;
	if (!path)
		return kernel_at_least(6, 12);
	return !copy_from_user(&first, path, sizeof(first)) && !first;
}

/* newfstatat(dir, path, buffer, flags) */
SYSCALL_DEFINE4(newfstatat, int, dfd, const char __user *, filename, void __user *, statbuf,
		int, flag)
{
	const int known = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
			  AT_STATX_SYNC_TYPE;
	unsigned int lookup_flags = 0;
	struct filename *name;
	struct path path;
	int error;

	if (flag & ~known)
		return not_modelled(UNMODELLED_STAT_FLAGS);
	if (vfs_empty_path(dfd, filename, flag))
		return vfs_fstat(dfd, statbuf);
	if (!(flag & AT_SYMLINK_NOFOLLOW))
		lookup_flags |= LOOKUP_FOLLOW;
	if (flag & AT_EMPTY_PATH)
		lookup_flags |= LOOKUP_EMPTY;
	name = getname_maybe_null(filename, lookup_flags);
	if (IS_ERR(name))
		return PTR_ERR(name);
	error = filename_lookup(dfd, name, lookup_flags, &path);
	if (!error) {
		error = cp_new_stat(&path, statbuf);
		path_put(&path);
	}
	putname(name);
	return error;
}

/* The text of a link: one that is stored, or one that /proc thinks up. */
static int vfs_readlink(struct dentry *dentry, char __user *buf, int bufsiz)
{
	struct inode *inode = d_inode(dentry);
	struct delayed_call done = {};
	const char *text;
	int len;

	if (inode->i_op->readlink)
		return inode->i_op->readlink(dentry, buf, bufsiz);
	text = inode->i_op->get_link(dentry, inode, &done);
	if (IS_ERR(text))
		return PTR_ERR(text);
	len = min((int)strlen(text), bufsiz);
	if (copy_to_user(buf, text, len))
		len = refuse(-EFAULT, CHK_USER_MEMORY, len, 0);
	if (done.fn)
		done.fn(done.arg);
	return len;
}

/* readlinkat(dir, path, buffer, size) */
SYSCALL_DEFINE4(readlinkat, int, dfd, const char __user *, pathname, char __user *, buf, int, bufsiz)
{
	struct filename *name;
	struct path path;
	int error;

	if (bufsiz <= 0)
		return not_modelled(UNMODELLED_READLINK_SIZE);
	name = getname_flags(pathname, LOOKUP_EMPTY);
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (name->len)
		error = filename_lookup(dfd, name, 0, &path);
	else
		error = not_modelled(UNMODELLED_READLINK_EMPTY);
	putname(name);
	if (error)
		return error;
	if (!d_is_symlink(path.dentry))
		error = refuse(-EINVAL, CHK_READLINK_KIND, 0, 0);
	else
		error = vfs_readlink(path.dentry, buf, bufsiz);
	path_put(&path);
	return error;
}
