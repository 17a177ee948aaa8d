// SPDX-License-Identifier: GPL-2.0-only
/* Weak definitions of system calls that are not modelled. Each reports its own name. */
#include <linux/syscalls.h>
#include <generated/syscalls.h>
#include <trace/refusal.h>

#define NOT_MODELLED(name, ...) \
	s64 sys_##name(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f); \
	__weak s64 sys_##name(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) \
	{ \
		(void)a, (void)b, (void)c, (void)d, (void)e, (void)f; \
		return not_modelled_text(#name); \
	}
SYSCALL_TABLE(NOT_MODELLED)
