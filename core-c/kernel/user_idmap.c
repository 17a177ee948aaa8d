// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing and reading /proc/PID/uid_map, gid_map and setgroups. In the kernel this is the end of
 * kernel/user_namespace.c.
 */
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

static struct uid_gid_extent *extent_at(struct uid_gid_map *map, u32 i)
{
	return map->nr_extents <= UID_GID_MAP_MAX_BASE_EXTENTS ? &map->extent[i] :
								 &map->forward[i];
}

static bool ranges_meet(u32 a, u32 a_count, u32 b, u32 b_count)
{
	return a <= b + b_count - 1 && a + a_count - 1 >= b;
}

/* Models: kernel/user_namespace.c:mappings_overlap() (6.9..) */
static bool mappings_overlap(struct uid_gid_map *map, const struct uid_gid_extent *extent)
{
	u32 i;

	for (i = 0; i < map->nr_extents; i++) {
		const struct uid_gid_extent *prev = extent_at(map, i);

		if (ranges_meet(prev->first, prev->count, extent->first, extent->count) ||
		    ranges_meet(prev->lower_first, prev->count, extent->lower_first,
				extent->count))
			return true;
	}
	return false;
}

/* The sixth extent moves all extents into separate memory. */
static int insert_extent(struct uid_gid_map *map, const struct uid_gid_extent *extent)
{
	if (map->nr_extents == UID_GID_MAP_MAX_BASE_EXTENTS) {
		struct uid_gid_extent *forward;

		forward = kmalloc_array(UID_GID_MAP_MAX_EXTENTS, sizeof(*forward), GFP_KERNEL);
		if (!forward)
			return -ENOMEM;
		memcpy(forward, map->extent, sizeof(map->extent));
		map->forward = forward;
	}
	map->nr_extents++;
	*extent_at(map, map->nr_extents - 1) = *extent;
	return 0;
}

/* A map of more than five extents is sorted by its first ids; a shorter one keeps its order. */
static void sort_idmaps(struct uid_gid_map *map)
{
	u32 i, j;

	if (map->nr_extents <= UID_GID_MAP_MAX_BASE_EXTENTS)
		return;
	for (i = 1; i < map->nr_extents; i++) {
		struct uid_gid_extent e = map->forward[i];

		for (j = i; j && map->forward[j - 1].first > e.first; j--)
			map->forward[j] = map->forward[j - 1];
		map->forward[j] = e;
	}
}

static void discard_map(struct uid_gid_map *map)
{
	if (map->nr_extents > UID_GID_MAP_MAX_BASE_EXTENTS)
		kfree(map->forward);
}

/* Parse one number of a line, cut to 32 bits. Returns false unless white space follows. */
static bool parse_id(char **pos, u32 *id, bool last)
{
	*pos = skip_spaces(*pos);
	*id = (u32)simple_strtoull(*pos, pos, 10);
	return isspace(**pos) || (last && !**pos);
}

static int parse_extent(char *pos, u32 line, struct uid_gid_extent *extent)
{
	if (!parse_id(&pos, &extent->first, false) ||
	    !parse_id(&pos, &extent->lower_first, false) ||
	    !parse_id(&pos, &extent->count, true) || *skip_spaces(pos))
		return refuse(-EINVAL, CHK_IDMAP_SYNTAX, 3, line);
	if (extent->first == (u32)-1 || extent->lower_first == (u32)-1 ||
	    extent->first + extent->count <= extent->first ||
	    extent->lower_first + extent->count <= extent->lower_first)
		return refuse(-EINVAL, CHK_IDMAP_RANGE, extent->first, extent->count);
	return 0;
}

static int parse_map(char *kbuf, struct uid_gid_map *map)
{
	char *pos, *next_line;

	for (pos = kbuf; pos; pos = next_line) {
		struct uid_gid_extent extent;
		int err;

		next_line = strchr(pos, '\n');
		if (next_line) {
			*next_line++ = '\0';
			if (!*next_line)
				next_line = NULL;
		}
		err = parse_extent(pos, map->nr_extents + 1, &extent);
		if (err)
			return err;
		if (mappings_overlap(map, &extent))
			return refuse(-EINVAL, CHK_IDMAP_OVERLAP, extent.first, extent.lower_first);
		if (map->nr_extents + 1 == UID_GID_MAP_MAX_EXTENTS && next_line)
			return refuse(-EINVAL, CHK_IDMAP_COUNT, UID_GID_MAP_MAX_EXTENTS,
				      map->nr_extents + 2);
		err = insert_extent(map, &extent);
		if (err)
			return err;
	}
	return 0;
}

static bool maps_parent_root(struct uid_gid_map *map)
{
	u32 i;

	for (i = 0; i < map->nr_extents; i++)
		if (extent_at(map, i)->lower_first == 0)
			return true;
	return false;
}

/*
 * Models: kernel/user_namespace.c:verify_root_map() (6.9..): IM-06. Mapping the parent's root
 * allows setting file capabilities that count in the parent, so it needs CAP_SETFCAP there.
 */
static int verify_root_map(const struct file *file, struct user_namespace *ns,
			   struct uid_gid_map *map)
{
	if (!maps_parent_root(map))
		return 0;
	if (ns == file->f_cred->user_ns) {
		if (!ns->parent_could_setfcap)
			return refuse(-EPERM, CHK_IDMAP_ROOT,
				      evidence_cap(CAP_SETFCAP, ns->parent), 0);
	} else if (!file_ns_capable(file, ns->parent, CAP_SETFCAP)) {
		return refuse(-EPERM, CHK_IDMAP_ROOT, evidence_cap(CAP_SETFCAP, ns->parent),
			      evidence_caps_of(file->f_cred));
	}
	return 0;
}

/* Does the map consist of the owner's own id? IM-04. */
static bool maps_own_id(const struct cred *cred, struct user_namespace *ns, int cap_setid,
			const struct uid_gid_map *map)
{
	u32 id = map->extent[0].lower_first;

	if (map->nr_extents != 1 || map->extent[0].count != 1 || !uid_eq(ns->owner, cred->euid))
		return false;
	if (cap_setid == CAP_SETUID)
		return uid_eq(make_kuid(ns->parent, id), cred->euid);
	return !(ns->flags & USERNS_SETGROUPS_ALLOWED) &&
	       gid_eq(make_kgid(ns->parent, id), cred->egid);
}

/* Models: kernel/user_namespace.c:new_idmap_permitted() (6.9..): IM-04 to IM-06 */
static int new_idmap_permitted(const struct file *file, struct user_namespace *ns, int cap_setid,
			       struct uid_gid_map *map)
{
	int err;

	if (cap_setid == CAP_SETUID) {
		err = verify_root_map(file, ns, map);
		if (err)
			return err;
	}
	if (maps_own_id(file->f_cred, ns, cap_setid, map))
		return 0;
	if (!ns_capable(ns->parent, cap_setid))
		return refuse(-EPERM, CHK_IDMAP_SETID, evidence_cap(cap_setid, ns->parent),
			      evidence_caps_held());
	if (!file_ns_capable(file, ns->parent, cap_setid))
		return refuse(-EPERM, CHK_IDMAP_SETID, evidence_cap(cap_setid, ns->parent),
			      evidence_caps_of(file->f_cred));
	return 0;
}

/* Translate the ids of the parent namespace to kernel ids. */
static int map_to_kernel(struct uid_gid_map *map, const struct uid_gid_map *parent_map)
{
	u32 i;

	for (i = 0; i < map->nr_extents; i++) {
		struct uid_gid_extent *e = extent_at(map, i);
		u32 lower = map_id_range_down(parent_map, e->lower_first, e->count);

		if (lower == (u32)-1)
			return refuse(-EPERM, CHK_IDMAP_UNMAPPED, e->lower_first, e->count);
		e->lower_first = lower;
	}
	return 0;
}

static int make_map(struct file *file, struct user_namespace *ns, char *kbuf, int cap_setid,
		    struct uid_gid_map *map, const struct uid_gid_map *parent_map)
{
	struct uid_gid_map new_map = { 0 };
	int err;

	if (map->nr_extents)
		return refuse(-EPERM, CHK_IDMAP_WRITTEN, 0, map->nr_extents);
	if (!file_ns_capable(file, ns, CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_IDMAP_CAP, evidence_cap(CAP_SYS_ADMIN, ns),
			      evidence_caps_of(file->f_cred));
	err = parse_map(kbuf, &new_map);
	if (!err)
		err = new_idmap_permitted(file, ns, cap_setid, &new_map);
	if (!err)
		err = map_to_kernel(&new_map, parent_map);
	if (err) {
		discard_map(&new_map);
		return err;
	}
	sort_idmaps(&new_map);
	*map = new_map;
	return 0;
}

/* Models: kernel/user_namespace.c:map_write() (6.9..): IM-01 to IM-06 */
static ssize_t map_write(struct file *file, struct user_namespace *ns, const char __user *buf,
			 size_t count, loff_t *ppos, int cap_setid)
{
	bool uids = cap_setid == CAP_SETUID;
	struct user_namespace *seq_ns = file->f_cred->user_ns;
	char *kbuf;
	int err;

	if (!ns->parent)
		return refuse(-EPERM, CHK_IDMAP_INIT, 0, 0);
	if (seq_ns != ns && seq_ns != ns->parent)
		return refuse(-EPERM, CHK_IDMAP_OPENER, ns->ns.id, seq_ns->ns.id);
	if (*ppos || count >= PAGE_SIZE)
		return refuse(-EINVAL, CHK_IDMAP_SIZE, PAGE_SIZE - 1,
			      *ppos ? (u64)*ppos : (u64)count);
	kbuf = memdup_user_nul(buf, count);
	if (IS_ERR(kbuf))
		return PTR_ERR(kbuf);
	err = make_map(file, ns, kbuf, cap_setid, uids ? &ns->uid_map : &ns->gid_map,
		       uids ? &ns->parent->uid_map : &ns->parent->gid_map);
	kfree(kbuf);
	if (err)
		return err;
	*ppos = (loff_t)count;
	return (ssize_t)count;
}

/** proc_uid_map_write() - Write /proc/PID/uid_map; see linux/user_namespace.h. */
ssize_t proc_uid_map_write(struct file *file, struct user_namespace *ns, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	return map_write(file, ns, buf, count, ppos, CAP_SETUID);
}

/** proc_gid_map_write() - Write /proc/PID/gid_map; see linux/user_namespace.h. */
ssize_t proc_gid_map_write(struct file *file, struct user_namespace *ns, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	return map_write(file, ns, buf, count, ppos, CAP_SETGID);
}

/**
 * proc_setgroups_write() - Write /proc/PID/setgroups; see linux/user_namespace.h.
 *
 * Models: kernel/user_namespace.c:proc_setgroups_write() (6.9..): IM-07
 */
ssize_t proc_setgroups_write(struct file *file __maybe_unused, struct user_namespace *ns,
			     const char __user *buf, size_t count, loff_t *ppos)
{
	char kbuf[8];
	bool allow;

	if (*ppos || count >= sizeof(kbuf))
		return refuse(-EINVAL, CHK_USERNS_SETGROUPS_SYNTAX, sizeof(kbuf) - 1, count);
	if (copy_from_user(kbuf, buf, count))
		return refuse(-EFAULT, CHK_USER_MEMORY, count, 0);
	kbuf[count] = '\0';
	allow = strstarts(kbuf, "allow");
	if (!allow && !strstarts(kbuf, "deny"))
		return refuse(-EINVAL, CHK_USERNS_SETGROUPS_SYNTAX, sizeof(kbuf) - 1, count);
	if (*skip_spaces(kbuf + (allow ? 5 : 4)))
		return refuse(-EINVAL, CHK_USERNS_SETGROUPS_SYNTAX, sizeof(kbuf) - 1, count);
	if (allow) {
		if (!(ns->flags & USERNS_SETGROUPS_ALLOWED))
			return refuse(-EPERM, CHK_USERNS_SETGROUPS_ALLOW, 0, 0);
	} else {
		if (ns->gid_map.nr_extents)
			return refuse(-EPERM, CHK_USERNS_SETGROUPS_DENY, 0, 0);
		ns->flags &= ~USERNS_SETGROUPS_ALLOWED;
	}
	*ppos = (loff_t)count;
	return (ssize_t)count;
}

/* A reader inside the namespace sees ids of the parent namespace. */
static struct user_namespace *lower_ns(struct user_namespace *ns, struct user_namespace *seq_ns)
{
	return seq_ns == ns && ns->parent ? ns->parent : seq_ns;
}

/** proc_uid_map_show() - Print a user id map. */
int proc_uid_map_show(struct seq_file *m, struct user_namespace *ns,
		      struct user_namespace *seq_ns)
{
	struct user_namespace *lower = lower_ns(ns, seq_ns);
	u32 i;

	for (i = 0; i < ns->uid_map.nr_extents; i++) {
		const struct uid_gid_extent *e = extent_at(&ns->uid_map, i);

		seq_printf(m, "%10u %10u %10u\n", e->first,
			   from_kuid(lower, KUIDT_INIT(e->lower_first)), e->count);
	}
	return 0;
}

/** proc_gid_map_show() - Print a group id map. */
int proc_gid_map_show(struct seq_file *m, struct user_namespace *ns,
		      struct user_namespace *seq_ns)
{
	struct user_namespace *lower = lower_ns(ns, seq_ns);
	u32 i;

	for (i = 0; i < ns->gid_map.nr_extents; i++) {
		const struct uid_gid_extent *e = extent_at(&ns->gid_map, i);

		seq_printf(m, "%10u %10u %10u\n", e->first,
			   from_kgid(lower, KGIDT_INIT(e->lower_first)), e->count);
	}
	return 0;
}

/** proc_setgroups_show() - Print "allow" or "deny". */
int proc_setgroups_show(struct seq_file *m, struct user_namespace *ns)
{
	seq_printf(m, "%s\n", ns->flags & USERNS_SETGROUPS_ALLOWED ? "allow" : "deny");
	return 0;
}
