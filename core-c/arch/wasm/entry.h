/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ARCH_WASM_ENTRY_H
#define _ARCH_WASM_ENTRY_H

#include <linux/types.h>

struct refusal_log;

/* One call, little endian, written by the host. */
struct call_block {
	u32 nr;			/* x86-64 number */
	u32 nargs;		/* missing arguments are 0 */
	u64 args[6];
	s64 ret;
	u32 out[4];		/* further results, depending on the operation */
} __attribute__((aligned(8)));

/* Bits of out[1] of kernel_fd_next(). */
#define FD_INFO_CLOEXEC 1
#define FD_INFO_PATH 2

u32 kernel_abi_version(void);
u32 kernel_checks(void);
s32 kernel_boot(u32 release, u32 unprivileged_bpf_disabled, u32 seed, u32 flags);
unsigned long kernel_brk(void);
u32 kernel_settle(void);
s32 kernel_live(u32 kind);
struct call_block *kernel_call_block(void);
s32 kernel_syscall(u32 pid);
void kernel_run_as(u32 pid, void (*what)(u64 argument), u64 argument);
unsigned long kernel_user_alloc(u32 size);
void kernel_user_reset(void);
struct refusal_log *kernel_refusals(void);
s32 kernel_fork(u32 pid);
s32 kernel_exec(u32 pid);
void kernel_exit(u32 pid, s32 status);
s32 kernel_wait(u32 pid, u32 child);
s32 kernel_send_fd(u32 from, u32 fd, u32 to);
s32 kernel_open_ns(u32 pid, u32 of, u32 kind);
s32 kernel_fd_next(u32 pid, u32 from);
s32 kernel_sysctl_read(u32 id);
s32 kernel_sysctl_write(u32 pid, u32 id, s32 value);
void kernel_lsm_answer(u32 hook, s32 answer);
void kernel_lsm_asked(u32 hooks);
u32 kernel_fail_nth(u32 kind, u32 n);

#endif /* _ARCH_WASM_ENTRY_H */
