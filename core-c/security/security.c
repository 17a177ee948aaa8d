// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks of security modules. There are two modules: capabilities, and one
 * whose answers the host sets, hook by hook.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/err.h>
#include <linux/lsm_answer.h>
#include <linux/security.h>
#include <trace/refusal.h>

static s32 lsm_answers[NR_LSM_HOOKS];

/** set_lsm_answer() - what the second module says to a hook; see linux/lsm_answer.h */
int set_lsm_answer(u32 hook, s32 answer)
{
	if (hook >= NR_LSM_HOOKS || answer > 0 || answer < -MAX_ERRNO)
		return -EINVAL;
	lsm_answers[hook] = answer;
	return 0;
}

static int ask(enum lsm_hook hook, enum check_id id)
{
	s32 answer = lsm_answers[hook];

	return answer ? refuse(answer, id, 0, (u64)-(s64)answer) : 0;
}

/** security_bpf() - LS-01: every bpf() command */
int security_bpf(int cmd, union bpf_attr *attr, unsigned int size, bool kernel)
{
	(void)cmd;
	(void)attr;
	(void)size;
	(void)kernel;
	return ask(LSM_HOOK_BPF, CHK_LSM_BPF);
}

/** security_bpf_map_create() - LS-06 */
int security_bpf_map_create(struct bpf_map *map, union bpf_attr *attr, struct bpf_token *token,
			    bool kernel)
{
	(void)map;
	(void)attr;
	(void)token;
	(void)kernel;
	return ask(LSM_HOOK_BPF_MAP_CREATE, CHK_LSM_BPF_MAP_CREATE);
}

/** security_bpf_prog_load() - LS-07 */
int security_bpf_prog_load(struct bpf_prog *prog, union bpf_attr *attr, struct bpf_token *token,
			   bool kernel)
{
	(void)prog;
	(void)attr;
	(void)token;
	(void)kernel;
	return ask(LSM_HOOK_BPF_PROG_LOAD, CHK_LSM_BPF_PROG_LOAD);
}

/** security_bpf_token_create() - LS-03 */
int security_bpf_token_create(struct bpf_token *token, union bpf_attr *attr,
			      const struct path *path)
{
	(void)token;
	(void)attr;
	(void)path;
	return ask(LSM_HOOK_BPF_TOKEN_CREATE, CHK_LSM_BPF_TOKEN_CREATE);
}

/** security_bpf_token_cmd() - LS-04 */
int security_bpf_token_cmd(const struct bpf_token *token, int cmd)
{
	(void)token;
	(void)cmd;
	return ask(LSM_HOOK_BPF_TOKEN_CMD, CHK_LSM_BPF_TOKEN_CMD);
}

/** security_bpf_token_capable() - LS-05 */
int security_bpf_token_capable(const struct bpf_token *token, int cap)
{
	(void)token;
	(void)cap;
	return ask(LSM_HOOK_BPF_TOKEN_CAPABLE, CHK_LSM_BPF_TOKEN_CAPABLE);
}

/** security_bpf_token_free() - LS-08; may come twice for a token that was never finished */
void security_bpf_token_free(struct bpf_token *token)
{
	token->security = NULL;
}

/** security_inode_permission() - LS-02 */
int security_inode_permission(struct inode *inode, int mask)
{
	(void)inode;
	(void)mask;
	return ask(LSM_HOOK_INODE_PERMISSION, CHK_LSM_INODE_PERMISSION);
}

/** security_capable() - whether credentials have a capability; 0 or -EPERM */
int security_capable(const struct cred *cred, struct user_namespace *ns, int cap,
		     unsigned int opts)
{
	return cap_capable(cred, ns, cap, opts);
}

/** security_capset() - see cap_capset() */
int security_capset(struct cred *new, const struct cred *old, const kernel_cap_t *effective,
		    const kernel_cap_t *inheritable, const kernel_cap_t *permitted)
{
	return cap_capset(new, old, effective, inheritable, permitted);
}

/** security_task_fix_setuid() - see cap_task_fix_setuid() */
int security_task_fix_setuid(struct cred *new, const struct cred *old, int flags)
{
	return cap_task_fix_setuid(new, old, flags);
}

/** security_task_prctl() - see cap_task_prctl() */
int security_task_prctl(int option, u64 arg2, u64 arg3, u64 arg4, u64 arg5)
{
	return cap_task_prctl(option, arg2, arg3, arg4, arg5);
}
