/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FS_MOUNT_H
#define _FS_MOUNT_H

#include <linux/container_of.h>
#include <linux/list.h>
#include <linux/mount.h>
#include <linux/types.h>

struct fs_struct;
struct user_namespace;

/* A mount namespace. The list is in order of creation, as /proc shows it. */
struct mnt_namespace {
	int count;
	unsigned int inum;		/* 0: anonymous namespace of a detached tree */
	struct mount *root;
	struct user_namespace *user_ns;
	struct list_head list;
	u64 seq;
	u64 seq_origin;			/* namespace that a detached tree was cloned from */
	unsigned int nr_mounts;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	int mnt_count;
	int mnt_writers;
	int mnt_id;
	u64 mnt_id_unique;
	struct list_head mnt_mounts;	/* children */
	struct list_head mnt_child;
	struct list_head mnt_list;	/* in mnt_ns */
	struct list_head mnt_instance;	/* in s_mounts of the superblock */
	struct mnt_namespace *mnt_ns;
	char *mnt_devname;
	struct mount *mnt_copy;		/* the copy of this mount during copy_tree() */
};

static inline struct mount *real_mount(struct vfsmount *mnt)
{
	return container_of(mnt, struct mount, mnt);
}

static inline bool mnt_has_parent(const struct mount *mnt)
{
	return mnt != mnt->mnt_parent;
}

static inline bool is_anon_ns(const struct mnt_namespace *ns)
{
	return !ns->inum;
}

static inline bool is_mounted(const struct vfsmount *mnt)
{
	return container_of(mnt, struct mount, mnt)->mnt_ns;
}

/* fs/namespace.c */
struct mount *__lookup_mnt(struct vfsmount *mnt, struct dentry *dentry);
bool check_mnt(const struct mount *mnt);
bool may_mount(void);
struct mnt_namespace *alloc_mnt_ns(struct user_namespace *user_ns, bool anon);
struct mount *clone_mnt(struct mount *old, struct dentry *root);
struct mount *copy_tree(struct mount *mnt, struct dentry *dentry);
void attach_mnt(struct mount *mnt, struct mount *parent, struct dentry *mountpoint);
void mnt_add_to_ns(struct mnt_namespace *ns, struct mount *mnt);
void mnt_tree_to_ns(struct mnt_namespace *ns, struct mount *tree);
void umount_tree(struct mount *mnt);
struct mount *next_mnt(struct mount *p, struct mount *root);
void detach_mnt(struct mount *mnt);
void free_mnt_ns(struct mnt_namespace *ns);
void dissolve_on_fput(struct vfsmount *mnt);
bool mount_too_revealing(const struct super_block *sb, int *new_mnt_flags);
bool has_locked_children(struct mount *mnt, struct dentry *dentry);

/* fs/namespace_api.c */
int do_move_mount(const struct path *old_path, const struct path *new_path);

/* fs/namespace_ns.c */
struct mnt_namespace *create_new_namespace(struct mount *tree);

/* fs/namespace_mount.c */
int do_add_mount(struct mount *newmnt, const struct path *path, int mnt_flags);
bool path_mounted(const struct path *path);
int lock_mount(const struct path *path, struct path *where);

/* fs/proc_namespace.c: fs/proc reads these */
extern const struct file_operations proc_mounts_operations;
extern const struct file_operations proc_mountinfo_operations;

#endif
