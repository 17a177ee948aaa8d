/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TESTS_HOST_H
#define _TESTS_HOST_H

/* Helpers to make system calls as a host does. */
#include <linux/live.h>
#include <linux/release.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <generated/syscalls.h>
#include <trace/refusal.h>
#include <uapi/linux/fcntl.h>

#include "../arch/wasm/entry.h"

static inline s64 call6(u32 pid, u32 nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	struct call_block *block = kernel_call_block();

	block->nr = nr;
	block->nargs = 6;
	block->args[0] = a;
	block->args[1] = b;
	block->args[2] = c;
	block->args[3] = d;
	block->args[4] = e;
	block->args[5] = f;
	kernel_syscall(pid);
	return block->ret;
}

#define CALL_7(pid, nr, a, b, c, d, e, f, ...) \
	call6(pid, nr, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f))
/* sys(pid, name, arguments...): missing arguments are 0 */
#define sys(pid, name, args...) CALL_7(pid, NR_##name, ##args, 0, 0, 0, 0, 0, 0, 0)

/* Copies @len bytes to new user memory and returns the address. */
static inline u64 user(const void *bytes, u32 len)
{
	unsigned long at = kernel_user_alloc(len);

	if (at && bytes)
		__builtin_memcpy((void *)at, bytes, len);
	return at;
}

static inline u64 text(const char *s)
{
	return user(s, (u32)__builtin_strlen(s) + 1);
}

static inline void boot(u32 release)
{
	s32 err = kernel_boot(release, 2, 0, 0);

	if (err)
		__builtin_trap();
}

/* The check that refused last, or NR_CHECKS. */
static inline u32 last_check(void)
{
	const struct refusal_log *log = kernel_refusals();

	return log->count ? log->entry[log->count - 1].check : NR_CHECKS;
}

static inline void live_now(s32 *live)
{
	kernel_settle();
	__builtin_memcpy(live, live_count, sizeof(live_count));
}

#endif /* _TESTS_HOST_H */
