// SPDX-License-Identifier: GPL-2.0-only
/* Credentials are immutable: copied, changed in the copy, then committed. */
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

struct group_info init_groups = { .usage = REFCOUNT_INIT(2) };

/* init has all capabilities. The extra reference keeps these credentials from being freed. */
struct cred init_cred = {
	.usage = ATOMIC_LONG_INIT(4),
	.securebits = SECUREBITS_DEFAULT,
	.cap_permitted = CAP_FULL_SET,
	.cap_effective = CAP_FULL_SET,
	.cap_bset = CAP_FULL_SET,
	.user_ns = &init_user_ns,
	.group_info = &init_groups,
};

/** __put_cred() - Free credentials without references. */
void __put_cred(struct cred *cred)
{
	BUG_ON(cred == current->cred);
	BUG_ON(cred == current->real_cred);
	put_group_info(cred->group_info);
	put_user_ns(cred->user_ns);
	live_dec(LIVE_CREDS);
	kfree(cred);
}

/**
 * prepare_creds() - Copy the caller's credentials in order to change them.
 *
 * Models: kernel/cred.c:prepare_creds() (6.9..)
 *
 * Return: the copy, or NULL.
 */
struct cred *prepare_creds(void)
{
	struct cred *new = kmalloc(sizeof(*new), GFP_KERNEL);

	if (!new)
		return NULL;
	*new = *current->cred;
	atomic_long_set(&new->usage, 1);
	get_group_info(new->group_info);
	get_user_ns(new->user_ns);
	live_inc(LIVE_CREDS);
	return new;
}

/**
 * prepare_exec_creds() - Copy the caller's credentials for an exec.
 *
 * Models: kernel/cred.c:prepare_exec_creds() (6.9..)
 */
struct cred *prepare_exec_creds(void)
{
	struct cred *new = prepare_creds();

	if (!new)
		return NULL;
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	return new;
}

/**
 * copy_creds() - Give a new process its credentials.
 * @p: the process
 * @clone_flags: ignored, because processes never share credentials
 *
 * Models: kernel/cred.c:copy_creds() (6.9..)
 */
int copy_creds(struct task_struct *p, unsigned long clone_flags __maybe_unused)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	p->real_cred = get_cred(new);
	p->cred = new;
	return 0;
}

/** exit_creds() - Drop the credentials of an exiting process. */
void exit_creds(struct task_struct *p)
{
	put_cred(p->real_cred);
	put_cred(p->cred);
	p->real_cred = NULL;
	p->cred = NULL;
}

/* Is @subset obtainable from @set without gaining privileges? */
static bool cred_cap_issubset(const struct cred *set, const struct cred *subset)
{
	const struct user_namespace *set_ns = set->user_ns;
	const struct user_namespace *ns = subset->user_ns;

	if (set_ns == ns)
		return cap_issubset(subset->cap_permitted, set->cap_permitted);
	for (; ns != &init_user_ns; ns = ns->parent)
		if (set_ns == ns->parent && uid_eq(ns->owner, set->euid))
			return true;
	return false;
}

/**
 * commit_creds() - Install new credentials for the caller.
 * @new: from prepare_creds(); takes over the reference
 *
 * Models: kernel/cred.c:commit_creds() (6.9..)
 *
 * Return: 0, always.
 */
int commit_creds(struct cred *new)
{
	struct task_struct *task = current;
	const struct cred *old = task->real_cred;

	BUG_ON(task->cred != old);
	get_cred(new);
	if (!uid_eq(old->euid, new->euid) || !gid_eq(old->egid, new->egid) ||
	    !uid_eq(old->fsuid, new->fsuid) || !gid_eq(old->fsgid, new->fsgid) ||
	    !cred_cap_issubset(old, new))
		task->dumpable = SUID_DUMP_DISABLE;
	task->real_cred = new;
	task->cred = new;
	put_cred(old);
	put_cred(old);
	return 0;
}

/** abort_creds() - Discard prepared credentials. */
void abort_creds(struct cred *new)
{
	put_cred(new);
}

/** override_creds() - Use other credentials; returns the argument for revert_creds(). */
const struct cred *override_creds(const struct cred *new)
{
	const struct cred *old = current->cred;

	current->cred = get_cred(new);
	return old;
}

/** revert_creds() - End override_creds(). */
void revert_creds(const struct cred *old)
{
	const struct cred *override = current->cred;

	current->cred = old;
	put_cred(override);
}
