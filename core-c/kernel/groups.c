// SPDX-License-Identifier: GPL-2.0-only
/* Supplementary groups. */
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

/* The kernel's limit is 65536. */
#define NGROUPS_MAX 64

/** groups_alloc() - Allocate an uninitialised list of @gidsetsize groups; NULL on failure. */
struct group_info *groups_alloc(int gidsetsize)
{
	struct group_info *gi = kvmalloc(struct_size(gi, gid, (size_t)gidsetsize), GFP_KERNEL);

	if (!gi)
		return NULL;
	refcount_set(&gi->usage, 1);
	gi->ngroups = gidsetsize;
	return gi;
}

/** groups_free() - Free a list without references. */
void groups_free(struct group_info *group_info)
{
	kvfree(group_info);
}

static int groups_from_user(struct group_info *group_info, gid_t __user *grouplist)
{
	struct user_namespace *user_ns = current_user_ns();
	int i;

	for (i = 0; i < group_info->ngroups; i++) {
		kgid_t kgid;
		gid_t gid;

		if (get_user(gid, grouplist + i))
			return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(gid), 0);
		kgid = make_kgid(user_ns, gid);
		if (!gid_valid(kgid))
			return refuse(-EINVAL, CHK_SETID_UNMAPPED, gid, user_ns->ns.id);
		group_info->gid[i] = kgid;
	}
	return 0;
}

/** groups_sort() - Sort a list by id for groups_search(). */
void groups_sort(struct group_info *group_info)
{
	kgid_t *gid = group_info->gid;
	int i, at;

	for (i = 1; i < group_info->ngroups; i++)
		for (at = i; at && gid_gt(gid[at - 1], gid[at]); at--)
			swap(gid[at - 1], gid[at]);
}

/** groups_search() - Return 1 if @grp is in the sorted list. */
int groups_search(const struct group_info *group_info, kgid_t grp)
{
	int left = 0, right;

	if (!group_info)
		return 0;
	right = group_info->ngroups;
	while (left < right) {
		int mid = left + (right - left) / 2;

		if (gid_gt(grp, group_info->gid[mid]))
			left = mid + 1;
		else if (gid_lt(grp, group_info->gid[mid]))
			right = mid;
		else
			return 1;
	}
	return 0;
}

/** set_groups() - Set the group list of prepared credentials. */
void set_groups(struct cred *new, struct group_info *group_info)
{
	put_group_info(new->group_info);
	new->group_info = get_group_info(group_info);
}

/** set_current_groups() - Set the caller's group list. */
int set_current_groups(struct group_info *group_info)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	set_groups(new, group_info);
	return commit_creds(new);
}

/* Models: kernel/groups.c:may_setgroups() (6.9..) */
static int check_setgroups(void)
{
	struct user_namespace *user_ns = current_user_ns();

	if (!ns_capable_setid(user_ns, CAP_SETGID))
		return refuse(-EPERM, CHK_SETGROUPS_CAP, evidence_cap(CAP_SETGID, user_ns),
			      evidence_caps_held());
	if (!userns_may_setgroups(user_ns))
		return refuse(-EPERM, CHK_SETGROUPS_DENIED, 0, 0);
	return 0;
}

/* Models: kernel/groups.c:sys_setgroups() (6.9..) */
SYSCALL_DEFINE2(setgroups, int, gidsetsize, gid_t __user *, grouplist)
{
	struct group_info *group_info;
	int err = check_setgroups();

	if (err)
		return err;
	if ((unsigned int)gidsetsize > NGROUPS_MAX)
		return not_modelled(UNMODELLED_GROUPS);
	group_info = groups_alloc(gidsetsize);
	if (!group_info)
		return -ENOMEM;
	err = groups_from_user(group_info, grouplist);
	if (err) {
		put_group_info(group_info);
		return err;
	}
	groups_sort(group_info);
	err = set_current_groups(group_info);
	put_group_info(group_info);
	return err;
}

/** in_group_p() - Is @grp one of the caller's groups for file access? */
int in_group_p(kgid_t grp)
{
	const struct cred *cred = current_cred();

	return gid_eq(grp, cred->fsgid) || groups_search(cred->group_info, grp);
}

/** in_egroup_p() - Is @grp one of the caller's effective groups? */
int in_egroup_p(kgid_t grp)
{
	const struct cred *cred = current_cred();

	return gid_eq(grp, cred->egid) || groups_search(cred->group_info, grp);
}
