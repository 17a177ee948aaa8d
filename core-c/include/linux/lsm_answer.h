/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_LSM_ANSWER_H
#define _LINUX_LSM_ANSWER_H

#include <linux/types.h>

/*
 * The model's only other LSM, not in the kernel. For each hook the host sets the answer, or the
 * LSM asks the host. The order of the hooks is part of the ABI: append only.
 */
enum lsm_hook {
	LSM_HOOK_BPF,
	LSM_HOOK_INODE_PERMISSION,
	LSM_HOOK_BPF_TOKEN_CREATE,
	LSM_HOOK_BPF_TOKEN_CMD,
	LSM_HOOK_BPF_TOKEN_CAPABLE,
	LSM_HOOK_BPF_MAP_CREATE,
	LSM_HOOK_BPF_PROG_LOAD,
	LSM_HOOK_BPF_TOKEN_FREE,
	LSM_HOOK_USERNS_CREATE,
	LSM_HOOK_CAPABLE,
	LSM_HOOK_INODE_INIT_SECURITY,
	NR_LSM_HOOKS,
};

/* Whose token a hook gets: its token argument, or the token of the program. */
enum lsm_token {
	LSM_NO_TOKEN,
	LSM_TOKEN,
	LSM_TOKEN_OF_PROG,
};

/* Arguments of a hook, for the host. The layout is part of the ABI. */
struct lsm_call {
	u32 hook;
	u32 pid;
	u32 token;	/* enum lsm_token: source of the next two fields */
	u32 userns;
	u64 allowed[4];	/* masks of commands, map types, program types, attach types */
	u32 args[4];	/* depend on the hook: security/security.c */
};

/* Answer 0 allows, -errno refuses. Returns -EINVAL for an unknown hook or invalid answer. */
int set_lsm_answer(u32 hook, s32 answer);

/* A bit for each hook that asks the host. */
void set_lsm_asked(u32 hooks);

struct bpf_token;

/* Sees each call of a hook before its answer, with the token argument, or NULL. For tests. */
extern void (*lsm_observer)(const struct lsm_call *call, const struct bpf_token *token);

#endif /* _LINUX_LSM_ANSWER_H */
