/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that end in a program or start from one. The build generates the tables in calls.c. */
#ifndef CALLS_H
#define CALLS_H

#include <linux/types.h>

struct bpf_prog;

/* A hook of security/security.c that the module calls. */
struct lsm_hook {
	const char *name; /* of its function in kernel/bpf/bpf_lsm.c */
	long answer; /* without a security module */
	const void *image; /* of the trampoline, or NULL */
};

/* A kfunc, called as a helper is. */
struct kfunc_call {
	const char *name;
	u64 (*call)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
};

extern struct lsm_hook *const lsm_hooks[];
extern const int lsm_hooks_count;
extern const struct kfunc_call kfunc_calls[];
extern const int kfunc_calls_count;

u64 run_hook(struct lsm_hook *hook, const u64 *args, u64 answer);
int symbol_name(unsigned long at, char *name);
struct bpf_prog *compile_program(struct bpf_prog *prog);
void free_compiled(struct bpf_prog *prog);
void forget_reads(void);
const char *structure_read(void);
const char *reads_text(const char *name);

#endif
