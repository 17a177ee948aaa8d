// SPDX-License-Identifier: MIT
/*
 * Calls that never reach a real kernel, whatever a test asks for. Rules only
 * prevent harm to the host: what the kernel refuses by itself is left to the
 * kernel, in its own order of checks.
 */
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <linux/prctl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "abi.h"
#include "call.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

/* The kernel's bit of O_TMPFILE, without O_DIRECTORY. */
#define TMPFILE (O_TMPFILE & ~O_DIRECTORY)
/* The kernel's O_LARGEFILE on x86-64; it is 0 in headers of 64-bit machines. */
#define LARGEFILE 0100000
#define FIXED_NOREPLACE 0x100000
#define POPULATED_BYTES (64ul << 20)
/* mount(2): a historic magic number in the upper half of the flags, which the kernel clears. */
#define OLD_MAGIC 0xC0ED0000ul
#define OLD_MAGIC_MASK 0xffff0000ul
#define PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

static const unsigned int ioctls[] = {
	0, TCGETS, FIONREAD, FIOCLEX, FIONCLEX,
	NS_GET_USERNS, NS_GET_PARENT, NS_GET_NSTYPE, NS_GET_OWNER_UID,
};

static const unsigned int fcntls[] = {
	F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC,
	F_SETPIPE_SZ, F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS,
};

static const unsigned int prctls[] = {
	PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_GET_KEEPCAPS, PR_SET_KEEPCAPS,
	PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_GET_SECUREBITS, PR_SET_SECUREBITS,
	PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_GET_SECCOMP,
};

static const unsigned int sockopts[] = { SO_ATTACH_BPF, SO_DETACH_BPF, SO_LOCK_FILTER };

#define ONE_OF(value, list) one_of(value, list, sizeof(list) / sizeof(list[0]))

static bool one_of(unsigned int value, const unsigned int *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == value)
			return true;
	return false;
}

/*
 * A test cannot use the executor's own fds: the kernel gets -1 and answers EBADF
 * at its own place. Addresses must be memory, not numbers.
 */
static void check_args(struct call *call)
{
	for (int i = 0; i < call->entry->nargs; i++) {
		unsigned int fd = call->args[i];

		switch (call->entry->args[i]) {
		case ARG_FD:
			if (fd >= LIMIT_FD_BASE && fd < LIMIT_FD_END)
				call->args[i] = -1ul;
			break;
		case ARG_STR:
		case ARG_PTR_IN:
		case ARG_PTR_OUT:
		case ARG_PTR_INOUT:
			if (call->args[i] && !call->arg_seg[i] && call->args[i] != mem_bad())
				call->rule = RULE_POINTER;
			break;
		default:
			/* A number, or the address of a segment. */
			break;
		}
	}
}

static void check_mmap(struct call *call)
{
	unsigned long flags = call->args[3];
	bool populated = flags & (MAP_POPULATE | MAP_LOCKED);

	if (call->args[0] || flags & (MAP_FIXED | FIXED_NOREPLACE) ||
	    (populated && call->args[1] > POPULATED_BYTES))
		call->rule = RULE_MMAP;
}

static void check_mount(struct call *call)
{
	unsigned long flags = call->args[3];

	if ((flags & OLD_MAGIC_MASK) == OLD_MAGIC)
		flags &= ~OLD_MAGIC_MASK;
	path_check(call, AT_FDCWD, call->arg_seg[1]);
	if (flags & (MS_BIND | MS_MOVE))
		path_check(call, AT_FDCWD, call->arg_seg[0]);
	if (!(flags & (MS_REMOUNT | MS_BIND | MS_MOVE | PROPAGATION)))
		path_check_type(call, call->arg_seg[2]);
}

/* TP-16: since 7.2 openat() with this flag and an empty path opens an fd again. */
#define EMPTYPATH 0x4000000UL

static void check_empty_path(struct call *call, unsigned long flags)
{
	if (flags & EMPTYPATH && path_is_token(call->args[0]))
		call->rule = RULE_TOKEN_AGAIN;
}

static void check_openat2(struct call *call)
{
	struct segment *seg = call->arg_seg[2];
	struct open_how how;

	/* The kernel refuses what is too small, or faults. */
	if (!seg || call->args[3] < sizeof(how) || seg->size < sizeof(how))
		return;
	memcpy(&how, seg->mem, sizeof(how));
	check_empty_path(call, how.flags);
	if (shared_in_guest())
		return;
	how.resolve |= RESOLVE_NO_MAGICLINKS;
	memcpy(seg->mem, &how, sizeof(how));
}

/*
 * Refuses events of other processes and events that slow the host down:
 * breakpoints, tracepoints, hardware counters. BPF output events cost nothing.
 */
static void check_perf(struct call *call)
{
	struct segment *seg = call->arg_seg[0];
	struct perf_event_attr attr = {};
	bool own = !(pid_t)call->args[1] && !(call->args[4] & PERF_FLAG_PID_CGROUP);

	/* The kernel refuses what is too small, or faults. */
	if (shared_in_guest() || !seg || seg->size < PERF_ATTR_SIZE_VER0)
		return;
	memcpy(&attr, seg->mem, PERF_ATTR_SIZE_VER0);
	if (attr.type != PERF_TYPE_SOFTWARE || !(own || attr.config == PERF_COUNT_SW_BPF_OUTPUT))
		call->rule = RULE_PERF;
}

/* Checks a call before it is made: sets rule or forced, or changes arguments. */
void safety_before(struct call *call)
{
	unsigned long *args = call->args;

	check_args(call);
	switch (call->entry->here) {
	case SYS_bpf:
		return bpf_before(call);
	case SYS_chdir:
	case SYS_chroot:
		return path_check(call, AT_FDCWD, call->arg_seg[0]);
	case SYS_umount2:
		path_check(call, AT_FDCWD, call->arg_seg[0]);
		return path_check_umount(call, call->arg_seg[0], args[1]);
	case SYS_mount:
		return check_mount(call);
	case SYS_open_tree:
	case SYS_fspick:
		return path_check(call, args[0], call->arg_seg[1]);
	case SYS_move_mount:
		path_check(call, args[0], call->arg_seg[1]);
		return path_check(call, args[2], call->arg_seg[3]);
	case SYS_fchmodat:
		return path_check_attr(call, args[0], call->arg_seg[1], true);
	case SYS_fchownat:
		return path_check_attr(call, args[0], call->arg_seg[1],
				       !(args[4] & AT_SYMLINK_NOFOLLOW));
	case SYS_setxattr:
	case SYS_removexattr:
		return path_check_xattr(call, false, true);
	case SYS_lsetxattr:
	case SYS_lremovexattr:
		return path_check_xattr(call, false, false);
	case SYS_fsetxattr:
	case SYS_fremovexattr:
		return path_check_xattr(call, true, false);
	case SYS_fsopen:
		return path_check_type(call, call->arg_seg[0]);
	case SYS_openat:
		return check_empty_path(call, args[2]);
	case SYS_openat2:
		return check_openat2(call);
	case SYS_mmap:
		return check_mmap(call);
	case SYS_ioctl:
		if (!ONE_OF(args[1], ioctls))
			call->rule = RULE_IOCTL;
		return;
	case SYS_fcntl:
		if (!ONE_OF(args[1], fcntls))
			call->rule = RULE_FCNTL;
		return;
	case SYS_prctl:
		if (!ONE_OF(args[0], prctls))
			call->rule = RULE_PRCTL;
		return;
	case SYS_prlimit64:
		if ((pid_t)args[0] == DISPATCHER_PID)
			call->rule = RULE_DISPATCHER;
		return;
	case SYS_perf_event_open:
		return check_perf(call);
	case SYS_setsockopt:
		if (!shared_in_guest() &&
		    ((int)args[1] != SOL_SOCKET || !ONE_OF((unsigned int)args[2], sockopts)))
			call->rule = RULE_SOCKOPT;
		return;
	case SYS_init_module:
		if (!shared_in_guest())
			call->rule = RULE_MODULE;
		return;
	case SYS_unshare:
		if (args[0] & CLONE_NEWPID)
			call->rule = RULE_PIDNS;
		return;
	}
}

/*
 * openat() through openat2(): only the latter can refuse to follow the links of
 * /proc/PID/fd. It is stricter about flags, so this changes them as openat() does.
 */
long safety_openat(const unsigned long *args)
{
	const unsigned long known = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |
				    O_NONBLOCK | O_SYNC | O_DSYNC | O_ASYNC | O_DIRECT | O_DIRECTORY |
				    O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | TMPFILE |
				    open_flags_translate(LARGEFILE);
	struct open_how how = {
		.flags = (unsigned int)args[2] & known,
		.mode = args[3] & 07777,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};
	long ret;

	if (how.flags & O_PATH)
		how.flags &= O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
	if (!(how.flags & (O_CREAT | TMPFILE)))
		how.mode = 0;
	ret = syscall(SYS_openat2, args[0], args[1], &how, sizeof(how));
	return ret < 0 ? -errno : ret;
}

/* Checks the result of a call: closes an fd that a test must not have, and sets rule. */
void safety_after(struct call *call, long ret)
{
	struct segment *masked = call->masked;

	if (masked)
		memcpy(masked->mem, call->masked_text, strlen(call->masked_text));
	if (ret < 0)
		return;
	switch (call->entry->here) {
	case SYS_bpf:
		return bpf_after(call, ret);
	case SYS_openat:
	case SYS_openat2:
		if (path_may_write(ret))
			return;
		close(ret);
		call->rule = RULE_PROC_WRITE;
		return;
	}
}
