/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BPF_TOKEN_H
#define BPF_TOKEN_H

/*
 * The door of the model for applications that link it as a library; it needs
 * no header of the core but those named here. arch/native/public.c holds it
 * against the core's own arch/wasm/entry.h.
 *
 * There is one kernel per program. Nothing here may be called from two threads.
 */
#include <stdint.h>
#include <generated/syscalls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One system call: number of x86-64, arguments, answer (>= 0 or -errno of Linux). */
struct bpf_token_call {
	uint32_t nr;
	uint32_t nargs;
	uint64_t args[6];
	int64_t ret;
	uint32_t out[4];
} __attribute__((aligned(8)));

/* What was decided in the last call: refusals have an errno, silent decisions 0. */
#define BPF_TOKEN_LOG_SIZE 24

struct bpf_token_decision {
	uint32_t check;
	int32_t err;
	uint32_t task;
	uint32_t pad;
	uint64_t needed;
	uint64_t present;
};

struct bpf_token_log {
	uint32_t count;
	uint32_t dropped;
	struct bpf_token_decision decision[BPF_TOKEN_LOG_SIZE];
	const char *not_modelled;
};

/* Checks by number: DEFINE_CHECK(id, name, errno, file, function, rules, evidence, sentence). */
enum bpf_token_check {
#define DEFINE_CHECK(id, ...) BPF_TOKEN_CHECK_##id,
#include <trace/checks.def>
#undef DEFINE_CHECK
	BPF_TOKEN_NR_CHECKS
};

/* The first process, root of the machine. */
#define BPF_TOKEN_INIT 1u

#ifndef BPF_TOKEN_TYPES_ONLY

/**
 * kernel_boot() - once, before anything else
 * @release: X * 1000 + Y for Linux X.Y, from 6009 to 6018; 1 to 3 for the v10 series
 * @unprivileged_bpf_disabled: the sysctl, 0 to 2
 * @seed: of what is random
 * @flags: 0
 *
 * Return: 0 or -errno.
 */
int32_t kernel_boot(uint32_t release, uint32_t unprivileged_bpf_disabled, uint32_t seed,
		    uint32_t flags);

/** kernel_call_block() - where a call is written and its answer read; it stays where it is. */
struct bpf_token_call *kernel_call_block(void);

/** kernel_syscall() - make the call in the block, as process @pid. */
int32_t kernel_syscall(uint32_t pid);

/**
 * kernel_user_alloc() - memory of the caller, zeroed, until kernel_user_reset()
 * @size: bytes; what lies behind them is a fault
 *
 * What a call reads or writes by a pointer has to lie in such memory.
 *
 * Return: its address, or 0.
 */
unsigned long kernel_user_alloc(uint32_t size);
void kernel_user_reset(void);

/** kernel_refusals() - what was decided in the last call. */
struct bpf_token_log *kernel_refusals(void);

/* What processes do: a child of @pid, as it is after execve(), its end, waiting for it. */
int32_t kernel_fork(uint32_t pid);
int32_t kernel_exec(uint32_t pid);
void kernel_exit(uint32_t pid, int32_t status);
int32_t kernel_wait(uint32_t pid, uint32_t child);

/** kernel_send_fd() - pass a descriptor on; answers the other process's number for it. */
int32_t kernel_send_fd(uint32_t from, uint32_t fd, uint32_t to);

#endif /* !BPF_TOKEN_TYPES_ONLY */

#ifdef __cplusplus
}
#endif

#endif /* BPF_TOKEN_H */
