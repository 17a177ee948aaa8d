// SPDX-License-Identifier: GPL-2.0-only
/*
 * LSM hooks. There are two LSMs: capabilities, and one whose answer to each hook the host sets or
 * gives when asked.
 */
#include <linux/arch.h>
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/lsm_answer.h>
#include <linux/release.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

/* Hooks whose callers distinguish positive answers from 0: TA-01, CP-03. */
#define SIGN_MATTERS (1U << LSM_HOOK_BPF_TOKEN_CMD | 1U << LSM_HOOK_BPF_TOKEN_CAPABLE)

/* Hooks that the series added after its patch 3. */
#define LATER_THAN_V10_03 (SIGN_MATTERS | 1U << LSM_HOOK_BPF_TOKEN_CREATE | \
			   1U << LSM_HOOK_BPF_TOKEN_FREE | 1U << LSM_HOOK_BPF_MAP_CREATE | \
			   1U << LSM_HOOK_BPF_PROG_LOAD)

static s32 lsm_answers[NR_LSM_HOOKS];
static u32 lsm_asked;
static struct lsm_call call;
void (*lsm_observer)(const struct lsm_call *call, const struct bpf_token *token);

/** set_lsm_answer() - Set the second LSM's answer to a hook; see linux/lsm_answer.h. */
int set_lsm_answer(u32 hook, s32 answer)
{
	if (hook >= NR_LSM_HOOKS || answer < -MAX_ERRNO ||
	    (answer > 0 && !(SIGN_MATTERS & 1U << hook)))
		return -EINVAL;
	lsm_answers[hook] = answer;
	return 0;
}

/** set_lsm_asked() - Set the hooks that ask the host; see linux/lsm_answer.h. */
void set_lsm_asked(u32 hooks)
{
	lsm_asked = hooks;
}

/* Stores a hook's arguments and @token's masks, for the host and the observer. */
static noinline void describe(enum lsm_hook hook, enum lsm_token whose,
			      const struct bpf_token *token, u32 a, u32 b, u32 c, u32 d)
{
	call = (struct lsm_call){
		.hook = hook, .pid = (u32)current->pid, .args = { a, b, c, d },
	};
	if (token) {
		call.token = whose;
		call.userns = token->userns->ns.id;
		call.allowed[0] = token->allowed_cmds;
		call.allowed[1] = token->allowed_maps;
		call.allowed[2] = token->allowed_progs;
		call.allowed[3] = token->allowed_attachs;
	}
}

/* A fixed answer takes precedence; the host is only asked if that answer allows. */
static noinline s32 ask(enum lsm_hook hook, enum check_id id, enum lsm_token whose,
			const struct bpf_token *token, u32 a, u32 b, u32 c, u32 d)
{
	u32 bit = 1U << hook;
	s32 answer = lsm_answers[hook];

	if (kernel_is_v10_03() && LATER_THAN_V10_03 & bit)
		return 0;
	if (lsm_observer || lsm_asked & bit)
		describe(hook, whose, token, a, b, c, d);
	if (lsm_observer)
		lsm_observer(&call, token);
	/* callers ignore the answer of this hook */
	if (hook != LSM_HOOK_BPF_TOKEN_FREE && should_fail(FAULT_LSM))
		answer = -EPERM;
	else if (!answer && lsm_asked & bit)
		answer = arch_lsm_ask(&call);
	/* this LSM gives the inode no label */
	if (answer == -EOPNOTSUPP && hook == LSM_HOOK_INODE_INIT_SECURITY)
		return 0;
	if (answer < 0 && hook != LSM_HOOK_BPF_TOKEN_FREE)
		return refuse(answer, id, 0, (u64)-(s64)answer);
	return answer;
}

/** security_bpf() - LS-01, EN-06: runs for every bpf() command, even an unknown one. */
int security_bpf(int cmd, union bpf_attr *attr, unsigned int size, bool kernel)
{
	return ask(LSM_HOOK_BPF, CHK_LSM_BPF, LSM_NO_TOKEN, NULL, (u32)cmd, size, kernel,
		   (u32)(unsigned long)attr);
}

/** security_bpf_map_create() - LS-06, MC-17 */
int security_bpf_map_create(struct bpf_map *map, union bpf_attr *attr, struct bpf_token *token,
			    bool kernel)
{
	return ask(LSM_HOOK_BPF_MAP_CREATE, CHK_LSM_BPF_MAP_CREATE, LSM_TOKEN, token, map->map_type,
		   0, kernel, (u32)(unsigned long)attr);
}

/**
 * security_bpf_prog_load() - LS-07, PL-18: without a token argument, reports the program's token.
 */
int security_bpf_prog_load(struct bpf_prog *prog, union bpf_attr *attr, struct bpf_token *token,
			   bool kernel)
{
	return ask(LSM_HOOK_BPF_PROG_LOAD, CHK_LSM_BPF_PROG_LOAD,
		   token ? LSM_TOKEN : LSM_TOKEN_OF_PROG, token ? token : prog->aux->token,
		   prog->type, prog->expected_attach_type, kernel, (u32)(unsigned long)attr);
}

/** security_bpf_token_create() - LS-03, TC-14; since 6.18 a refusal frees what the LSM holds: TP-19 */
int security_bpf_token_create(struct bpf_token *token, union bpf_attr *attr,
			      const struct path *path)
{
	int err = ask(LSM_HOOK_BPF_TOKEN_CREATE, CHK_LSM_BPF_TOKEN_CREATE, LSM_TOKEN, token,
		      (u32)path->dentry->d_inode->i_ino, 0, 0, (u32)(unsigned long)attr);

	if (err && kernel_at_least(6, 18))
		security_bpf_token_free(token);
	return err;
}

/** security_bpf_token_cmd() - LS-04, TA-01 */
int security_bpf_token_cmd(const struct bpf_token *token, int cmd)
{
	return ask(LSM_HOOK_BPF_TOKEN_CMD, CHK_LSM_BPF_TOKEN_CMD, LSM_TOKEN, token, (u32)cmd, 0, 0,
		   0);
}

/** security_bpf_token_capable() - LS-05, CP-03 */
int security_bpf_token_capable(const struct bpf_token *token, int cap)
{
	return ask(LSM_HOOK_BPF_TOKEN_CAPABLE, CHK_LSM_BPF_TOKEN_CAPABLE, LSM_TOKEN, token,
		   (u32)cap, 0, 0, 0);
}

/** security_bpf_token_free() - LS-08; the answer is ignored. */
void security_bpf_token_free(struct bpf_token *token)
{
	ask(LSM_HOOK_BPF_TOKEN_FREE, NR_CHECKS, LSM_TOKEN, token, 0, 0, 0, 0);
	token->security = NULL;
}

/** security_inode_permission() - LS-02 */
int security_inode_permission(struct inode *inode, int mask)
{
	return ask(LSM_HOOK_INODE_PERMISSION, CHK_LSM_INODE_PERMISSION, LSM_NO_TOKEN, NULL,
		   inode->i_mode, (u32)mask, (u32)inode->i_ino, (u32)inode->i_sb->s_magic);
}

/**
 * security_inode_init_security() - FS-35: the LSM gives a new inode no attributes, so @init
 * never runs. A bpffs is the only filesystem of the model that calls it.
 */
int security_inode_init_security(struct inode *inode, struct inode *dir, const struct qstr *name,
				 initxattrs init, void *fs_data)
{
	return ask(LSM_HOOK_INODE_INIT_SECURITY, CHK_LSM_INODE_INIT_SECURITY, LSM_NO_TOKEN, NULL,
		   inode->i_mode, (u32)inode->i_ino, (u32)dir->i_ino, 0);
}

/** security_create_user_ns() - UN-06 */
int security_create_user_ns(const struct cred *cred)
{
	return ask(LSM_HOOK_USERNS_CREATE, CHK_LSM_USERNS_CREATE, LSM_NO_TOKEN, NULL,
		   cred->user_ns->ns.id, cred->euid.val, 0, 0);
}

/** security_capable() - Do credentials have a capability? CC-05; 0 or -EPERM. */
int security_capable(const struct cred *cred, struct user_namespace *ns, int cap,
		     unsigned int opts)
{
	int err = cap_capable(cred, ns, cap, opts);

	if (err)
		return err;
	return ask(LSM_HOOK_CAPABLE, CHK_LSM_CAPABLE, LSM_NO_TOKEN, NULL, (u32)cap, ns->ns.id, opts,
		   cred->user_ns->ns.id);
}

int security_capset(struct cred *new, const struct cred *old, const kernel_cap_t *effective,
		    const kernel_cap_t *inheritable, const kernel_cap_t *permitted)
{
	return cap_capset(new, old, effective, inheritable, permitted);
}

int security_task_prctl(int option, u64 arg2, u64 arg3, u64 arg4, u64 arg5)
{
	return cap_task_prctl(option, arg2, arg3, arg4, arg5);
}
