// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of other kinds, to hold in places of tokens: pipes, sockets, eventfds,
 * memfds. Models: fs/pipe.c, net/socket.c, fs/eventfd.c, mm/memfd.c, as far as
 * making them goes. Deviation: nothing is carried through them.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/linux/eventfd.h>
#include <uapi/linux/memfd.h>
#include <uapi/linux/socket.h>

#include <trace/refusal.h>

#include "internal.h"

#define AF_MAX 46
#define SOCK_TYPE_MASK 0xf
#define MFD_NAME_MAX_LEN 249

static ssize_t stream_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return not_modelled(UNMODELLED_PIPE_READ);
}

static ssize_t stream_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return not_modelled(UNMODELLED_PIPE_WRITE);
}

static long stream_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return not_modelled(UNMODELLED_PIPE_IOCTL);
}

const struct file_operations pipefifo_fops = {
	.read		= stream_read,
	.write		= stream_write,
	.unlocked_ioctl	= stream_ioctl,
};

const struct file_operations socket_file_ops = {
	.read		= stream_read,
	.write		= stream_write,
	.unlocked_ioctl	= stream_ioctl,
};

static char *pipefs_dname(struct dentry *dentry, char *buf, int buflen)
{
	return dynamic_dname(buf, buflen, "pipe:[%llu]", d_inode(dentry)->i_ino);
}

static char *sockfs_dname(struct dentry *dentry, char *buf, int buflen)
{
	return dynamic_dname(buf, buflen, "socket:[%llu]", d_inode(dentry)->i_ino);
}

static const struct dentry_operations pipefs_dentry_operations = { .d_dname = pipefs_dname };
static const struct dentry_operations sockfs_dentry_operations = { .d_dname = sockfs_dname };

static DEFINE_PSEUDO_FS(pipefs, "pipefs", PIPEFS_MAGIC, &pipefs_dentry_operations);
static DEFINE_PSEUDO_FS(sockfs, "sockfs", SOCKFS_MAGIC, &sockfs_dentry_operations);
static DEFINE_PSEUDO_FS(shm, "shm", TMPFS_MAGIC, NULL);

static void put_pair(const int fd[2])
{
	put_unused_fd(fd[1]);
	put_unused_fd(fd[0]);
}

/* Two numbers that the caller is told. */
static int reserve_pair(int fd[2], int flags, int __user *fds)
{
	fd[0] = get_unused_fd_flags(flags);
	if (fd[0] < 0)
		return fd[0];
	fd[1] = get_unused_fd_flags(flags);
	if (fd[1] < 0) {
		put_unused_fd(fd[0]);
		return fd[1];
	}
	if (!copy_to_user(fds, fd, 2 * sizeof(*fd)))
		return 0;
	put_pair(fd);
	return refuse(-EFAULT, CHK_PAIR_BUFFER, 2 * sizeof(*fd), 0);
}

static int install_pair(const int fd[2], struct file *a, struct file *b)
{
	fd_install(fd[0], a);
	fd_install(fd[1], b);
	return 0;
}

/* pipe2(fds, flags) */
SYSCALL_DEFINE2(pipe2, int __user *, fds, int, flags)
{
	const int known = O_CLOEXEC | O_NONBLOCK | O_DIRECT;
	int fd[2], err;
	struct file *r, *w;

	if (flags & ~(known | O_EXCL))
		return refuse(-EINVAL, CHK_PIPE_FLAGS, known, flags);
	if (flags & O_EXCL)
		return not_modelled(UNMODELLED_NOTIFICATION_PIPES);
	w = pseudo_file(&pipefs, "", S_IFIFO | 0600, O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)),
			&pipefifo_fops, NULL);
	if (IS_ERR(w))
		return PTR_ERR(w);
	r = alloc_file_clone(w, O_RDONLY | (flags & O_NONBLOCK), &pipefifo_fops);
	if (IS_ERR(r)) {
		fput(w);
		return PTR_ERR(r);
	}
	err = reserve_pair(fd, flags, fds);
	if (!err)
		return install_pair(fd, r, w);
	fput(r);
	fput(w);
	return err;
}

#define SOCK_MAX 11 /* Models: include/linux/net.h */

static int unix_check(int family, int type, int protocol)
{
	if (family < 0 || family >= AF_MAX)
		return refuse(-EAFNOSUPPORT, CHK_SOCKET_FAMILY, AF_UNIX, family);
	if (type >= SOCK_MAX)
		return refuse(-EINVAL, CHK_SOCKET_FLAGS, SOCK_MAX - 1, type);
	if (family != AF_UNIX)
		return not_modelled(UNMODELLED_SOCKET_FAMILY);
	if (protocol && protocol != AF_UNIX)
		return refuse(-EPROTONOSUPPORT, CHK_SOCKET_PROTOCOL, 0, protocol);
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_RAW &&
	    type != SOCK_SEQPACKET)
		return refuse(-ESOCKTNOSUPPORT, CHK_SOCKET_TYPE, SOCK_STREAM, type);
	return 0;
}

static int unix_pair(struct file *pair[2], int flags)
{
	for (int i = 0; i < 2; i++) {
		pair[i] = pseudo_file(&sockfs, "", S_IFSOCK | 0777, O_RDWR | flags,
				      &socket_file_ops, NULL);
		if (!IS_ERR(pair[i]))
			continue;
		if (i)
			fput(pair[0]);
		return PTR_ERR(pair[i]);
	}
	return 0;
}

/*
 * socketpair(family, type, protocol, fds): the caller is told two numbers
 * before anybody looks whether there are such sockets.
 */
SYSCALL_DEFINE4(socketpair, int, family, int, type, int, protocol, int __user *, fds)
{
	int flags = type & ~SOCK_TYPE_MASK, fd[2], err;
	struct file *pair[2];

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return refuse(-EINVAL, CHK_SOCKET_FLAGS, SOCK_CLOEXEC | SOCK_NONBLOCK, flags);
	err = reserve_pair(fd, flags & SOCK_CLOEXEC ? O_CLOEXEC : 0, fds);
	if (err)
		return err;
	err = unix_check(family, type & SOCK_TYPE_MASK, protocol);
	if (!err)
		err = unix_pair(pair, flags & SOCK_NONBLOCK ? O_NONBLOCK : 0);
	if (!err)
		return install_pair(fd, pair[0], pair[1]);
	put_pair(fd);
	return err;
}

SYSCALL_DEFINE5(setsockopt, int, fd, int, level, int, optname, char __user *, optval, int, optlen)
{
	return not_modelled(UNMODELLED_SOCKET_OPTIONS);
}

struct eventfd_ctx {
	u64 count;
	unsigned int flags;
	int id;
};

static ssize_t eventfd_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct eventfd_ctx *ctx = file->private_data;
	u64 value;

	if (count < sizeof(value))
		return refuse(-EINVAL, CHK_EVENTFD_SIZE, sizeof(value), count);
	if (!ctx->count && file->f_flags & O_NONBLOCK)
		return refuse(-EAGAIN, CHK_EVENTFD_EMPTY, 1, 0);
	if (!ctx->count)
		return not_modelled(UNMODELLED_BLOCKING_READ);
	value = ctx->flags & EFD_SEMAPHORE ? 1 : ctx->count;
	ctx->count -= value;
	if (copy_to_user(buf, &value, sizeof(value)))
		return refuse(-EFAULT, CHK_READ_BUFFER, sizeof(value), 0);
	return sizeof(value);
}

static ssize_t eventfd_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct eventfd_ctx *ctx = file->private_data;
	u64 value;

	if (count != sizeof(value))
		return refuse(-EINVAL, CHK_EVENTFD_SIZE, sizeof(value), count);
	if (copy_from_user(&value, buf, sizeof(value)))
		return refuse(-EFAULT, CHK_WRITE_BUFFER, sizeof(value), 0);
	if (value == ~0ULL)
		return refuse(-EINVAL, CHK_EVENTFD_VALUE, ~0ULL - 1, value);
	if (~0ULL - ctx->count <= value)
		return file->f_flags & O_NONBLOCK ?
			       refuse(-EAGAIN, CHK_EVENTFD_FULL, ~0ULL - ctx->count, value) :
			       not_modelled(UNMODELLED_BLOCKING_WRITE);
	ctx->count += value;
	return sizeof(value);
}

static void eventfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventfd_ctx *ctx = file->private_data;

	seq_printf(m, "eventfd-count: %16llx\neventfd-id: %d\neventfd-semaphore: %d\n", ctx->count,
		   ctx->id, !!(ctx->flags & EFD_SEMAPHORE));
}

static int eventfd_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

const struct file_operations eventfd_fops = {
	.read		= eventfd_read,
	.write		= eventfd_write,
	.llseek		= noop_llseek,
	.show_fdinfo	= eventfd_show_fdinfo,
	.release	= eventfd_release,
};

/* eventfd2(count, flags) */
SYSCALL_DEFINE2(eventfd2, unsigned int, count, int, flags)
{
	const int known = EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE;
	static int last_id;
	struct eventfd_ctx *ctx;
	int fd;

	if (flags & ~known)
		return refuse(-EINVAL, CHK_EVENTFD_FLAGS, known, flags);
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	ctx->count = count;
	ctx->flags = flags;
	ctx->id = last_id++;
	fd = anon_inode_getfd("[eventfd]", &eventfd_fops, ctx,
			      O_RDWR | (flags & (EFD_CLOEXEC | EFD_NONBLOCK)));
	if (fd < 0)
		kfree(ctx);
	return fd;
}

static ssize_t shmem_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return 0;	/* always empty */
}

static ssize_t shmem_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return count ? not_modelled(UNMODELLED_MEMFD_CONTENTS) : 0;
}

static int shmem_mmap(struct file *file, u64 length, unsigned long prot, unsigned long flags)
{
	return 0;
}

const struct file_operations shmem_file_operations = {
	.llseek	= generic_file_llseek,
	.read	= shmem_read,
	.write	= shmem_write,
	.mmap	= shmem_mmap,
};

static struct file *memfd_file(const char __user *uname, unsigned int flags)
{
	char name[6 + MFD_NAME_MAX_LEN + 1] = "memfd:";
	long len = strnlen_user(uname, MFD_NAME_MAX_LEN + 1);
	struct file *file;

	if (len <= 0)
		return refuse_ptr(-EFAULT, CHK_MEMFD_NAME_FAULT, 0, 0);
	if (len > MFD_NAME_MAX_LEN + 1)
		return refuse_ptr(-EINVAL, CHK_MEMFD_NAME, MFD_NAME_MAX_LEN, len);
	if (copy_from_user(name + 6, uname, len))
		return refuse_ptr(-EFAULT, CHK_MEMFD_NAME_FAULT, 0, 0);
	file = pseudo_file(&shm, name, S_IFREG | (flags & MFD_NOEXEC_SEAL ? 0666 : 0777),
			   O_RDWR | O_LARGEFILE, &shmem_file_operations, NULL);
	if (!IS_ERR(file))
		clear_nlink(file_inode(file));
	return file;
}

/* memfd_create(name, flags) */
SYSCALL_DEFINE2(memfd_create, const char __user *, uname, unsigned int, flags)
{
	const unsigned int sizes = 0x3fU << 26; /* of huge pages */
	const unsigned int known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC |
				   (flags & MFD_HUGETLB ? MFD_HUGETLB | sizes : 0);
	struct file *file;
	int fd;

	if (flags & ~known)
		return refuse(-EINVAL, CHK_MEMFD_FLAGS, known, flags);
	if (flags & MFD_EXEC && flags & MFD_NOEXEC_SEAL)
		return refuse(-EINVAL, CHK_MEMFD_FLAGS, MFD_EXEC, flags);
	if (flags & MFD_HUGETLB)
		return not_modelled(UNMODELLED_HUGE_PAGES);
	file = memfd_file(uname, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

/**
 * anon_files_init() - the file systems behind them, at boot.
 */
int anon_files_init(void)
{
	int err = pseudo_fs_mount(&pipefs);

	if (!err)
		err = pseudo_fs_mount(&sockfs);
	return err ? err : pseudo_fs_mount(&shm);
}
