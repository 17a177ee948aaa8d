/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_CRED_H
#define _LINUX_CRED_H

#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct user_namespace;

struct group_info {
	refcount_t usage;
	int ngroups;
	kgid_t gid[];
};

struct cred {
	atomic_long_t usage;
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	unsigned int securebits;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	kernel_cap_t cap_bset;
	kernel_cap_t cap_ambient;
	struct user_namespace *user_ns;
	struct group_info *group_info;
	struct rcu_head rcu;
};

extern struct cred init_cred;
extern struct group_info init_groups;

struct cred *prepare_creds(void);
struct cred *prepare_exec_creds(void);
int commit_creds(struct cred *new);
void abort_creds(struct cred *new);
int copy_creds(struct task_struct *p, unsigned long clone_flags);
void exit_creds(struct task_struct *p);
void __put_cred(struct cred *cred);
const struct cred *override_creds(const struct cred *new);
void revert_creds(const struct cred *old);

static inline struct cred *get_new_cred(struct cred *cred)
{
	atomic_long_inc(&cred->usage);
	return cred;
}

static inline const struct cred *get_cred(const struct cred *cred)
{
	return cred ? get_new_cred((struct cred *)cred) : NULL;
}

static inline void put_cred(const struct cred *cred)
{
	struct cred *c = (struct cred *)cred;

	if (c && atomic_long_dec_and_test(&c->usage))
		__put_cred(c);
}

static inline bool cap_ambient_invariant_ok(const struct cred *cred)
{
	return cap_issubset(cred->cap_ambient,
			    cap_intersect(cred->cap_permitted, cred->cap_inheritable));
}

#define current_cred() (current->cred)
#define current_real_cred() (current->real_cred)
#define __task_cred(task) ((task)->real_cred)
#define get_current_cred() get_cred(current_cred())
#define get_task_cred(task) get_cred(__task_cred(task))
#define current_cred_xxx(xxx) (current_cred()->xxx)
#define task_cred_xxx(task, xxx) (__task_cred(task)->xxx)
#define task_uid(task) task_cred_xxx(task, uid)
#define task_euid(task) task_cred_xxx(task, euid)
#define current_uid() current_cred_xxx(uid)
#define current_gid() current_cred_xxx(gid)
#define current_euid() current_cred_xxx(euid)
#define current_egid() current_cred_xxx(egid)
#define current_suid() current_cred_xxx(suid)
#define current_sgid() current_cred_xxx(sgid)
#define current_fsuid() current_cred_xxx(fsuid)
#define current_fsgid() current_cred_xxx(fsgid)
#define current_user_ns() current_cred_xxx(user_ns)
#define current_fsuid_fsgid(_fsuid, _fsgid) \
	do { \
		*(_fsuid) = current_fsuid(); \
		*(_fsgid) = current_fsgid(); \
	} while (0)

/* kernel/groups.c */
struct group_info *groups_alloc(int gidsetsize);
void groups_free(struct group_info *group_info);
void groups_sort(struct group_info *group_info);
int groups_search(const struct group_info *group_info, kgid_t grp);
void set_groups(struct cred *new, struct group_info *group_info);
int set_current_groups(struct group_info *group_info);
bool may_setgroups(void);
int in_group_p(kgid_t grp);
int in_egroup_p(kgid_t grp);

static inline struct group_info *get_group_info(struct group_info *gi)
{
	refcount_inc(&gi->usage);
	return gi;
}

static inline void put_group_info(struct group_info *gi)
{
	if (refcount_dec_and_test(&gi->usage))
		groups_free(gi);
}

#endif /* _LINUX_CRED_H */
