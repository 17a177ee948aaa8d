// SPDX-License-Identifier: GPL-2.0-only
/* Creating and entering user namespaces, and id mappings. */
#include <linux/cred.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/live.h>
#include <linux/mnt_namespace.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

#define USERNS_MAX_LEVEL 32

/* Half of the threads that a kernel with 4 GiB of memory allows. */
#define MAX_USER_NAMESPACES 16384

#define FULL_MAP { .nr_extents = 1, .extent = { { .count = 4294967295U } } }

static void free_user_ns(struct work_struct *work);

struct user_namespace init_user_ns = {
	.uid_map = FULL_MAP,
	.gid_map = FULL_MAP,
	.projid_map = FULL_MAP,
	.owner = GLOBAL_ROOT_UID,
	.group = GLOBAL_ROOT_GID,
	.ns = { .inum = PROC_USER_INIT_INO, .id = 1, .count = REFCOUNT_INIT(3) },
	.flags = USERNS_INIT_FLAGS,
	.max_user_namespaces = MAX_USER_NAMESPACES,
	.work = __WORK_INITIALIZER(init_user_ns.work, free_user_ns),
};

static LIST_HEAD(all_user_ns);
static u32 last_userns_id = 1;
static unsigned int next_inum = PROC_DYNAMIC_FIRST;

/** ns_alloc_inum_next() - Allocate a namespace inode number; numbers are never reused. */
unsigned int ns_alloc_inum_next(void)
{
	return next_inum++;
}

/* Move @cred into @user_ns, with all capabilities there: UN-08. */
static void set_cred_user_ns(struct cred *cred, struct user_namespace *user_ns)
{
	cred->securebits = SECUREBITS_DEFAULT;
	cred->cap_inheritable = CAP_EMPTY_SET;
	cred->cap_permitted = CAP_FULL_SET;
	cred->cap_effective = CAP_FULL_SET;
	cred->cap_ambient = CAP_EMPTY_SET;
	cred->cap_bset = CAP_FULL_SET;
	cred->user_ns = user_ns;
}

/* Did @uid create, directly in @below, the namespace @ns or an ancestor of it? */
static bool is_charged(const struct user_namespace *ns, const struct user_namespace *below,
		       kuid_t uid)
{
	for (; ns->parent; ns = ns->parent)
		if (ns->parent == below && uid_eq(ns->owner, uid))
			return true;
	return false;
}

/*
 * Models: kernel/ucount.c:inc_ucount() (6.9..): UN-03. A namespace is charged to its creator, to
 * the creator of its parent, and so on. The model counts the existing namespaces instead of
 * keeping counters.
 */
static int check_ucounts(const struct user_namespace *ns, kuid_t uid)
{
	const struct user_namespace *p;

	for (; ns; uid = ns->owner, ns = ns->parent) {
		s32 count = 0;

		list_for_each_entry(p, &all_user_ns, all)
			count += is_charged(p, ns, uid);
		if (count >= ns->max_user_namespaces)
			return refuse(-ENOSPC, CHK_USERNS_COUNT, (u64)ns->max_user_namespaces,
				      (u64)count);
	}
	return 0;
}

static int may_create_user_ns(const struct cred *new)
{
	struct user_namespace *parent_ns = new->user_ns;
	int err;

	if (parent_ns->level > USERNS_MAX_LEVEL)
		return refuse(-ENOSPC, CHK_USERNS_LEVEL, USERNS_MAX_LEVEL,
			      (u64)parent_ns->level);
	err = check_ucounts(parent_ns, new->euid);
	if (err)
		return err;
	if (current_chrooted())
		return refuse(-EPERM, CHK_USERNS_CHROOT, 0, 0);
	if (!kuid_has_mapping(parent_ns, new->euid))
		return refuse(-EPERM, CHK_USERNS_UID_MAPPED, parent_ns->ns.id, new->euid.val);
	if (!kgid_has_mapping(parent_ns, new->egid))
		return refuse(-EPERM, CHK_USERNS_GID_MAPPED, parent_ns->ns.id, new->egid.val);
	return security_create_user_ns(new);
}

/**
 * create_user_ns() - Create a child of the user namespace of @new and move @new into it.
 * @new: prepared credentials; their euid will own the namespace
 *
 * Models: kernel/user_namespace.c:create_user_ns() (6.9..): UN-01 to UN-08
 *
 * Return: 0 or -errno.
 */
int create_user_ns(struct cred *new)
{
	struct user_namespace *ns, *parent_ns = new->user_ns;
	int ret = may_create_user_ns(new);

	if (ret < 0)
		return ret;
	ns = kzalloc(sizeof(*ns), GFP_KERNEL);
	if (!ns)
		return -ENOMEM;
	ns->parent_could_setfcap = cap_raised(new->cap_effective, CAP_SETFCAP);
	ns->ns.inum = ns_alloc_inum_next();
	ns->ns.id = ++last_userns_id;
	refcount_set(&ns->ns.count, 1);
	/* takes over the reference to the parent that @new had */
	ns->parent = parent_ns;
	ns->level = parent_ns->level + 1;
	ns->owner = new->euid;
	ns->group = new->egid;
	ns->flags = parent_ns->flags;
	ns->max_user_namespaces = INT_MAX;
	list_add_tail(&ns->all, &all_user_ns);
	INIT_WORK(&ns->work, free_user_ns);
	live_inc(LIVE_USER_NAMESPACES);
	set_cred_user_ns(new, ns);
	return 0;
}

/**
 * unshare_userns() - Create the credentials for unshare(CLONE_NEWUSER).
 * @unshare_flags: flags of unshare()
 * @new_cred: set to the new credentials, if CLONE_NEWUSER is set
 *
 * Models: kernel/user_namespace.c:unshare_userns() (6.9..)
 */
int unshare_userns(unsigned long unshare_flags, struct cred **new_cred)
{
	struct cred *cred;
	int err;

	if (!(unshare_flags & CLONE_NEWUSER))
		return 0;
	cred = prepare_creds();
	if (!cred)
		return -ENOMEM;
	err = create_user_ns(cred);
	if (err)
		put_cred(cred);
	else
		*new_cred = cred;
	return err;
}

static void free_map(struct uid_gid_map *map)
{
	if (map->nr_extents > UID_GID_MAP_MAX_BASE_EXTENTS)
		kfree(map->forward);
}

/* Also frees ancestors that lose their last reference. */
static void free_user_ns(struct work_struct *work)
{
	struct user_namespace *ns = container_of(work, struct user_namespace, work);
	struct user_namespace *parent;

	do {
		parent = ns->parent;
		free_map(&ns->uid_map);
		free_map(&ns->gid_map);
		free_map(&ns->projid_map);
		list_del(&ns->all);
		live_dec(LIVE_USER_NAMESPACES);
		kfree(ns);
		ns = parent;
	} while (refcount_dec_and_test(&parent->ns.count));
}

/** __put_user_ns() - Queue the release after the last reference is gone (TP-18). */
void __put_user_ns(struct user_namespace *ns)
{
	schedule_work(&ns->work);
}

static const struct uid_gid_extent *extents(const struct uid_gid_map *map)
{
	return map->nr_extents <= UID_GID_MAP_MAX_BASE_EXTENTS ? map->extent : map->forward;
}

/**
 * map_id_range_down() - Translate a range of ids in a namespace to kernel ids.
 * @map: the map
 * @id: first id
 * @count: number of ids
 *
 * Return: the first kernel id, or (u32)-1 if no single extent contains the range.
 */
u32 map_id_range_down(const struct uid_gid_map *map, u32 id, u32 count)
{
	const struct uid_gid_extent *e = extents(map);
	u32 i, last = id + count - 1;

	for (i = 0; i < map->nr_extents; i++, e++) {
		u32 end = e->first + e->count - 1;

		if (id >= e->first && id <= end && last >= e->first && last <= end)
			return id - e->first + e->lower_first;
	}
	return (u32)-1;
}

static u32 map_id_up(const struct uid_gid_map *map, u32 id)
{
	const struct uid_gid_extent *e = extents(map);
	u32 i;

	for (i = 0; i < map->nr_extents; i++, e++)
		if (id >= e->lower_first && id <= e->lower_first + e->count - 1)
			return id - e->lower_first + e->first;
	return (u32)-1;
}

/** make_kuid() - Translate a user id of @ns to a kernel id; invalid if unmapped. */
kuid_t make_kuid(struct user_namespace *ns, uid_t uid)
{
	return KUIDT_INIT(map_id_range_down(&ns->uid_map, uid, 1));
}

/** make_kgid() - Translate a group id of @ns to a kernel id; invalid if unmapped. */
kgid_t make_kgid(struct user_namespace *ns, gid_t gid)
{
	return KGIDT_INIT(map_id_range_down(&ns->gid_map, gid, 1));
}

/** from_kuid() - Translate a kernel user id to @ns; (uid_t)-1 if unmapped. */
uid_t from_kuid(struct user_namespace *ns, kuid_t uid)
{
	return map_id_up(&ns->uid_map, uid.val);
}

/** from_kgid() - Translate a kernel group id to @ns; (gid_t)-1 if unmapped. */
gid_t from_kgid(struct user_namespace *ns, kgid_t gid)
{
	return map_id_up(&ns->gid_map, gid.val);
}

/** from_kuid_munged() - Like from_kuid(), but 65534 if unmapped: UN-09. */
uid_t from_kuid_munged(struct user_namespace *ns, kuid_t uid)
{
	uid_t id = from_kuid(ns, uid);

	return id == (uid_t)-1 ? overflowuid : id;
}

/** from_kgid_munged() - Like from_kgid(), but 65534 if unmapped: UN-09. */
gid_t from_kgid_munged(struct user_namespace *ns, kgid_t gid)
{
	gid_t id = from_kgid(ns, gid);

	return id == (gid_t)-1 ? overflowgid : id;
}

/** userns_may_setgroups() - Does @ns allow setgroups() for callers with CAP_SETGID? */
bool userns_may_setgroups(const struct user_namespace *ns)
{
	return ns->gid_map.nr_extents && (ns->flags & USERNS_SETGROUPS_ALLOWED);
}

/** next_user_ns() - Iterate over all user namespaces, from init_user_ns, for tests; not in the kernel. */
const struct user_namespace *next_user_ns(const struct user_namespace *ns)
{
	const struct list_head *next = ns == &init_user_ns ? all_user_ns.next : ns->all.next;

	return next == &all_user_ns ? NULL : list_entry(next, struct user_namespace, all);
}

/** in_userns() - Is @child the namespace @ancestor or one of its descendants? */
bool in_userns(const struct user_namespace *ancestor, const struct user_namespace *child)
{
	while (child->level > ancestor->level)
		child = child->parent;
	return child == ancestor;
}

/** current_in_userns() - Is the caller in the namespace @target or one of its descendants? */
bool current_in_userns(const struct user_namespace *target)
{
	return in_userns(target, current_user_ns());
}

/**
 * userns_install() - Enter a user namespace in setns().
 * @ns: the namespace
 * @new: prepared credentials
 *
 * Models: kernel/user_namespace.c:userns_install() (6.9..): UN-11
 */
int userns_install(struct user_namespace *ns, struct cred *new)
{
	if (ns == current_user_ns())
		return refuse(-EINVAL, CHK_SETNS_USERNS_SAME, ns->ns.id, ns->ns.id);
	if (current->fs->users != 1)
		return refuse(-EINVAL, CHK_SETNS_USERNS_SHARED, 1, (u64)current->fs->users);
	if (!ns_capable(ns, CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_SETNS_USERNS_CAP, evidence_cap(CAP_SYS_ADMIN, ns),
			      evidence_caps_held());
	put_user_ns(new->user_ns);
	set_cred_user_ns(new, get_user_ns(ns));
	return 0;
}

/**
 * ns_get_owner() - Get the user namespace that owns a namespace, if the caller may see it.
 * @owner: the owner; NULL for the initial user namespace, which has none
 * @ret: set to @owner
 *
 * Models: kernel/user_namespace.c:ns_get_owner() (6.9..): UN-07
 */
int ns_get_owner(struct user_namespace *owner, struct user_namespace **ret)
{
	if (!owner || !in_userns(current_user_ns(), owner))
		return refuse(-EPERM, CHK_NS_OWNER, current_user_ns()->ns.id, owner ? owner->ns.id : 0);
	*ret = owner;
	return 0;
}
