/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_USER_NAMESPACE_H
#define _LINUX_USER_NAMESPACE_H

#include <linux/err.h>
#include <linux/list.h>
#include <linux/ns_common.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

struct cred;
struct file;
struct seq_file;

#define UID_GID_MAP_MAX_BASE_EXTENTS 5
#define UID_GID_MAP_MAX_EXTENTS 340

struct uid_gid_extent {
	u32 first;
	u32 lower_first;
	u32 count;
};

/* Up to five extents are in the map itself, more are at @forward. */
struct uid_gid_map {
	u32 nr_extents;
	union {
		struct uid_gid_extent extent[UID_GID_MAP_MAX_BASE_EXTENTS];
		struct uid_gid_extent *forward;
	};
};

#define USERNS_SETGROUPS_ALLOWED 1UL
#define USERNS_INIT_FLAGS USERNS_SETGROUPS_ALLOWED

struct user_namespace {
	struct uid_gid_map uid_map;
	struct uid_gid_map gid_map;
	struct uid_gid_map projid_map;
	struct user_namespace *parent;
	int level;
	kuid_t owner;
	kgid_t group;
	struct ns_common ns;
	unsigned long flags;
	/* limit of descendants that each user may create: UN-03 */
	s32 max_user_namespaces;
	struct list_head all;
	/* the creator had CAP_SETFCAP in the parent */
	bool parent_could_setfcap;
	struct work_struct work;
};

extern struct user_namespace init_user_ns;

int create_user_ns(struct cred *new);
int unshare_userns(unsigned long unshare_flags, struct cred **new_cred);
void __put_user_ns(struct user_namespace *ns);
bool in_userns(const struct user_namespace *ancestor, const struct user_namespace *child);
bool current_in_userns(const struct user_namespace *target);
u32 map_id_range_down(const struct uid_gid_map *map, u32 id, u32 count);
bool userns_may_setgroups(const struct user_namespace *ns);
int userns_install(struct user_namespace *ns, struct cred *new);
const struct user_namespace *next_user_ns(const struct user_namespace *ns);
int ns_get_owner(struct user_namespace *owner, struct user_namespace **ret);

static inline struct user_namespace *get_user_ns(struct user_namespace *ns)
{
	if (ns)
		refcount_inc(&ns->ns.count);
	return ns;
}

static inline void put_user_ns(struct user_namespace *ns)
{
	if (ns && refcount_dec_and_test(&ns->ns.count))
		__put_user_ns(ns);
}

/*
 * Writes to /proc/PID/{uid_map,gid_map,setgroups}. The rules check the caller and also the opener,
 * which is @file->f_cred. @ns is the user namespace of task PID.
 */
ssize_t proc_uid_map_write(struct file *file, struct user_namespace *ns, const char __user *buf,
			   size_t count, loff_t *ppos);
ssize_t proc_gid_map_write(struct file *file, struct user_namespace *ns, const char __user *buf,
			   size_t count, loff_t *ppos);
ssize_t proc_setgroups_write(struct file *file, struct user_namespace *ns,
			     const char __user *buf, size_t count, loff_t *ppos);

/* Print a map as seen from the opener's user namespace @seq_ns, and setgroups. */
int proc_uid_map_show(struct seq_file *m, struct user_namespace *ns,
		      struct user_namespace *seq_ns);
int proc_gid_map_show(struct seq_file *m, struct user_namespace *ns,
		      struct user_namespace *seq_ns);
int proc_setgroups_show(struct seq_file *m, struct user_namespace *ns);

#endif /* _LINUX_USER_NAMESPACE_H */
