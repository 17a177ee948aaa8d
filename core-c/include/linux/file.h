/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_FILE_H
#define _LINUX_FILE_H

#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/types.h>

struct cred;
struct file;
struct file_operations;
struct inode;
struct path;
struct task_struct;
struct vfsmount;

/* The result of an fd lookup. Old kernels have the member `file`, new ones access it with macros. */
struct fd {
	struct file *file;
	unsigned int flags;
};

#define FDPUT_FPUT 1
#define FDPUT_POS_UNLOCK 2
#define fd_file(f) ((f).file)
#define EMPTY_FD ((struct fd){ 0 })

static inline bool fd_empty(struct fd f)
{
	return unlikely(!f.file);
}

struct file *get_file(struct file *file);
void fput(struct file *file);
void __fput_sync(struct file *file);

static inline void fdput(struct fd f)
{
	if (f.flags & FDPUT_FPUT)
		fput(f.file);
}

/* The first function of each pair does not find O_PATH files. */
struct fd fdget(unsigned int fd);
struct fd fdget_raw(unsigned int fd);
struct fd fdget_pos(unsigned int fd);
struct file *fget(unsigned int fd);
struct file *fget_raw(unsigned int fd);
struct file *fget_task(struct task_struct *task, unsigned int fd);
struct file *fget_task_next(struct task_struct *task, unsigned int *fd);

static inline void fdput_pos(struct fd f)
{
	fdput(f);
}

DEFINE_CLASS(fd, struct fd, fdput(_T), fdget(fd), int fd)
DEFINE_CLASS(fd_raw, struct fd, fdput(_T), fdget_raw(fd), int fd)
DEFINE_CLASS(fd_pos, struct fd, fdput_pos(_T), fdget_pos(fd), int fd)

int get_unused_fd_flags(unsigned int flags);
int __get_unused_fd_flags(unsigned int flags, unsigned long nofile);
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *file);
int receive_fd(struct file *file, unsigned int flags);
bool get_close_on_exec(unsigned int fd);
void set_close_on_exec(unsigned int fd, int flag);
int f_dupfd(unsigned int from, struct file *file, unsigned int flags);
int scm_send_fd(struct task_struct *from, unsigned int fd, struct task_struct *to);

DEFINE_CLASS(get_unused_fd, int, if (_T >= 0) put_unused_fd(_T), get_unused_fd_flags(flags),
	     unsigned int flags)
DEFINE_FREE(fput, struct file *, if (!IS_ERR_OR_NULL(_T)) fput(_T))

/* A reserved fd with its file, to be published or discarded together (Linux 6.19). */
struct fd_prepare {
	int err;
	int __fd;
	struct file *__file;
};

typedef struct fd_prepare class_fd_prepare_t;

static inline void class_fd_prepare_destructor(struct fd_prepare *fdf)
{
	if (fdf->__fd >= 0)
		put_unused_fd(fdf->__fd);
	if (!IS_ERR_OR_NULL(fdf->__file))
		fput(fdf->__file);
}

static inline struct fd_prepare __fd_prepare(unsigned int flags)
{
	struct fd_prepare fdf = { .__fd = get_unused_fd_flags(flags) };

	fdf.err = fdf.__fd < 0 ? fdf.__fd : 0;
	return fdf;
}

#define __FD_PREPARE(_fdf, _flags, _file, _tmp) \
	({ \
		struct fd_prepare _tmp = __fd_prepare(_flags); \
		if (!_tmp.err) { \
			_tmp.__file = (_file); \
			if (IS_ERR(_tmp.__file)) { \
				_tmp.err = (int)PTR_ERR(_tmp.__file); \
				put_unused_fd(_tmp.__fd); \
				_tmp.__fd = -1; \
			} \
		} \
		_tmp; \
	})
#define FD_PREPARE(_fdf, _flags, _file) \
	struct fd_prepare _fdf __cleanup(class_fd_prepare_destructor) = \
		__FD_PREPARE(_fdf, _flags, _file, __UNIQUE_ID(prep))
#define fd_prepare_fd(_fdf) ((_fdf).__fd)
#define fd_prepare_file(_fdf) ((_fdf).__file)
#define fd_publish(_fdf) \
	({ \
		int __published = (_fdf).__fd; \
		fd_install(__published, (_fdf).__file); \
		(_fdf).__fd = -1; \
		(_fdf).__file = NULL; \
		__published; \
	})

/* fs/file_table.c */
struct file *alloc_empty_file(int flags, const struct cred *cred);
struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mnt, const char *name,
			       int flags, const struct file_operations *fops);

/* Releases files when a task returns to user space; in the kernel a part of task work. */
void task_work_run(void);

#endif /* _LINUX_FILE_H */
