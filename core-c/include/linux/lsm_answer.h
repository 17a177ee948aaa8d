/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_LSM_ANSWER_H
#define _LINUX_LSM_ANSWER_H

#include <linux/types.h>

/*
 * Ours: the one security module there is answers each hook with a number that
 * the host sets, or asks the host. The order is part of the boundary: append only.
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
	NR_LSM_HOOKS,
};

/* Where the token that a hook is told about comes from. */
enum lsm_token {
	LSM_NO_TOKEN,
	LSM_TOKEN,
	LSM_TOKEN_OF_PROG,
};

/* What the host is told when it is asked; it knows this layout. */
struct lsm_call {
	u32 hook;
	u32 pid;
	u32 token;	/* enum lsm_token: whose the next two are */
	u32 userns;
	u64 allowed[4];	/* commands, maps, programs, attach types */
	u32 args[4];	/* by the hook: security/security.c */
};

/* 0 allows; a negative errno refuses. -EINVAL for an unknown hook or answer. */
int set_lsm_answer(u32 hook, s32 answer);

/* The hooks that the host is asked about as well: a bit each. */
void set_lsm_asked(u32 hooks);

#endif /* _LINUX_LSM_ANSWER_H */
