/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BPF_TOKEN_H
#define BPF_TOKEN_H

/*
 * API for applications that link the model as a library. It includes no other header of the core;
 * arch/native/public.c checks it against the core's own arch/wasm/entry.h.
 *
 * There is one kernel per program. The functions are not thread-safe.
 */
#include <stdint.h>
#include <generated/syscalls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One system call: x86-64 number, arguments, result (>= 0 or -errno with Linux's errno values). */
struct bpf_token_call {
	uint32_t nr;
	uint32_t nargs;
	uint64_t args[6];
	int64_t ret;
	uint32_t out[4];
} __attribute__((aligned(8)));

/* The decisions of the last call. A refusal has an errno, a silent decision has 0. */
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

/* Check numbers: DEFINE_CHECK(id, name, errno, file, function, rules, evidence, sentence). */
enum bpf_token_check {
#define DEFINE_CHECK(id, ...) BPF_TOKEN_CHECK_##id,
#include <trace/checks.def>
#undef DEFINE_CHECK
	BPF_TOKEN_NR_CHECKS
};

/* The first process: root on the host. */
#define BPF_TOKEN_INIT 1u

#ifndef BPF_TOKEN_TYPES_ONLY

/**
 * kernel_boot() - Boot the kernel, once, before any other call.
 * @release: X * 1000 + Y for Linux X.Y, from 6009 to 7003; 1 to 3 for the v10 series
 * @unprivileged_bpf_disabled: the sysctl, 0 to 2
 * @seed: reserved for random numbers
 * @flags: 0
 *
 * Return: 0 or -errno.
 */
int32_t kernel_boot(uint32_t release, uint32_t unprivileged_bpf_disabled, uint32_t seed,
		    uint32_t flags);

/** kernel_call_block() - Get the buffer for a call and its result. Its address never changes. */
struct bpf_token_call *kernel_call_block(void);

/** kernel_syscall() - Make the system call in the call block as process @pid. */
int32_t kernel_syscall(uint32_t pid);

/**
 * kernel_user_alloc() - Allocate zeroed user memory, valid until kernel_user_reset().
 * @size: bytes; an access after them is a fault
 *
 * All memory that a call accesses through a pointer must be allocated by this function.
 *
 * Return: its address, or 0.
 */
unsigned long kernel_user_alloc(uint32_t size);
void kernel_user_reset(void);

/** kernel_refusals() - Get the decisions of the last call. */
struct bpf_token_log *kernel_refusals(void);

/* fork(), execve(), exit() and waitpid() of process @pid. */
int32_t kernel_fork(uint32_t pid);
int32_t kernel_exec(uint32_t pid);
void kernel_exit(uint32_t pid, int32_t status);
int32_t kernel_wait(uint32_t pid, uint32_t child);

/** kernel_send_fd() - Pass an fd to another process; returns the fd there. */
int32_t kernel_send_fd(uint32_t from, uint32_t fd, uint32_t to);

#endif /* !BPF_TOKEN_TYPES_ONLY */

#ifdef __cplusplus
}
#endif

#endif /* BPF_TOKEN_H */
