// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading, writing and seeking. Models: fs/read_write.c, fs/ioctl.c, and of
 * mm/mmap.c the questions to the file.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/release.h>
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
/* not among the generated ones: the mask of the types, and the strict shared type */
#define MAP_TYPE		0x0f
#define MAP_HUGETLB		0x40000
#define MAP_SHARED_VALIDATE	0x03
#define MAX_RW_COUNT	(0x7fffffff & ~0xfff)

/**
 * vfs_llseek() - move the position of a file.
 *
 * Models: fs/read_write.c:vfs_llseek(); spec TP-05.
 */
loff_t vfs_llseek(struct file *file, loff_t offset, int whence)
{
	if (!(file->f_mode & FMODE_LSEEK))
		return refuse(-ESPIPE, CHK_LSEEK_METHOD, 0, 0);
	return file->f_op->llseek(file, offset, whence);
}

/**
 * noop_llseek() - ->llseek() that succeeds and does nothing.
 *
 * Models: fs/read_write.c:noop_llseek().
 */
loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}

/* Models: fs/read_write.c:generic_file_llseek_size() */
static loff_t generic_file_llseek_size(struct file *file, loff_t offset, int whence, loff_t max,
				       loff_t size)
{
	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if (!offset)
			return file->f_pos;
		offset += file->f_pos;
		break;
	case SEEK_END:
		offset += size;
		break;
	case SEEK_DATA:
		if (offset < 0 || offset >= size)
			return refuse(-ENXIO, CHK_LSEEK_DATA, size, offset);
		break;
	case SEEK_HOLE:
		if (offset < 0 || offset >= size)
			return refuse(-ENXIO, CHK_LSEEK_DATA, size, offset);
		offset = size;
		break;
	default:
		return refuse(-EINVAL, CHK_LSEEK_WHENCE, SEEK_HOLE, whence);
	}
	if (offset < 0 || offset > max)
		return refuse(-EINVAL, CHK_LSEEK_OFFSET, 0, offset);
	file->f_pos = offset;
	return offset;
}

/**
 * generic_file_llseek() - ->llseek() of a regular file.
 *
 * Models: fs/read_write.c:generic_file_llseek().
 */
loff_t generic_file_llseek(struct file *file, loff_t offset, int whence)
{
	const struct inode *inode = file_inode(file);

	return generic_file_llseek_size(file, offset, whence, inode->i_sb->s_maxbytes,
					inode->i_size);
}

/**
 * default_llseek() - ->llseek() of a file that has no end.
 *
 * Models: fs/read_write.c:default_llseek(), for which what is before the start is no data, and is a
 * hole that reaches there.
 */
loff_t default_llseek(struct file *file, loff_t offset, int whence)
{
	if (offset < 0 && (whence == SEEK_DATA || whence == SEEK_HOLE)) {
		offset = whence == SEEK_DATA ? -1 : file_inode(file)->i_size;
		whence = SEEK_SET;
	}
	return generic_file_llseek_size(file, offset, whence, MAX_LFS_FILESIZE,
					file_inode(file)->i_size);
}

/* lseek(fd, offset, whence) */
SYSCALL_DEFINE3(lseek, unsigned int, fd, loff_t, offset, unsigned int, whence)
{
	CLASS(fd_pos, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_RW_FD, 0, fd);
	if (whence > SEEK_HOLE)
		return refuse(-EINVAL, CHK_LSEEK_WHENCE, SEEK_HOLE, whence);
	return vfs_llseek(fd_file(f), offset, whence);
}

/* The largest address that a program may have; with page tables of four levels it has less. */
#define USER_PTR_MAX	((1ULL << 56) - 4096)

/* Models: arch/x86/include/asm/uaccess_64.h:__access_ok(), which was content with half of all addresses. */
static bool access_ok(u64 count)
{
	return kernel_at_least(6, 12) ? count <= USER_PTR_MAX : (s64)count >= 0;
}

/**
 * vfs_read() - read a file.
 *
 * Models: fs/read_write.c:vfs_read(); spec TP-05.
 */
ssize_t vfs_read(struct file *file, char __user *buf, u64 count, loff_t *pos)
{
	if (!(file->f_mode & FMODE_READ))
		return refuse(-EBADF, CHK_READ_MODE, FMODE_READ, file->f_mode);
	if (!(file->f_mode & FMODE_CAN_READ))
		return refuse(-EINVAL, CHK_READ_METHOD, 0, 0);
	if (!access_ok(count))
		return refuse(-EFAULT, CHK_RW_COUNT, 0, count);
	if (count > MAX_RW_COUNT)
		count = MAX_RW_COUNT;
	return file->f_op->read(file, buf, (size_t)count, pos);
}

/**
 * vfs_write() - write a file.
 *
 * Models: fs/read_write.c:vfs_write(); spec TP-05.
 */
ssize_t vfs_write(struct file *file, const char __user *buf, u64 count, loff_t *pos)
{
	if (!(file->f_mode & FMODE_WRITE))
		return refuse(-EBADF, CHK_WRITE_MODE, FMODE_WRITE, file->f_mode);
	if (!(file->f_mode & FMODE_CAN_WRITE))
		return refuse(-EINVAL, CHK_WRITE_METHOD, 0, 0);
	if (!access_ok(count))
		return refuse(-EFAULT, CHK_RW_COUNT, 0, count);
	if (count > MAX_RW_COUNT)
		count = MAX_RW_COUNT;
	return file->f_op->write(file, buf, (size_t)count, pos);
}

/* read(fd, buffer, count) */
SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, u64, count)
{
	CLASS(fd_pos, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_RW_FD, 0, fd);
	return vfs_read(fd_file(f), buf, count, &fd_file(f)->f_pos);
}

/* write(fd, buffer, count) */
SYSCALL_DEFINE3(write, unsigned int, fd, const char __user *, buf, u64, count)
{
	CLASS(fd_pos, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_RW_FD, 0, fd);
	return vfs_write(fd_file(f), buf, count, &fd_file(f)->f_pos);
}

/* ioctl(fd, command, argument) */
SYSCALL_DEFINE3(ioctl, unsigned int, fd, unsigned int, cmd, u64, arg)
{
	struct file *file;

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_IOCTL_FD, 0, fd);
	file = fd_file(f);

	switch (cmd) {
	case FIOCLEX:
		set_close_on_exec(fd, 1);
		return 0;
	case FIONCLEX:
		set_close_on_exec(fd, 0);
		return 0;
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

static int mmap_file(struct file *file, u64 len, unsigned long prot, unsigned long flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
	case MAP_SHARED_VALIDATE:
		if (prot & PROT_WRITE && !(file->f_mode & FMODE_WRITE))
			return refuse(-EACCES, CHK_MMAP_MODE, FMODE_WRITE, file->f_mode);
		fallthrough;
	case MAP_PRIVATE:
		if (!(file->f_mode & FMODE_READ))
			return refuse(-EACCES, CHK_MMAP_MODE, FMODE_READ, file->f_mode);
		if (prot & PROT_EXEC && file->f_path.mnt->mnt_flags & MNT_NOEXEC)
			return refuse(-EPERM, CHK_MMAP_NOEXEC, 0, prot);
		if (!file->f_op->mmap)
			return refuse(-ENODEV, CHK_MMAP_METHOD, 0, 0);
		break;
	default:
		return refuse(-EINVAL, CHK_MMAP_FLAGS, MAP_TYPE, flags);
	}
	return file->f_op->mmap(file, len, prot, flags);
}

/* mmap(0, length, protection, flags, fd, offset): 0 for an address, which nobody sees */
SYSCALL_DEFINE6(mmap, u64, addr, u64, len, u64, prot, u64, flags, unsigned int, fd, u64, off)
{
	if (addr)
		return not_modelled(UNMODELLED_MMAP_ADDRESS);
	if (off & (PAGE_SIZE - 1))
		return refuse(-EINVAL, CHK_MMAP_OFFSET, PAGE_SIZE, off);
	if (flags & MAP_ANONYMOUS)
		return not_modelled(UNMODELLED_MMAP_ANONYMOUS);

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_MMAP_FD, 0, fd);
	if (flags & MAP_HUGETLB)
		return refuse(-EINVAL, CHK_MMAP_HUGETLB, 0, MAP_HUGETLB);
	if (!len)
		return refuse(-EINVAL, CHK_MMAP_LENGTH, 1, 0);
	if (len > 0x7fffffffe000ULL)
		return refuse(-ENOMEM, CHK_MMAP_LENGTH_MAX, 0x7fffffffe000ULL, len);
	return mmap_file(fd_file(f), len, (u32)prot, (u32)flags);
}
