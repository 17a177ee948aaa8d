// SPDX-License-Identifier: GPL-2.0-only
/*
 * memfd_create(2): loaders use such a file to reserve an fd for a future map.
 * Models: mm/memfd.c. Deviation: the file has no contents.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/pseudo_fs.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/linux/memfd.h>

#include <trace/refusal.h>

#include "internal.h"

#define MFD_NAME_MAX_LEN 249

static DEFINE_PSEUDO_FS(shm, "shm", TMPFS_MAGIC, NULL);

static ssize_t shmem_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return 0;	/* always empty */
}

static ssize_t shmem_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return not_modelled(UNMODELLED_FILE_CONTENTS);
}

static int shmem_mmap(struct file *file, u64 length, unsigned long prot, unsigned long flags)
{
	return not_modelled(UNMODELLED_FILE_CONTENTS);
}

const struct file_operations shmem_file_operations = {
	.llseek	= generic_file_llseek,
	.read	= shmem_read,
	.write	= shmem_write,
	.mmap	= shmem_mmap,
};

SYSCALL_DEFINE2(memfd_create, const char __user *, uname, unsigned int, flags)
{
	char name[6 + MFD_NAME_MAX_LEN + 1] = "memfd:";
	struct file *file;
	long len;
	int fd;

	if (flags & ~(unsigned int)(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL))
		return not_modelled(UNMODELLED_MEMFD_FLAGS);
	len = strncpy_from_user(name + 6, uname, MFD_NAME_MAX_LEN + 1);
	if (len < 0)
		return refuse(-EFAULT, CHK_USER_MEMORY, 0, 0);
	if (len > MFD_NAME_MAX_LEN)
		return not_modelled(UNMODELLED_MEMFD_NAME);
	file = pseudo_file(&shm, name, S_IFREG | (flags & MFD_NOEXEC_SEAL ? 0666 : 0777),
			   O_RDWR | O_LARGEFILE, &shmem_file_operations, NULL);
	if (IS_ERR(file))
		return PTR_ERR(file);
	clear_nlink(file_inode(file));
	fd = get_unused_fd_flags(flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

/** memfd_init() - Mount the filesystem of these files at boot. */
int memfd_init(void)
{
	return pseudo_fs_mount(&shm);
}
