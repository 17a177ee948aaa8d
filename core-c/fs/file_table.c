// SPDX-License-Identifier: GPL-2.0-only
/* Open files: allocation, reference counting and release. */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <trace/refusal.h>

#define MAX_FILES 1048576

/* A file and its link in the list of delayed releases. */
struct file_holder {
	struct file file;
	struct file_holder *next;
};

static struct file_holder *delayed;

static struct file_holder *holder(struct file *file)
{
	return container_of(file, struct file_holder, file);
}

/**
 * alloc_empty_file() - Allocate a file that is not open yet.
 * @flags: O_*
 * @cred: credentials of the opener
 *
 * Models: fs/file_table.c:alloc_empty_file() (6.9..): TC-12
 *
 * Return: the file, ERR_PTR(-ENFILE) or ERR_PTR(-ENOMEM).
 */
struct file *alloc_empty_file(int flags, const struct cred *cred)
{
	struct file_holder *h;

	if (should_fail(FAULT_FILE) ||
	    (live_count[LIVE_FILES] >= MAX_FILES && !capable(CAP_SYS_ADMIN)))
		return refuse_ptr(-ENFILE, CHK_FILE_LIMIT, MAX_FILES, (u64)live_count[LIVE_FILES]);
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return ERR_PTR(-ENOMEM);
	h->file.f_cred = get_cred(cred);
	/* close-on-exec belongs to the fd, not to the file */
	h->file.f_flags = (unsigned int)flags & ~O_CLOEXEC;
	h->file.f_mode = OPEN_FMODE(flags);
	atomic_long_set(&h->file.f_count, 1);
	live_inc(LIVE_FILES);
	return &h->file;
}

static void file_free(struct file *file)
{
	put_cred(file->f_cred);
	live_dec(LIVE_FILES);
	kfree(holder(file));
}

static struct file *alloc_file(const struct path *path, int flags,
			       const struct file_operations *fops)
{
	struct file *file = alloc_empty_file(flags, current_cred());

	if (IS_ERR(file))
		return file;
	file->f_path = *path;
	file->f_inode = path->dentry->d_inode;
	if (fops->llseek)
		file->f_mode |= FMODE_LSEEK;
	if ((file->f_mode & FMODE_READ) && fops->read)
		file->f_mode |= FMODE_CAN_READ;
	if ((file->f_mode & FMODE_WRITE) && fops->write)
		file->f_mode |= FMODE_CAN_WRITE;
	file->f_mode |= FMODE_OPENED;
	file->f_op = fops;
	return file;
}

/**
 * alloc_file_pseudo() - Create a file without a directory entry.
 * @inode: its inode; takes over the reference on success
 * @mnt: its mount; takes a reference
 * @name: the name that /proc shows
 * @flags: O_*
 * @fops: operations
 *
 * Models: fs/file_table.c:alloc_file_pseudo() (6.9..)
 *
 * Return: the file, ERR_PTR(-ENOMEM) or ERR_PTR(-ENFILE).
 */
struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mnt, const char *name,
			       int flags, const struct file_operations *fops)
{
	struct qstr this = QSTR_INIT(name, (u32)strlen(name));
	struct path path = { .dentry = d_alloc_pseudo(mnt->mnt_sb, &this) };
	struct file *file;

	if (!path.dentry)
		return ERR_PTR(-ENOMEM);
	path.mnt = mntget(mnt);
	d_instantiate(path.dentry, inode);
	file = alloc_file(&path, flags, fops);
	if (IS_ERR(file)) {
		/* the caller keeps its reference on failure */
		ihold(inode);
		path_put(&path);
	}
	return file;
}

/** get_file() - Take a reference to a file. */
struct file *get_file(struct file *file)
{
	atomic_long_inc(&file->f_count);
	return file;
}

/* Models: fs/file_table.c:__fput() (6.9..) */
static void __fput(struct file *file)
{
	if (file->f_mode & FMODE_OPENED) {
		if (file->f_op->release)
			file->f_op->release(file->f_inode, file);
		put_file_access(file);
		path_put(&file->f_path);
	}
	file_free(file);
}

/**
 * fput() - Drop a reference to a file.
 * @file: the file
 *
 * Models: fs/file_table.c:fput() (6.9..): the last reference releases the file when the process
 * returns to user space, not at once.
 */
void fput(struct file *file)
{
	if (!atomic_long_dec_and_test(&file->f_count))
		return;
	if (!(file->f_mode & FMODE_OPENED)) {
		file_free(file);
		return;
	}
	holder(file)->next = delayed;
	delayed = holder(file);
}

/** __fput_sync() - Like fput(), but releases the file at once. */
void __fput_sync(struct file *file)
{
	if (atomic_long_dec_and_test(&file->f_count))
		__fput(file);
}

/** task_work_run() - Run all delayed releases, including those that they cause. */
void task_work_run(void)
{
	while (delayed) {
		struct file_holder *h = delayed;

		delayed = h->next;
		__fput(&h->file);
	}
}
