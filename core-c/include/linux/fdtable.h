/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_FDTABLE_H
#define _LINUX_FDTABLE_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct file;
struct task_struct;

#define NR_OPEN_DEFAULT 64
#define NR_OPEN_MAX 1048576	/* sysctl fs.nr_open */

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *close_on_exec;
	unsigned long *open_fds;
};

struct files_struct {
	atomic_t count;
	struct fdtable *fdt;
	struct fdtable fdtab;
	unsigned int next_fd;
	unsigned long close_on_exec_init[BITS_TO_LONGS(NR_OPEN_DEFAULT)];
	unsigned long open_fds_init[BITS_TO_LONGS(NR_OPEN_DEFAULT)];
	struct file *fd_array[NR_OPEN_DEFAULT];
};

#define files_fdtable(files) ((files)->fdt)

static inline bool fd_is_open(unsigned int fd, const struct fdtable *fdt)
{
	return fd < fdt->max_fds && test_bit(fd, fdt->open_fds);
}

static inline bool close_on_exec(unsigned int fd, const struct fdtable *fdt)
{
	return test_bit(fd, fdt->close_on_exec);
}

struct files_struct *dup_fd(struct files_struct *oldf);
void put_files_struct(struct files_struct *files);
void exit_files(struct task_struct *tsk);
void do_close_on_exec(struct files_struct *files);
struct file *files_lookup_fd(struct files_struct *files, unsigned int fd);
int close_fd(unsigned int fd);

#endif /* _LINUX_FDTABLE_H */
