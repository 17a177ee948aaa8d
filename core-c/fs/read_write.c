// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading, writing and seeking. Models: fs/read_write.c, fs/ioctl.c, and mm/mmap.c as far as the
 * file decides.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/linux/fs.h>
#include <uapi/linux/mman.h>

#include <trace/refusal.h>

#define FIONCLEX	0x5450
#define FIOCLEX		0x5451
#define FIONBIO		0x5421
#define FIOASYNC	0x5452
#define FIOQSIZE	0x5460
#define FIGETBSZ	0x0002
#define MAX_RW_COUNT	(0x7fffffff & ~0xfff)

/**
 * generic_file_llseek() - ->llseek() of a file with a position.
 *
 * Deviation: can only seek to the start.
 */
loff_t generic_file_llseek(struct file *file, loff_t offset, int whence)
{
	if (offset || whence != SEEK_SET)
		return not_modelled(UNMODELLED_LSEEK);
	return file->f_pos = 0;
}

/* Spec TP-05. */
SYSCALL_DEFINE3(lseek, unsigned int, fd, loff_t, offset, unsigned int, whence)
{
	CLASS(fd_pos, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_FILE_FD, 0, fd);
	if (whence > SEEK_HOLE)	/* EINVAL for every file */
		return not_modelled(UNMODELLED_LSEEK);
	if (!(fd_file(f)->f_mode & FMODE_LSEEK))
		return refuse(-ESPIPE, CHK_LSEEK_METHOD, 0, 0);
	return fd_file(f)->f_op->llseek(fd_file(f), offset, whence);
}

/**
 * vfs_read() - Read a file.
 *
 * Models: fs/read_write.c:vfs_read(); spec TP-05.
 */
ssize_t vfs_read(struct file *file, char __user *buf, u64 count, loff_t *pos)
{
	if (!(file->f_mode & FMODE_READ))
		return refuse(-EBADF, CHK_READ_MODE, FMODE_READ, file->f_mode);
	if (!(file->f_mode & FMODE_CAN_READ))
		return refuse(-EINVAL, CHK_READ_METHOD, 0, 0);
	if (count > MAX_RW_COUNT)
		return not_modelled(UNMODELLED_RW_COUNT);
	return file->f_op->read(file, buf, (size_t)count, pos);
}

/**
 * vfs_write() - Write a file.
 *
 * Models: fs/read_write.c:vfs_write(); spec TP-05.
 */
ssize_t vfs_write(struct file *file, const char __user *buf, u64 count, loff_t *pos)
{
	if (!(file->f_mode & FMODE_WRITE))
		return refuse(-EBADF, CHK_WRITE_MODE, FMODE_WRITE, file->f_mode);
	if (!(file->f_mode & FMODE_CAN_WRITE))
		return refuse(-EINVAL, CHK_WRITE_METHOD, 0, 0);
	if (count > MAX_RW_COUNT)
		return not_modelled(UNMODELLED_RW_COUNT);
	return file->f_op->write(file, buf, (size_t)count, pos);
}

SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, u64, count)
{
	CLASS(fd_pos, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_FILE_FD, 0, fd);
	return vfs_read(fd_file(f), buf, count, &fd_file(f)->f_pos);
}

SYSCALL_DEFINE3(write, unsigned int, fd, const char __user *, buf, u64, count)
{
	CLASS(fd_pos, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_FILE_FD, 0, fd);
	return vfs_write(fd_file(f), buf, count, &fd_file(f)->f_pos);
}

SYSCALL_DEFINE3(ioctl, unsigned int, fd, unsigned int, cmd, u64, arg)
{
	struct file *file;

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_FILE_FD, 0, fd);
	file = fd_file(f);

	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
	case FIONBIO:
	case FIOASYNC:
	case FIOQSIZE:
	case FIGETBSZ:
		return not_modelled(UNMODELLED_FILE_IOCTL);
	}
	if (!file->f_op->unlocked_ioctl)
		return refuse(-ENOTTY, CHK_IOCTL_METHOD, 0, cmd);
	return file->f_op->unlocked_ioctl(file, cmd, arg);
}

/*
 * Checks whether a file can be mapped at all.
 * Deviation: other arguments than those that every file accepts are unmodelled.
 */
SYSCALL_DEFINE6(mmap, u64, addr, u64, len, u64, prot, u64, flags, unsigned int, fd, u64, off)
{
	struct file *file;

	if (addr || off || !len || len > MAX_RW_COUNT || prot & PROT_EXEC ||
	    (flags != MAP_SHARED && flags != MAP_PRIVATE))
		return not_modelled(UNMODELLED_MMAP_ARGUMENTS);

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_FILE_FD, 0, fd);
	file = fd_file(f);
	if ((file->f_mode & (FMODE_READ | FMODE_WRITE)) != (FMODE_READ | FMODE_WRITE))
		return not_modelled(UNMODELLED_MMAP_ARGUMENTS);
	if (!file->f_op->mmap)
		return refuse(-ENODEV, CHK_MMAP_METHOD, 0, 0);
	return file->f_op->mmap(file, len, (u32)prot, (u32)flags);
}
