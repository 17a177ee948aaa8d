// SPDX-License-Identifier: GPL-2.0-only
/* Passing fds between processes, like SCM_RIGHTS on a socket. */
#include <linux/file.h>
#include <linux/sched.h>
#include <trace/refusal.h>

/**
 * scm_send_fd() - Send a file of the caller to another process.
 * @from: the sender
 * @fd: its fd; may be O_PATH
 * @to: the receiver
 *
 * Models: net/core/scm.c:scm_fp_copy() and scm_detach_fds() (6.9..): FD-05. The receiver's fd has
 * no close-on-exec flag.
 * Deviation: if the receiver has no free fd, a real kernel delivers a truncated message; the model
 * returns an errno.
 *
 * Return: the receiver's fd, or -errno.
 */
int scm_send_fd(struct task_struct *from, unsigned int fd, struct task_struct *to)
{
	struct task_struct *saved = current;
	struct file *file;
	int new_fd;

	current = from;
	file = fget_raw(fd);
	if (!file) {
		new_fd = refuse(-EBADF, CHK_SCM_FD, 0, fd);
		goto out;
	}
	current = to;
	new_fd = receive_fd(file, 0);
	fput(file);
out:
	current = saved;
	return new_fd;
}
