// SPDX-License-Identifier: GPL-2.0-only
/*
 * File descriptors that come from another task. Stands in for net/core/scm.c, and for open(2) of
 * /proc/PID/ns/NAME without a mounted /proc.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/path.h>
#include <linux/pid.h>
#include <linux/proc_ns.h>
#include <linux/ptrace.h>

#include "glue.h"
#include "task.h"

extern struct task_struct *wasm_current;

/* There is no pidfd_open(2). Stands in for fs/pidfs.c. */
struct pid *pidfd_pid(const struct file *file)
{
	return ERR_PTR(-EBADF);
}

/* Sends a file of the current task as SCM_RIGHTS does. Returns the fd of the receiver, or -errno. */
EXPORT(kernel_send_fd) int kernel_send_fd(u32 fd, u32 to)
{
	struct task_struct *sender = current, *receiver = find_task(to);
	struct file *file;
	int ret;

	if (!receiver || receiver->exit_state)
		return -ESRCH;
	file = fget_raw(fd);
	if (!file)
		return -EBADF;
	wasm_current = receiver;
	ret = receive_fd(file, NULL, 0);
	wasm_current = sender;
	fput(file);
	return ret;
}

static struct file *open_namespace_of(struct task_struct *task, bool mnt)
{
	struct path path;
	struct file *file;
	int err;

	if (!ptrace_may_access(task, PTRACE_MODE_READ_FSCREDS))
		return ERR_PTR(-EACCES);
	err = ns_get_path(&path, task, mnt ? &mntns_operations : &userns_operations);
	if (err)
		return ERR_PTR(err);
	file = dentry_open(&path, O_RDONLY | O_LARGEFILE, current_cred());
	path_put(&path);
	return file;
}

/* Opens the user or mount namespace of a task. Returns an fd with CLOEXEC, or -errno. */
EXPORT(kernel_open_namespace) int kernel_open_namespace(u32 of, int mnt)
{
	struct task_struct *task = find_task(of);
	struct file *file;
	int fd;

	if (!task || task->exit_state)
		return -ESRCH;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = open_namespace_of(task, mnt);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}
