// SPDX-License-Identifier: GPL-2.0-only
/* statfs(2). Models: fs/statfs.c. */
#include <linux/build_bug.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/statfs.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include <trace/refusal.h>

#define ST_RDONLY	0x0001
#define ST_NOSUID	0x0002
#define ST_NODEV	0x0004
#define ST_NOEXEC	0x0008
#define ST_SYNCHRONOUS	0x0010
#define ST_VALID	0x0020
#define ST_MANDLOCK	0x0040
#define ST_NOATIME	0x0400
#define ST_NODIRATIME	0x0800
#define ST_RELATIME	0x1000
#define ST_NOSYMFOLLOW	0x2000

/* struct statfs of x86-64, used for all hosts. */
struct statfs64 {
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
	s64 f_spare[4];
};
static_assert(sizeof(struct statfs64) == 120);

static s64 calculate_f_flags(const struct vfsmount *mnt)
{
	static const struct {
		int mnt;
		int st;
	} flags[] = {
		{ MNT_READONLY, ST_RDONLY },
		{ MNT_NOSUID, ST_NOSUID },
		{ MNT_NODEV, ST_NODEV },
		{ MNT_NOEXEC, ST_NOEXEC },
		{ MNT_NOATIME, ST_NOATIME },
		{ MNT_NODIRATIME, ST_NODIRATIME },
		{ MNT_RELATIME, ST_RELATIME },
		{ MNT_NOSYMFOLLOW, ST_NOSYMFOLLOW },
	};
	unsigned long sb_flags = mnt->mnt_sb->s_flags;
	s64 st = ST_VALID;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (mnt->mnt_flags & flags[i].mnt)
			st |= flags[i].st;
	if (sb_flags & SB_SYNCHRONOUS)
		st |= ST_SYNCHRONOUS;
	if (sb_flags & SB_MANDLOCK)
		st |= ST_MANDLOCK;
	if (sb_flags & SB_RDONLY)
		st |= ST_RDONLY;
	return st;
}

/**
 * vfs_statfs() - Get the statistics of a path's filesystem.
 * @path: the path
 * @buf: filled in
 *
 * Models: fs/statfs.c:vfs_statfs().
 */
int vfs_statfs(const struct path *path, struct kstatfs *buf)
{
	const struct super_operations *ops = path->dentry->d_sb->s_op;
	int error;

	*buf = (struct kstatfs){};
	error = ops->statfs(path->dentry, buf);
	if (!error) {
		if (!buf->f_frsize)
			buf->f_frsize = buf->f_bsize;
		buf->f_flags = calculate_f_flags(path->mnt);
	}
	return error;
}

SYSCALL_DEFINE2(fstatfs, unsigned int, fd, void __user *, buf)
{
	struct statfs64 out;
	struct kstatfs st;
	int error;

	CLASS(fd_raw, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_FILE_FD, 0, fd);
	error = vfs_statfs(&fd_file(f)->f_path, &st);
	if (error)
		return error;
	out = (struct statfs64){
		.f_type = st.f_type,
		.f_bsize = st.f_bsize,
		.f_blocks = st.f_blocks,
		.f_bfree = st.f_bfree,
		.f_bavail = st.f_bavail,
		.f_files = st.f_files,
		.f_ffree = st.f_ffree,
		.f_fsid = { st.f_fsid[0], st.f_fsid[1] },
		.f_namelen = st.f_namelen,
		.f_frsize = st.f_frsize,
		.f_flags = st.f_flags,
	};
	if (copy_to_user(buf, &out, sizeof(out)))
		return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(out), 0);
	return 0;
}
