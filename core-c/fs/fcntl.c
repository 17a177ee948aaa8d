// SPDX-License-Identifier: GPL-2.0-only
/* The fcntl(2) commands on fds and flags. */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/syscalls.h>
#include <trace/refusal.h>

/* Models: fs/fcntl.c:do_fcntl() (6.9..) */
static int do_fcntl(unsigned int fd, unsigned int cmd, u64 arg, struct file *file)
{
	switch (cmd) {
	case F_DUPFD:
		return f_dupfd((unsigned int)arg, file, 0);
	case F_DUPFD_CLOEXEC:
		return f_dupfd((unsigned int)arg, file, O_CLOEXEC);
	case F_GETFD:
		return get_close_on_exec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		set_close_on_exec(fd, arg & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return (int)file->f_flags;
	default:
		return not_modelled(UNMODELLED_FCNTL_COMMAND);
	}
}

/* Models: fs/fcntl.c:sys_fcntl() (6.9..): these commands also accept an O_PATH fd */
SYSCALL_DEFINE3(fcntl, unsigned int, fd, unsigned int, cmd, u64, arg)
{
	struct fd f = fdget_raw(fd);

	if (fd_empty(f))
		return refuse(-EBADF, CHK_FCNTL_FD, 0, fd);
	return do_fcntl(fd, cmd, arg, fd_file(f));
}
