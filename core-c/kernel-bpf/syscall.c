// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls by their numbers on x86-64. Stands in for arch/x86/entry/syscall_64.c.
 */
#include <linux/errno.h>
#include <linux/types.h>
#include <uapi/linux/sched.h>

#include "calls.h"
#include "coverage.h"
#include "glue.h"

#define NOT_MODELLED (-4094)

/* Number, name and how many arguments; getpid(2) and bpf(2) are special. */
#define CALLS \
	CALL(0, read, 3) \
	CALL(1, write, 3) \
	CALL(3, close, 1) \
	CALL(5, newfstat, 2) \
	CALL(8, lseek, 3) \
	CALL(16, ioctl, 3) \
	CALL(32, dup, 1) \
	CALL(33, dup2, 2) \
	CALL(72, fcntl, 3) \
	CALL(80, chdir, 1) \
	CALL(81, fchdir, 1) \
	CALL(95, umask, 1) \
	CALL(116, setgroups, 2) \
	CALL(117, setresuid, 3) \
	CALL(118, getresuid, 3) \
	CALL(119, setresgid, 3) \
	CALL(120, getresgid, 3) \
	CALL(122, setfsuid, 1) \
	CALL(123, setfsgid, 1) \
	CALL(125, capget, 2) \
	CALL(126, capset, 2) \
	CALL(138, fstatfs, 2) \
	CALL(157, prctl, 5) \
	CALL(161, chroot, 1) \
	CALL(165, mount, 5) \
	CALL(166, umount, 2) \
	CALL(188, setxattr, 5) \
	CALL(189, lsetxattr, 5) \
	CALL(190, fsetxattr, 5) \
	CALL(191, getxattr, 4) \
	CALL(192, lgetxattr, 4) \
	CALL(193, fgetxattr, 4) \
	CALL(194, listxattr, 3) \
	CALL(195, llistxattr, 3) \
	CALL(196, flistxattr, 3) \
	CALL(197, removexattr, 2) \
	CALL(198, lremovexattr, 2) \
	CALL(199, fremovexattr, 2) \
	CALL(257, openat, 4) \
	CALL(258, mkdirat, 3) \
	CALL(260, fchownat, 5) \
	CALL(262, newfstatat, 4) \
	CALL(263, unlinkat, 3) \
	CALL(267, readlinkat, 4) \
	CALL(268, fchmodat, 3) \
	CALL(292, dup3, 3) \
	CALL(302, prlimit64, 4) \
	CALL(308, setns, 2) \
	CALL(319, memfd_create, 2) \
	CALL(428, open_tree, 3) \
	CALL(429, move_mount, 5) \
	CALL(430, fsopen, 2) \
	CALL(431, fsconfig, 5) \
	CALL(432, fsmount, 3) \
	CALL(433, fspick, 3) \
	CALL(437, openat2, 4)

#define PARAMS_1 long
#define PARAMS_2 PARAMS_1, long
#define PARAMS_3 PARAMS_2, long
#define PARAMS_4 PARAMS_3, long
#define PARAMS_5 PARAMS_4, long
#define ARGS_1 a[0]
#define ARGS_2 ARGS_1, a[1]
#define ARGS_3 ARGS_2, a[2]
#define ARGS_4 ARGS_3, a[3]
#define ARGS_5 ARGS_4, a[4]

#define CALL(nr, name, n) long __se_sys_##name(PARAMS_##n);
CALLS
#undef CALL

long sys_getpid(void);
long __se_sys_unshare(long flags);
#if SINCE_7
long __se_sys_bpf(long cmd, long attr, long size, long common, long common_size);
#else
long __se_sys_bpf(long cmd, long attr, long size);
#endif

/*
 * The module is built without the namespaces of other kinds, so for their flags it answers EINVAL, where
 * the kernel of a distribution creates one. Other refusals come earlier and are the kernel's.
 */
static long call_unshare(long flags)
{
	const long other = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET |
			   CLONE_NEWCGROUP | CLONE_NEWTIME;
	long ret = __se_sys_unshare(flags);

	return ret == -EINVAL && (flags & other) ? NOT_MODELLED : ret;
}

/* @arguments: the address of six 64-bit words */
EXPORT(kernel_syscall) long kernel_syscall(u32 nr, u32 arguments)
{
	const long *a = (const void *)(unsigned long)arguments;

	switch (nr) {
#define CALL(nr, name, n) \
	case nr: \
		return __se_sys_##name(ARGS_##n);
	CALLS
	case 39:
		return sys_getpid();
	case 272:
		return call_unshare(a[0]);
	case 321:
		forget_reads();
		forget_origins();
#if SINCE_7
		return __se_sys_bpf(a[0], a[1], a[2], a[3], a[4]);
#else
		return __se_sys_bpf(a[0], a[1], a[2]);
#endif
	}
	return NOT_MODELLED;
}
