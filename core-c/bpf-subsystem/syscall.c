// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls by their numbers on x86-64. Stands in for arch/x86/entry/syscall_64.c.
 */
#include <linux/types.h>

#include "glue.h"

#define NOT_MODELLED (-4094)

#if SINCE_7
long __se_sys_bpf(long cmd, long attr, long size, long common, long common_size);
#else
long __se_sys_bpf(long cmd, long attr, long size);
#endif
long __se_sys_close(long fd);
long __se_sys_dup(long fd);
long __se_sys_capget(long header, long data);
long __se_sys_capset(long header, long data);
long __se_sys_umount(long name, long flags);
long __se_sys_openat(long dir, long path, long flags, long mode);
long __se_sys_mkdirat(long dir, long path, long mode);
long __se_sys_dup3(long from, long to, long flags);
long __se_sys_move_mount(long from_dir, long from, long to_dir, long to, long flags);
long __se_sys_fsopen(long name, long flags);
long __se_sys_fsconfig(long fd, long cmd, long key, long value, long aux);
long __se_sys_fsmount(long fd, long flags, long attributes);

/* @arguments: the address of six 64-bit words */
EXPORT(kernel_syscall) int kernel_syscall(u32 nr, u32 arguments)
{
	const long *a = (const void *)(unsigned long)arguments;

	switch (nr) {
	case 3:
		return __se_sys_close(a[0]);
	case 32:
		return __se_sys_dup(a[0]);
	case 125:
		return __se_sys_capget(a[0], a[1]);
	case 126:
		return __se_sys_capset(a[0], a[1]);
	case 166:
		return __se_sys_umount(a[0], a[1]);
	case 257:
		return __se_sys_openat(a[0], a[1], a[2], a[3]);
	case 258:
		return __se_sys_mkdirat(a[0], a[1], a[2]);
	case 292:
		return __se_sys_dup3(a[0], a[1], a[2]);
	case 321:
#if SINCE_7
		return __se_sys_bpf(a[0], a[1], a[2], a[3], a[4]);
#else
		return __se_sys_bpf(a[0], a[1], a[2]);
#endif
	case 429:
		return __se_sys_move_mount(a[0], a[1], a[2], a[3], a[4]);
	case 430:
		return __se_sys_fsopen(a[0], a[1]);
	case 431:
		return __se_sys_fsconfig(a[0], a[1], a[2], a[3], a[4]);
	case 432:
		return __se_sys_fsmount(a[0], a[1], a[2]);
	}
	return NOT_MODELLED;
}
