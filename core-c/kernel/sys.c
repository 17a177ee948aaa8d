// SPDX-License-Identifier: GPL-2.0-only
/* User and group ids, resource limits and umask. */
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/stat.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

#define UNCHANGED ((u32)-1)

/* Real, effective and saved ids: the caller's values and the kernel ids. */
struct uid_triple {
	uid_t id[3];
	kuid_t k[3];
};

struct gid_triple {
	gid_t id[3];
	kgid_t k[3];
};

static int map_uids(struct user_namespace *ns, struct uid_triple *t)
{
	int i;

	for (i = 0; i < 3; i++) {
		t->k[i] = make_kuid(ns, t->id[i]);
		if (t->id[i] != UNCHANGED && !uid_valid(t->k[i]))
			return refuse(-EINVAL, CHK_SETID_UNMAPPED, ns->ns.id, t->id[i]);
	}
	return 0;
}

static bool uids_same(const struct cred *old, const struct uid_triple *t)
{
	return (t->id[0] == UNCHANGED || uid_eq(t->k[0], old->uid)) &&
	       (t->id[1] == UNCHANGED ||
		(uid_eq(t->k[1], old->euid) && uid_eq(t->k[1], old->fsuid))) &&
	       (t->id[2] == UNCHANGED || uid_eq(t->k[2], old->suid));
}

static bool uids_foreign(const struct cred *old, const struct uid_triple *t)
{
	int i;

	for (i = 0; i < 3; i++)
		if (t->id[i] != UNCHANGED && !uid_eq(t->k[i], old->uid) &&
		    !uid_eq(t->k[i], old->euid) && !uid_eq(t->k[i], old->suid))
			return true;
	return false;
}

/* Models: kernel/sys.c:__sys_setresuid() (6.9..) */
SYSCALL_DEFINE3(setresuid, uid_t, ruid, uid_t, euid, uid_t, suid)
{
	struct uid_triple t = { .id = { ruid, euid, suid } };
	const struct cred *old = current_cred();
	struct cred *new;
	int err;

	err = map_uids(old->user_ns, &t);
	if (err)
		return err;
	if (uids_same(old, &t))
		return 0;
	if (uids_foreign(old, &t) && !ns_capable_setid(old->user_ns, CAP_SETUID))
		return refuse(-EPERM, CHK_SETUID_CAP, evidence_cap(CAP_SETUID, old->user_ns),
			      evidence_caps_held());
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (ruid != UNCHANGED)
		new->uid = t.k[0];
	if (euid != UNCHANGED)
		new->euid = t.k[1];
	if (suid != UNCHANGED)
		new->suid = t.k[2];
	new->fsuid = new->euid;
	cap_task_fix_setuid(new, old, LSM_SETID_RES);
	return commit_creds(new);
}

static int map_gids(struct user_namespace *ns, struct gid_triple *t)
{
	int i;

	for (i = 0; i < 3; i++) {
		t->k[i] = make_kgid(ns, t->id[i]);
		if (t->id[i] != UNCHANGED && !gid_valid(t->k[i]))
			return refuse(-EINVAL, CHK_SETID_UNMAPPED, ns->ns.id, t->id[i]);
	}
	return 0;
}

static bool gids_same(const struct cred *old, const struct gid_triple *t)
{
	return (t->id[0] == UNCHANGED || gid_eq(t->k[0], old->gid)) &&
	       (t->id[1] == UNCHANGED ||
		(gid_eq(t->k[1], old->egid) && gid_eq(t->k[1], old->fsgid))) &&
	       (t->id[2] == UNCHANGED || gid_eq(t->k[2], old->sgid));
}

static bool gids_foreign(const struct cred *old, const struct gid_triple *t)
{
	int i;

	for (i = 0; i < 3; i++)
		if (t->id[i] != UNCHANGED && !gid_eq(t->k[i], old->gid) &&
		    !gid_eq(t->k[i], old->egid) && !gid_eq(t->k[i], old->sgid))
			return true;
	return false;
}

/* Models: kernel/sys.c:__sys_setresgid() (6.9..) */
SYSCALL_DEFINE3(setresgid, gid_t, rgid, gid_t, egid, gid_t, sgid)
{
	struct gid_triple t = { .id = { rgid, egid, sgid } };
	const struct cred *old = current_cred();
	struct cred *new;
	int err;

	err = map_gids(old->user_ns, &t);
	if (err)
		return err;
	if (gids_same(old, &t))
		return 0;
	if (gids_foreign(old, &t) && !ns_capable_setid(old->user_ns, CAP_SETGID))
		return refuse(-EPERM, CHK_SETGID_CAP, evidence_cap(CAP_SETGID, old->user_ns),
			      evidence_caps_held());
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (rgid != UNCHANGED)
		new->gid = t.k[0];
	if (egid != UNCHANGED)
		new->egid = t.k[1];
	if (sgid != UNCHANGED)
		new->sgid = t.k[2];
	new->fsgid = new->egid;
	return commit_creds(new);
}

static int put_three(u32 __user *a, u32 __user *b, u32 __user *c, u32 x, u32 y, u32 z)
{
	if (put_user(x, a) || put_user(y, b) || put_user(z, c))
		return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(u32), 0);
	return 0;
}

/* Models: kernel/sys.c:sys_getresuid() (6.9..) */
SYSCALL_DEFINE3(getresuid, uid_t __user *, ruid, uid_t __user *, euid, uid_t __user *, suid)
{
	const struct cred *cred = current_cred();

	return put_three(ruid, euid, suid, from_kuid_munged(cred->user_ns, cred->uid),
			 from_kuid_munged(cred->user_ns, cred->euid),
			 from_kuid_munged(cred->user_ns, cred->suid));
}

/* Models: kernel/sys.c:sys_getresgid() (6.9..) */
SYSCALL_DEFINE3(getresgid, gid_t __user *, rgid, gid_t __user *, egid, gid_t __user *, sgid)
{
	const struct cred *cred = current_cred();

	return put_three(rgid, egid, sgid, from_kgid_munged(cred->user_ns, cred->gid),
			 from_kgid_munged(cred->user_ns, cred->egid),
			 from_kgid_munged(cred->user_ns, cred->sgid));
}

/* Models: kernel/sys.c:__sys_setfsuid() (6.9..). Never fails: returns the old id. */
SYSCALL_DEFINE1(setfsuid, uid_t, uid)
{
	const struct cred *old = current_cred();
	uid_t old_fsuid = from_kuid_munged(old->user_ns, old->fsuid);
	kuid_t kuid = make_kuid(old->user_ns, uid);
	struct cred *new;

	if (uid_eq(kuid, old->fsuid) && uid_valid(kuid))
		return old_fsuid;
	if (!uid_valid(kuid) ||
	    (!uid_eq(kuid, old->uid) && !uid_eq(kuid, old->euid) && !uid_eq(kuid, old->suid) &&
	     !ns_capable_setid(old->user_ns, CAP_SETUID))) {
		decide(CHK_SETFSID_KEPT, uid, old_fsuid);
		return old_fsuid;
	}
	new = prepare_creds();
	if (!new)
		return old_fsuid;
	new->fsuid = kuid;
	cap_task_fix_setuid(new, old, LSM_SETID_FS);
	commit_creds(new);
	return old_fsuid;
}

/* Models: kernel/sys.c:__sys_setfsgid() (6.9..) */
SYSCALL_DEFINE1(setfsgid, gid_t, gid)
{
	const struct cred *old = current_cred();
	gid_t old_fsgid = from_kgid_munged(old->user_ns, old->fsgid);
	kgid_t kgid = make_kgid(old->user_ns, gid);
	struct cred *new;

	if (gid_eq(kgid, old->fsgid) && gid_valid(kgid))
		return old_fsgid;
	if (!gid_valid(kgid) ||
	    (!gid_eq(kgid, old->gid) && !gid_eq(kgid, old->egid) && !gid_eq(kgid, old->sgid) &&
	     !ns_capable_setid(old->user_ns, CAP_SETGID))) {
		decide(CHK_SETFSID_KEPT, gid, old_fsgid);
		return old_fsgid;
	}
	new = prepare_creds();
	if (!new)
		return old_fsgid;
	new->fsgid = kgid;
	commit_creds(new);
	return old_fsgid;
}

SYSCALL_DEFINE0(getpid)
{
	return task_tgid_vnr(current);
}

/* Models: kernel/sys.c:sys_umask() (6.9..) */
SYSCALL_DEFINE1(umask, int, mask)
{
	return xchg(&current->fs->umask, mask & 0777);
}

/*
 * Models: kernel/sys.c:do_prlimit() (6.9..), for the caller itself. Only RLIMIT_NOFILE has an
 * effect.
 */
SYSCALL_DEFINE4(prlimit64, pid_t, pid, unsigned int, resource, const struct rlimit64 __user *,
		new_rlim, struct rlimit64 __user *, old_rlim)
{
	struct rlimit64 old, new, *rlim;

	if ((pid && pid != current->pid) || resource >= RLIM_NLIMITS)
		return not_modelled(UNMODELLED_PRLIMIT_TARGET);
	rlim = &current->signal->rlim[resource];
	old = *rlim;
	if (new_rlim) {
		if (copy_from_user(&new, new_rlim, sizeof(new)))
			return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(new), 0);
		if (new.rlim_cur > new.rlim_max ||
		    (resource == RLIMIT_NOFILE && new.rlim_max > NR_OPEN_MAX))
			return not_modelled(UNMODELLED_PRLIMIT_VALUE);
		if (new.rlim_max > rlim->rlim_max && !capable(CAP_SYS_RESOURCE))
			return refuse(-EPERM, CHK_PRLIMIT_RAISE,
				      evidence_cap(CAP_SYS_RESOURCE, &init_user_ns),
				      evidence_caps_held());
		*rlim = new;
	}
	if (old_rlim && copy_to_user(old_rlim, &old, sizeof(old)))
		return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(old), 0);
	return 0;
}
