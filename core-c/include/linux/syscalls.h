/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_SYSCALLS_H
#define _LINUX_SYSCALLS_H

#include <linux/kernel.h>
#include <linux/types.h>

/*
 * Every system call is a function of six u64, so that a single table of function pointers contains
 * them all. SYSCALL_DEFINEn() converts the arguments:
 * - pointers: an address that does not fit becomes one that always faults,
 *   instead of being truncated;
 * - long, unsigned long and size_t, which have 32 bits on wasm32, saturate instead of
 *   being truncated. Use u64 or loff_t where all 64 bits matter;
 * - int and unsigned int are truncated, as on real machines.
 * Results are s64, so that an id or offset above 2^31 is not taken for an errno.
 */
typedef s64 (*syscall_fn_t)(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);

/* The number of the call in progress. Models: arch/x86/include/asm/syscall.h. */
unsigned int syscall_get_nr(void);

static inline unsigned long __sc_ulong(u64 v)
{
	return v > (u64)(~0UL) ? ~0UL : (unsigned long)v;
}

static inline long __sc_long(u64 v)
{
	s64 s = (s64)v;

	if (s > (s64)(~0UL >> 1))
		return (long)(~0UL >> 1);
	return s < -(s64)(~0UL >> 1) - 1 ? -(long)(~0UL >> 1) - 1 : (long)s;
}

#define __SC_POINTER_CLASS 5
#define __sc_is(t, other) __builtin_types_compatible_p(t, other)
#define __sc_cast(t, v) \
	((t)__builtin_choose_expr(__builtin_classify_type((t)0) == __SC_POINTER_CLASS, \
		(unsigned long)__u64_to_user_ptr(v), \
		__builtin_choose_expr(__sc_is(t, unsigned long) || __sc_is(t, size_t), \
			__sc_ulong(v), \
			__builtin_choose_expr(__sc_is(t, long), __sc_long(v), (v)))))

#define __sc_head(name) \
	s64 sys_##name(u64 v1, u64 v2, u64 v3, u64 v4, u64 v5, u64 v6); \
	s64 sys_##name(u64 v1 __maybe_unused, u64 v2 __maybe_unused, u64 v3 __maybe_unused, \
			u64 v4 __maybe_unused, u64 v5 __maybe_unused, u64 v6 __maybe_unused)

#define SYSCALL_DEFINE0(name) \
	static s64 __do_sys_##name(void); \
	__sc_head(name) { return __do_sys_##name(); } \
	static s64 __do_sys_##name(void)
#define SYSCALL_DEFINE1(name, t1, a1) \
	static s64 __do_sys_##name(t1 a1); \
	__sc_head(name) { return __do_sys_##name(__sc_cast(t1, v1)); } \
	static s64 __do_sys_##name(t1 a1)
#define SYSCALL_DEFINE2(name, t1, a1, t2, a2) \
	static s64 __do_sys_##name(t1 a1, t2 a2); \
	__sc_head(name) { return __do_sys_##name(__sc_cast(t1, v1), __sc_cast(t2, v2)); } \
	static s64 __do_sys_##name(t1 a1, t2 a2)
#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3) \
	static s64 __do_sys_##name(t1 a1, t2 a2, t3 a3); \
	__sc_head(name) \
	{ \
		return __do_sys_##name(__sc_cast(t1, v1), __sc_cast(t2, v2), __sc_cast(t3, v3)); \
	} \
	static s64 __do_sys_##name(t1 a1, t2 a2, t3 a3)
#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4) \
	static s64 __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4); \
	__sc_head(name) \
	{ \
		return __do_sys_##name(__sc_cast(t1, v1), __sc_cast(t2, v2), __sc_cast(t3, v3), \
				       __sc_cast(t4, v4)); \
	} \
	static s64 __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4)
#define SYSCALL_DEFINE5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	static s64 __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5); \
	__sc_head(name) \
	{ \
		return __do_sys_##name(__sc_cast(t1, v1), __sc_cast(t2, v2), __sc_cast(t3, v3), \
				       __sc_cast(t4, v4), __sc_cast(t5, v5)); \
	} \
	static s64 __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)
#define SYSCALL_DEFINE6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
	static s64 __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6); \
	__sc_head(name) \
	{ \
		return __do_sys_##name(__sc_cast(t1, v1), __sc_cast(t2, v2), __sc_cast(t3, v3), \
				       __sc_cast(t4, v4), __sc_cast(t5, v5), __sc_cast(t6, v6)); \
	} \
	static s64 __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)

#endif /* _LINUX_SYSCALLS_H */
