// SPDX-License-Identifier: GPL-2.0-only
/* The capability LSM: checks, changes of capability sets, and their changes on execve(). */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>
#include <uapi/linux/prctl.h>

/**
 * cap_capable() - Do credentials have a capability in a user namespace?
 * @cred: the credentials
 * @targ_ns: the namespace
 * @cap: the capability
 * @opts: CAP_OPT_*
 *
 * Models: security/commoncap.c:cap_capable() (6.9..): CC-01 to CC-04
 *
 * Return: 0 if they have it, else -EPERM. The caller records the refusal.
 */
int cap_capable(const struct cred *cred, struct user_namespace *targ_ns, int cap,
		unsigned int opts __maybe_unused)
{
	struct user_namespace *ns = targ_ns;

	for (;;) {
		/* CC-01: in the namespace of the credentials the effective set decides */
		if (ns == cred->user_ns)
			return cap_raised(cred->cap_effective, cap) ? 0 : -EPERM;
		/* CC-02: @ns is neither that namespace nor a descendant of it */
		if (ns->level <= cred->user_ns->level)
			return -EPERM;
		/*
		 * CC-03: the owner of a namespace has all capabilities there if it is in the
		 * parent
		 */
		if (ns->parent == cred->user_ns && uid_eq(ns->owner, cred->euid))
			return 0;
		/* CC-04: a capability in the parent counts in the child */
		ns = ns->parent;
	}
}

/* cap_valid() for all 64 bits of the caller's value. */
static bool is_cap(u64 cap)
{
	return cap <= CAP_LAST_CAP;
}

static bool may_setpcap(void)
{
	return cap_capable(current_cred(), current_user_ns(), CAP_SETPCAP, CAP_OPT_NONE) == 0;
}

static int no_setpcap(void)
{
	return refuse(-EPERM, CHK_PRCTL_CAP, evidence_cap(CAP_SETPCAP, current_user_ns()),
		      evidence_caps_held());
}

/**
 * cap_capset() - Check and apply capset().
 * @new: prepared credentials
 * @old: the caller's credentials
 * @effective: requested set
 * @inheritable: requested set
 * @permitted: requested set
 *
 * Models: security/commoncap.c:cap_capset() (6.9..): CS-01
 */
int cap_capset(struct cred *new, const struct cred *old, const kernel_cap_t *effective,
	       const kernel_cap_t *inheritable, const kernel_cap_t *permitted)
{
	kernel_cap_t allowed = cap_combine(old->cap_inheritable, old->cap_permitted);

	if (!may_setpcap() && !cap_issubset(*inheritable, allowed))
		return refuse(-EPERM, CHK_CAPSET_INHERITABLE, allowed.val, inheritable->val);
	allowed = cap_combine(old->cap_inheritable, old->cap_bset);
	if (!cap_issubset(*inheritable, allowed))
		return refuse(-EPERM, CHK_CAPSET_BOUNDING, allowed.val, inheritable->val);
	if (!cap_issubset(*permitted, old->cap_permitted))
		return refuse(-EPERM, CHK_CAPSET_PERMITTED, old->cap_permitted.val,
			      permitted->val);
	if (!cap_issubset(*effective, *permitted))
		return refuse(-EPERM, CHK_CAPSET_EFFECTIVE, permitted->val, effective->val);
	new->cap_effective = *effective;
	new->cap_inheritable = *inheritable;
	new->cap_permitted = *permitted;
	new->cap_ambient = cap_intersect(new->cap_ambient, cap_intersect(*permitted, *inheritable));
	return 0;
}

static bool has_root_id(const struct cred *cred, kuid_t root)
{
	return uid_eq(cred->uid, root) || uid_eq(cred->euid, root) || uid_eq(cred->suid, root);
}

/* Models: security/commoncap.c:cap_emulate_setxuid() (6.9..): CS-02, CS-03 */
static void cap_emulate_setxuid(struct cred *new, const struct cred *old)
{
	kuid_t root = make_kuid(old->user_ns, 0);

	if (has_root_id(old, root) && !has_root_id(new, root)) {
		if (!issecure(SECURE_KEEP_CAPS)) {
			cap_clear(new->cap_permitted);
			cap_clear(new->cap_effective);
		}
		cap_clear(new->cap_ambient);
	}
	if (uid_eq(old->euid, root) && !uid_eq(new->euid, root))
		cap_clear(new->cap_effective);
	if (!uid_eq(old->euid, root) && uid_eq(new->euid, root))
		new->cap_effective = new->cap_permitted;
}

static void cap_emulate_setfsuid(struct cred *new, const struct cred *old)
{
	kuid_t root = make_kuid(old->user_ns, 0);
	kernel_cap_t fs_set = { CAP_FS_MASK };

	if (uid_eq(old->fsuid, root) && !uid_eq(new->fsuid, root))
		new->cap_effective = cap_drop(new->cap_effective, fs_set);
	if (!uid_eq(old->fsuid, root) && uid_eq(new->fsuid, root))
		new->cap_effective = cap_combine(new->cap_effective,
						 cap_intersect(new->cap_permitted, fs_set));
}

/**
 * cap_task_fix_setuid() - Adjust capabilities after a change of user ids.
 * @new: prepared credentials with the new ids
 * @old: the caller's credentials
 * @flags: LSM_SETID_*
 *
 * Models: security/commoncap.c:cap_task_fix_setuid() (6.9..)
 */
void cap_task_fix_setuid(struct cred *new, const struct cred *old, int flags)
{
	if (issecure(SECURE_NO_SETUID_FIXUP))
		return;
	if (flags == LSM_SETID_FS)
		cap_emulate_setfsuid(new, old);
	else
		cap_emulate_setxuid(new, old);
}

/* Root gains its bounding and inheritable sets, unless SECURE_NOROOT is set. */
static bool handle_privileged_root(struct cred *new, const struct cred *old, kuid_t root)
{
	if (issecure(SECURE_NOROOT))
		return false;
	if (uid_eq(new->euid, root) || uid_eq(new->uid, root))
		new->cap_permitted = cap_combine(old->cap_bset, old->cap_inheritable);
	return uid_eq(new->euid, root);
}

/**
 * cap_creds_from_exec() - Compute capabilities after execve() of a plain program.
 * @new: from prepare_exec_creds()
 *
 * Models: security/commoncap.c:cap_bprm_creds_from_file() (6.9..): CS-05, for a program without
 * file capabilities and set-id bits, executed by a process that nobody traces.
 */
void cap_creds_from_exec(struct cred *new)
{
	const struct cred *old = current_cred();
	bool effective, is_setid;

	/* without file capabilities, only root's and ambient capabilities are permitted */
	cap_clear(new->cap_permitted);
	effective = handle_privileged_root(new, old, make_kuid(new->user_ns, 0));

	if (kernel_at_least(6, 17))
		is_setid = !uid_eq(new->euid, old->euid) || !in_group_p(new->egid);
	else
		is_setid = !uid_eq(new->euid, old->uid) || !gid_eq(new->egid, old->gid);
	if ((is_setid || !cap_issubset(new->cap_permitted, old->cap_permitted)) &&
	    task_no_new_privs(current)) {
		new->euid = new->uid;
		new->egid = new->gid;
		new->cap_permitted = cap_intersect(new->cap_permitted, old->cap_permitted);
	}
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	if (is_setid)
		cap_clear(new->cap_ambient);
	new->cap_permitted = cap_combine(new->cap_permitted, new->cap_ambient);
	new->cap_effective = effective ? new->cap_permitted : new->cap_ambient;
	new->securebits &= ~issecure_mask(SECURE_KEEP_CAPS);
}

static int commit_securebits(unsigned int securebits)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	new->securebits = securebits;
	return commit_creds(new);
}

static int cap_prctl_drop(u64 cap)
{
	struct cred *new;

	if (!ns_capable(current_user_ns(), CAP_SETPCAP))
		return no_setpcap();
	if (!is_cap(cap))
		return refuse(-EINVAL, CHK_PRCTL_CAPABILITY, CAP_LAST_CAP, cap);
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	cap_lower(new->cap_bset, cap);
	return commit_creds(new);
}

/* Models: security/commoncap.c:cap_task_prctl(), PR_SET_SECUREBITS (6.9..), without lock bits */
static int cap_prctl_securebits(u64 wanted)
{
	if ((current_cred()->securebits | wanted) & ~(u64)__SECUREBITS_OLD)
		return not_modelled(UNMODELLED_SECUREBITS);
	return may_setpcap() ? commit_securebits((unsigned int)wanted) : no_setpcap();
}

static int cap_prctl_keepcaps(u64 keep)
{
	unsigned int securebits = current_cred()->securebits;

	if (keep > 1)
		return not_modelled(UNMODELLED_PRCTL_ARGUMENT);
	securebits &= ~issecure_mask(SECURE_KEEP_CAPS);
	return commit_securebits(keep ? securebits | issecure_mask(SECURE_KEEP_CAPS) : securebits);
}

static int commit_ambient(kernel_cap_t ambient)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	new->cap_ambient = ambient;
	return commit_creds(new);
}

static int cap_prctl_ambient(u64 what, u64 cap, u64 rest)
{
	const struct cred *cred = current_cred();
	kernel_cap_t ambient = cred->cap_ambient;

	if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (cap | rest)
			return not_modelled(UNMODELLED_PRCTL_ARGUMENT);
		return commit_ambient(CAP_EMPTY_SET);
	}
	if (rest)
		return not_modelled(UNMODELLED_PRCTL_ARGUMENT);
	if (!is_cap(cap))
		return refuse(-EINVAL, CHK_PRCTL_CAPABILITY, CAP_LAST_CAP, cap);
	if (what == PR_CAP_AMBIENT_IS_SET)
		return cap_raised(ambient, cap);
	if (what == PR_CAP_AMBIENT_LOWER) {
		cap_lower(ambient, cap);
		return commit_ambient(ambient);
	}
	if (what != PR_CAP_AMBIENT_RAISE)
		return not_modelled(UNMODELLED_PRCTL_ARGUMENT);
	if (!cap_raised(cred->cap_permitted, cap) || !cap_raised(cred->cap_inheritable, cap))
		return refuse(-EPERM, CHK_PRCTL_AMBIENT, cap,
			      cred->cap_permitted.val & cred->cap_inheritable.val);
	cap_raise(ambient, cap);
	return commit_ambient(ambient);
}

/**
 * cap_task_prctl() - Handle the prctl() options that concern capabilities.
 * @option: PR_*
 * @arg2: depends on the option
 * @arg3: depends on the option
 * @arg4: depends on the option
 * @arg5: depends on the option
 *
 * Models: security/commoncap.c:cap_task_prctl() (6.9..)
 *
 * Return: the result, or -ENOSYS for other options.
 */
int cap_task_prctl(int option, u64 arg2, u64 arg3, u64 arg4, u64 arg5)
{
	const struct cred *cred = current_cred();

	switch (option) {
	case PR_CAPBSET_READ:
		if (!is_cap(arg2))
			return refuse(-EINVAL, CHK_PRCTL_CAPABILITY, CAP_LAST_CAP, arg2);
		return cap_raised(cred->cap_bset, arg2);
	case PR_CAPBSET_DROP:
		return cap_prctl_drop(arg2);
	case PR_SET_SECUREBITS:
		return cap_prctl_securebits(arg2);
	case PR_GET_SECUREBITS:
		return (int)cred->securebits;
	case PR_GET_KEEPCAPS:
		return !!issecure(SECURE_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return cap_prctl_keepcaps(arg2);
	case PR_CAP_AMBIENT:
		return cap_prctl_ambient(arg2, arg3, arg4 | arg5);
	default:
		return -ENOSYS;
	}
}

/**
 * cap_inode_setxattr() - May the caller set or remove an attribute security.*?
 * @dentry: the file
 *
 * Models: security/commoncap.c:cap_inode_setxattr(), cap_inode_removexattr(), for attributes
 * security.* that are no file capabilities; spec FS-31.
 */
int cap_inode_setxattr(struct dentry *dentry)
{
	struct user_namespace *ns = dentry->d_sb->s_user_ns;

	if (ns_capable(ns, CAP_SYS_ADMIN))
		return 0;
	return refuse(-EPERM, CHK_XATTR_SECURITY, evidence_cap(CAP_SYS_ADMIN, ns),
		      evidence_caps_held());
}
