// SPDX-License-Identifier: GPL-2.0-only
/* fcntl(2): what concerns descriptors and flags. */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/sched.h>
#include <linux/syscalls.h>
#include <trace/refusal.h>

#define FCNTL_BASE 1024
#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY (FCNTL_BASE + 3)
#endif
#ifndef F_CREATED_QUERY
#define F_CREATED_QUERY (FCNTL_BASE + 4)
#endif

#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME)

/* Models: fs/fcntl.c:setfl() (6.9..) */
static int setfl(struct file *file, unsigned int arg)
{
	struct inode *inode = file_inode(file);

	if ((arg & O_NOATIME) && !(file->f_flags & O_NOATIME) &&
	    !inode_owner_or_capable(&nop_mnt_idmap, inode))
		return refuse(-EPERM, CHK_FCNTL_NOATIME, 0, 0);
	if ((arg & O_DIRECT) && !S_ISFIFO(inode->i_mode) && !(file->f_mode & FMODE_CAN_ODIRECT))
		return refuse(-EINVAL, CHK_FCNTL_SETFL, SETFL_MASK & ~O_DIRECT, arg);
	file->f_flags = (arg & SETFL_MASK) | (file->f_flags & ~SETFL_MASK);
	return 0;
}

static int f_dupfd_query(unsigned int fd, const struct file *file)
{
	struct fd other = fdget_raw(fd);

	if (fd_empty(other))
		return refuse(-EBADF, CHK_FCNTL_FD, 0, fd);
	return fd_file(other) == file;
}

/* The commands about locks, leases, owners, signals, pipes and seals. */
static bool is_known_elsewhere(unsigned int cmd)
{
	return (cmd >= 5 && cmd <= 11) || (cmd >= 15 && cmd <= 17) || (cmd >= 36 && cmd <= 38) ||
	       (cmd >= FCNTL_BASE && cmd <= FCNTL_BASE + 2) ||
	       (cmd >= FCNTL_BASE + 7 && cmd <= FCNTL_BASE + 14);
}

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
	case F_SETFL:
		return setfl(file, (unsigned int)arg);
	case F_DUPFD_QUERY:
		if (kernel_at_least(6, 10))
			return f_dupfd_query((unsigned int)arg, file);
		break;
	case F_CREATED_QUERY:
		if (kernel_at_least(6, 12))
			return !!(file->f_mode & FMODE_CREATED);
		break;
	default:
		if (is_known_elsewhere(cmd))
			return not_modelled(UNMODELLED_FCNTL_COMMAND);
	}
	return refuse(-EINVAL, CHK_FCNTL_CMD, 0, cmd);
}

/* What works on a descriptor that is open on a path only. */
static bool check_fcntl_cmd(unsigned int cmd)
{
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
	case F_GETFD:
	case F_SETFD:
	case F_GETFL:
		return true;
	case F_DUPFD_QUERY:
		return kernel_at_least(6, 10);
	case F_CREATED_QUERY:
		return kernel_at_least(6, 12);
	default:
		return false;
	}
}

/* Models: fs/fcntl.c:sys_fcntl() (6.9..) */
SYSCALL_DEFINE3(fcntl, unsigned int, fd, unsigned int, cmd, u64, arg)
{
	struct fd f = fdget_raw(fd);

	if (fd_empty(f))
		return refuse(-EBADF, CHK_FCNTL_FD, 0, fd);
	if ((fd_file(f)->f_mode & FMODE_PATH) && !check_fcntl_cmd(cmd))
		return refuse(-EBADF, CHK_FCNTL_PATH, 0, fd);
	return do_fcntl(fd, cmd, arg, fd_file(f));
}
