// SPDX-License-Identifier: GPL-2.0-only
/* File descriptor tables. */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <trace/refusal.h>

static unsigned long nofile(void)
{
	return (unsigned long)rlimit(RLIMIT_NOFILE);
}

static void free_fdtable(struct files_struct *files, struct fdtable *fdt)
{
	if (fdt == &files->fdtab)
		return;
	kvfree(fdt->fd);
	kvfree(fdt->open_fds);
	kfree(fdt);
}

static struct fdtable *alloc_fdtable(unsigned int slots_wanted)
{
	unsigned int nr = (unsigned int)roundup_pow_of_two(slots_wanted);
	struct fdtable *fdt = kmalloc(sizeof(*fdt), GFP_KERNEL);

	if (!fdt)
		return ERR_PTR(-ENOMEM);
	fdt->max_fds = nr;
	fdt->fd = kvcalloc(nr, sizeof(struct file *), GFP_KERNEL);
	if (!fdt->fd)
		goto out_fdt;
	fdt->open_fds = kvcalloc(2 * BITS_TO_LONGS(nr), sizeof(long), GFP_KERNEL);
	if (!fdt->open_fds)
		goto out_fd;
	fdt->close_on_exec = fdt->open_fds + BITS_TO_LONGS(nr);
	return fdt;

out_fd:
	kvfree(fdt->fd);
out_fdt:
	kfree(fdt);
	return ERR_PTR(-ENOMEM);
}

static void copy_fd_bitmaps(struct fdtable *nfdt, const struct fdtable *ofdt, unsigned int nr)
{
	size_t bytes = BITS_TO_LONGS(nr) * sizeof(long);

	memcpy(nfdt->open_fds, ofdt->open_fds, bytes);
	memcpy(nfdt->close_on_exec, ofdt->close_on_exec, bytes);
}

/* Models: fs/file.c:expand_files() (6.9..): 1 if the table grew */
static int expand_files(struct files_struct *files, unsigned int nr)
{
	struct fdtable *old = files->fdt, *new;

	if (nr < old->max_fds)
		return 0;
	new = alloc_fdtable(nr + 1);
	if (IS_ERR(new))
		return (int)PTR_ERR(new);
	memcpy(new->fd, old->fd, old->max_fds * sizeof(struct file *));
	copy_fd_bitmaps(new, old, old->max_fds);
	files->fdt = new;
	free_fdtable(files, old);
	return 1;
}

static void init_files(struct files_struct *files)
{
	*files = (struct files_struct){ .count = ATOMIC_INIT(1) };
	files->fdtab.max_fds = NR_OPEN_DEFAULT;
	files->fdtab.fd = files->fd_array;
	files->fdtab.close_on_exec = files->close_on_exec_init;
	files->fdtab.open_fds = files->open_fds_init;
	files->fdt = &files->fdtab;
}

static unsigned int last_open(const struct fdtable *fdt)
{
	unsigned int last = 0, fd;

	for (fd = find_next_bit(fdt->open_fds, fdt->max_fds, 0); fd < fdt->max_fds;
	     fd = find_next_bit(fdt->open_fds, fdt->max_fds, fd + 1))
		last = fd;
	return last;
}

/**
 * dup_fd() - Copy a table for a fork.
 * @oldf: the table, or NULL for an empty one
 *
 * Models: fs/file.c:dup_fd() (6.9..): FD-03
 *
 * Return: the copy, or ERR_PTR(-ENOMEM).
 */
struct files_struct *dup_fd(struct files_struct *oldf)
{
	struct files_struct *newf = kmalloc(sizeof(*newf), GFP_KERNEL);
	struct fdtable *old, *new;
	unsigned int open_files, i;

	if (!newf)
		return ERR_PTR(-ENOMEM);
	init_files(newf);
	if (!oldf)
		return newf;
	old = oldf->fdt;
	open_files = (unsigned int)ALIGN(last_open(old) + 1, (unsigned int)BITS_PER_LONG);
	if (open_files > NR_OPEN_DEFAULT) {
		new = alloc_fdtable(open_files);
		if (IS_ERR(new)) {
			kfree(newf);
			return ERR_CAST(new);
		}
		newf->fdt = new;
	}
	new = newf->fdt;
	copy_fd_bitmaps(new, old, open_files);
	for (i = 0; i < open_files; i++) {
		new->fd[i] = old->fd[i];
		if (new->fd[i])
			get_file(new->fd[i]);
		else
			clear_bit(i, new->open_fds);
	}
	return newf;
}

/** put_files_struct() - Drop a reference to a table; the last one closes all fds. */
void put_files_struct(struct files_struct *files)
{
	struct fdtable *fdt = files->fdt;
	unsigned int fd;

	if (!atomic_dec_and_test(&files->count))
		return;
	for (fd = find_next_bit(fdt->open_fds, fdt->max_fds, 0); fd < fdt->max_fds;
	     fd = find_next_bit(fdt->open_fds, fdt->max_fds, fd + 1))
		fput(fdt->fd[fd]);
	free_fdtable(files, fdt);
	kfree(files);
}

/** exit_files() - Drop the fd table of an exiting process. */
void exit_files(struct task_struct *tsk)
{
	struct files_struct *files = tsk->files;

	if (!files)
		return;
	tsk->files = NULL;
	put_files_struct(files);
}

/* Models: fs/file.c:alloc_fd() (6.9..): the lowest free fd in [start, end) */
static int alloc_fd(unsigned int start, unsigned long end, unsigned int flags)
{
	struct files_struct *files = current->files;
	struct fdtable *fdt;
	unsigned int fd;
	int err;

	if (should_fail(FAULT_FD))
		return refuse(-EMFILE, CHK_FD_LIMIT, 0, 0);
	do {
		fdt = files->fdt;
		fd = max(start, files->next_fd);
		if (fd < fdt->max_fds)
			fd = find_next_zero_bit(fdt->open_fds, fdt->max_fds, fd);
		if (fd >= end)
			return refuse(-EMFILE, CHK_FD_LIMIT, end, fd);
		err = expand_files(files, fd);
		if (err < 0)
			return err;
	} while (err);
	if (start <= files->next_fd)
		files->next_fd = fd + 1;
	set_bit(fd, fdt->open_fds);
	if (flags & O_CLOEXEC)
		set_bit(fd, fdt->close_on_exec);
	else
		clear_bit(fd, fdt->close_on_exec);
	return (int)fd;
}

/** __get_unused_fd_flags() - Reserve the lowest free fd below @limit. */
int __get_unused_fd_flags(unsigned int flags, unsigned long limit)
{
	return alloc_fd(0, limit, flags);
}

/** get_unused_fd_flags() - Reserve the lowest free fd; -EMFILE (TC-15) or -ENOMEM on failure. */
int get_unused_fd_flags(unsigned int flags)
{
	return __get_unused_fd_flags(flags, nofile());
}

static void __put_unused_fd(struct files_struct *files, unsigned int fd)
{
	clear_bit(fd, files->fdt->open_fds);
	if (fd < files->next_fd)
		files->next_fd = fd;
}

/** put_unused_fd() - Release a reserved fd. */
void put_unused_fd(unsigned int fd)
{
	__put_unused_fd(current->files, fd);
}

/** fd_install() - Install a file at a reserved fd; takes over the reference. */
void fd_install(unsigned int fd, struct file *file)
{
	struct fdtable *fdt = current->files->fdt;

	BUG_ON(fd >= fdt->max_fds || fdt->fd[fd]);
	fdt->fd[fd] = file;
}

/** files_lookup_fd() - Get the file of an fd without a reference; or NULL. */
struct file *files_lookup_fd(struct files_struct *files, unsigned int fd)
{
	return fd < files->fdt->max_fds ? files->fdt->fd[fd] : NULL;
}

static struct file *take_fd_from(struct files_struct *files, unsigned int fd)
{
	struct file *file = files_lookup_fd(files, fd);

	if (file) {
		files->fdt->fd[fd] = NULL;
		__put_unused_fd(files, fd);
	}
	return file;
}

/** close_fd() - Close an fd of the caller: FD-02 */
int close_fd(unsigned int fd)
{
	struct file *file = take_fd_from(current->files, fd);

	if (!file)
		return refuse(-EBADF, CHK_CLOSE_FD, 0, fd);
	fput(file);
	return 0;
}

SYSCALL_DEFINE1(close, unsigned int, fd)
{
	return close_fd(fd);
}

/** do_close_on_exec() - Close the fds with close-on-exec set: FD-04 */
void do_close_on_exec(struct files_struct *files)
{
	struct fdtable *fdt = files->fdt;
	unsigned int fd;

	for (fd = find_next_bit(fdt->close_on_exec, fdt->max_fds, 0); fd < fdt->max_fds;
	     fd = find_next_bit(fdt->close_on_exec, fdt->max_fds, fd + 1)) {
		struct file *file = take_fd_from(files, fd);

		clear_bit(fd, fdt->close_on_exec);
		if (file)
			fput(file);
	}
}

static struct file *lookup(struct files_struct *files, unsigned int fd, fmode_t mask)
{
	struct file *file = files ? files_lookup_fd(files, fd) : NULL;

	return file && !(file->f_mode & mask) ? file : NULL;
}

static struct file *counted(struct file *file)
{
	return file ? get_file(file) : NULL;
}

/** fget() - Get the file of an fd with a reference; NULL if closed or O_PATH. */
struct file *fget(unsigned int fd)
{
	return counted(lookup(current->files, fd, FMODE_PATH));
}

/** fget_raw() - Like fget(), but accepts O_PATH files. */
struct file *fget_raw(unsigned int fd)
{
	return counted(lookup(current->files, fd, 0));
}

/** fget_task() - Like fget_raw(), for another process. */
struct file *fget_task(struct task_struct *task, unsigned int fd)
{
	return counted(lookup(task->files, fd, 0));
}

/**
 * fget_task_next() - Get the next open file of a process from *@fd on, with a reference; or NULL.
 */
struct file *fget_task_next(struct task_struct *task, unsigned int *fd)
{
	struct files_struct *files = task->files;

	if (!files)
		return NULL;
	for (; *fd < files->fdt->max_fds; (*fd)++) {
		struct file *file = fget_task(task, *fd);

		if (file)
			return file;
	}
	return NULL;
}

/** fdget() - Like fget(), but without a reference, because the table is not shared. */
struct fd fdget(unsigned int fd)
{
	return (struct fd){ .file = lookup(current->files, fd, FMODE_PATH) };
}

/** fdget_raw() - Like fdget(), but accepts O_PATH files. */
struct fd fdget_raw(unsigned int fd)
{
	return (struct fd){ .file = lookup(current->files, fd, 0) };
}

/** fdget_pos() - Like fdget(), for calls that use the file position. */
struct fd fdget_pos(unsigned int fd)
{
	return fdget(fd);
}

/** set_close_on_exec() - Set or clear close-on-exec of an open fd. */
void set_close_on_exec(unsigned int fd, int flag)
{
	struct fdtable *fdt = current->files->fdt;

	if (flag)
		set_bit(fd, fdt->close_on_exec);
	else
		clear_bit(fd, fdt->close_on_exec);
}

/** get_close_on_exec() - Is close-on-exec set for an open fd? */
bool get_close_on_exec(unsigned int fd)
{
	return close_on_exec(fd, current->files->fdt);
}

static int do_dup2(struct files_struct *files, struct file *file, unsigned int fd,
		   unsigned int flags)
{
	struct fdtable *fdt = files->fdt;
	struct file *old = fdt->fd[fd];

	fdt->fd[fd] = get_file(file);
	set_bit(fd, fdt->open_fds);
	set_close_on_exec(fd, flags & O_CLOEXEC);
	if (old)
		fput(old);
	return (int)fd;
}

/* Models: fs/file.c:ksys_dup3() (6.9..) */
static int ksys_dup3(unsigned int oldfd, unsigned int newfd, int flags)
{
	struct files_struct *files = current->files;
	struct file *file;
	int err;

	if (flags & ~O_CLOEXEC)
		return refuse(-EINVAL, CHK_DUP_FLAGS, O_CLOEXEC, (u32)flags);
	if (oldfd == newfd)
		return refuse(-EINVAL, CHK_DUP_SAME, oldfd, newfd);
	if (newfd >= nofile())
		return refuse(-EBADF, CHK_DUP_RANGE, nofile(), newfd);
	/* the kernel grows the table before it checks the old fd */
	err = expand_files(files, newfd);
	file = files_lookup_fd(files, oldfd);
	if (!file)
		return refuse(-EBADF, CHK_DUP_FD, 0, oldfd);
	if (err < 0)
		return err;
	return do_dup2(files, file, newfd, (unsigned int)flags);
}

SYSCALL_DEFINE3(dup3, unsigned int, oldfd, unsigned int, newfd, int, flags)
{
	return ksys_dup3(oldfd, newfd, flags);
}

SYSCALL_DEFINE2(dup2, unsigned int, oldfd, unsigned int, newfd)
{
	if (oldfd != newfd)
		return ksys_dup3(oldfd, newfd, 0);
	if (!files_lookup_fd(current->files, oldfd))
		return refuse(-EBADF, CHK_DUP_FD, 0, oldfd);
	return oldfd;
}

/* Models: fs/file.c:sys_dup() (6.9..): FD-01 */
SYSCALL_DEFINE1(dup, unsigned int, fildes)
{
	struct file *file = fget_raw(fildes);
	int fd;

	if (!file)
		return refuse(-EBADF, CHK_DUP_FD, 0, fildes);
	fd = get_unused_fd_flags(0);
	if (fd >= 0)
		fd_install((unsigned int)fd, file);
	else
		fput(file);
	return fd;
}

/** f_dupfd() - Duplicate a file to the lowest free fd from @from on. */
int f_dupfd(unsigned int from, struct file *file, unsigned int flags)
{
	int fd;

	if (from >= nofile())
		return refuse(-EINVAL, CHK_FCNTL_DUPFD, nofile(), from);
	fd = alloc_fd(from, nofile(), flags);
	if (fd >= 0)
		fd_install((unsigned int)fd, get_file(file));
	return fd;
}

/**
 * receive_fd() - Install a file from another process at a new fd; takes its own reference.
 *
 * Models: fs/file.c:receive_fd(). Deviation: does not copy the fd to user space.
 */
int receive_fd(struct file *file, unsigned int flags)
{
	int fd = get_unused_fd_flags(flags);

	if (fd >= 0)
		fd_install((unsigned int)fd, get_file(file));
	return fd;
}
