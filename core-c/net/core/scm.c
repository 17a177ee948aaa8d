// SPDX-License-Identifier: GPL-2.0-only
/* Passing descriptors between processes, as SCM_RIGHTS on a socket does. */
#include <linux/file.h>
#include <linux/sched.h>
#include <trace/refusal.h>

/**
 * scm_send_fd() - give another process a descriptor for a file of the caller
 * @from: the sender
 * @fd: its descriptor; one opened with O_PATH can be sent too
 * @to: the receiver
 *
 * Models: net/core/scm.c:scm_fp_copy() and scm_detach_fds() (6.9..): FD-05.
 * The receiver's descriptor does not close on exec.
 * Deviation: where the receiver has no descriptor left, a real one gets a
 * truncated message instead of an errno.
 *
 * Return: the new descriptor, or a negative errno.
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
