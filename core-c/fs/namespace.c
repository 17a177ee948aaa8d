// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mount trees and mount namespaces. Models: fs/namespace.c; its system calls are in
 * namespace_mount.c and namespace_api.c.
 *
 * Deviation: every mount is private. MS_PRIVATE and MS_SLAVE have no effect.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/mnt_namespace.h>
#include <linux/mount.h>
#include <linux/ns_common.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <trace/refusal.h>

#include "mount.h"

static u64 last_mnt_id;
static u64 last_ns_seq;

static struct mount *alloc_vfsmnt(const char *name)
{
	struct mount *mnt = kzalloc(sizeof(*mnt), GFP_KERNEL);

	if (!mnt)
		return NULL;
	if (name) {
		mnt->mnt_devname = kstrdup(name, GFP_KERNEL);
		if (!mnt->mnt_devname) {
			kfree(mnt);
			return NULL;
		}
	}
	mnt->mnt_id_unique = ++last_mnt_id;
	mnt->mnt_id = last_mnt_id;
	mnt->mnt_count = 1;
	mnt->mnt_parent = mnt;
	mnt->mnt.mnt_idmap = &nop_mnt_idmap;
	INIT_LIST_HEAD(&mnt->mnt_mounts);
	INIT_LIST_HEAD(&mnt->mnt_child);
	INIT_LIST_HEAD(&mnt->mnt_list);
	live_inc(LIVE_MOUNTS);
	return mnt;
}

/* Attaches a new mount to the filesystem that it shows. */
static void mnt_set_root(struct mount *mnt, struct dentry *root)
{
	struct super_block *sb = root->d_sb;

	sb->s_active++;
	mnt->mnt.mnt_sb = sb;
	mnt->mnt.mnt_root = dget(root);
	mnt->mnt_mountpoint = root;
	list_add_tail(&mnt->mnt_instance, &sb->s_mounts);
}

/**
 * mntget() - Take a reference to a mount.
 *
 * Models: fs/namespace.c:mntget().
 */
struct vfsmount *mntget(struct vfsmount *mnt)
{
	if (mnt)
		real_mount(mnt)->mnt_count++;
	return mnt;
}

/**
 * mntput() - Drop a reference to a mount; the last one frees it.
 *
 * Models: fs/namespace.c:mntput(), cleanup_mnt().
 */
void mntput(struct vfsmount *m)
{
	struct super_block *sb;
	struct mount *mnt;

	if (!m)
		return;
	mnt = real_mount(m);
	if (--mnt->mnt_count)
		return;
	sb = m->mnt_sb;
	list_del_init(&mnt->mnt_instance);
	dput(m->mnt_root);
	kfree(mnt->mnt_devname);
	kfree(mnt);
	live_dec(LIVE_MOUNTS);
	deactivate_super(sb);
}

/**
 * __mnt_is_readonly() - Is the mount or its filesystem read-only?
 *
 * Models: fs/namespace.c:__mnt_is_readonly().
 */
bool __mnt_is_readonly(const struct vfsmount *mnt)
{
	return mnt->mnt_flags & MNT_READONLY || sb_rdonly(mnt->mnt_sb);
}

/**
 * mnt_want_write() - Begin a write access.
 *
 * Models: fs/namespace.c:mnt_want_write().
 */
int mnt_want_write(struct vfsmount *mnt)
{
	if (__mnt_is_readonly(mnt))
		return refuse(-EROFS, CHK_MOUNT_READ_ONLY, 0, 0);
	real_mount(mnt)->mnt_writers++;
	return 0;
}

/**
 * mnt_drop_write() - End a write access.
 *
 * Models: fs/namespace.c:mnt_drop_write().
 */
void mnt_drop_write(struct vfsmount *mnt)
{
	real_mount(mnt)->mnt_writers--;
}

/**
 * __lookup_mnt() - Find the mount at a mount point.
 *
 * Models: fs/namespace.c:__lookup_mnt().
 */
struct mount *__lookup_mnt(struct vfsmount *mnt, struct dentry *dentry)
{
	struct mount *child;

	list_for_each_entry(child, &real_mount(mnt)->mnt_mounts, mnt_child)
		if (child->mnt_mountpoint == dentry)
			return child;
	return NULL;
}

/**
 * check_mnt() - Is a mount in the current task's mount namespace?
 *
 * Models: fs/namespace.c:check_mnt().
 */
bool check_mnt(const struct mount *mnt)
{
	return mnt->mnt_ns == current->nsproxy->mnt_ns;
}

/**
 * may_mount() - May the current task change the mounts of its mount namespace?
 *
 * Models: fs/namespace.c:may_mount(); spec FS-01, MN-01.
 */
bool may_mount(void)
{
	return ns_capable(current->nsproxy->mnt_ns->user_ns, CAP_SYS_ADMIN);
}

/* Any mount on this entry, in any mount namespace. */
static struct mount *any_mount_at(struct dentry *dentry)
{
	struct mount *parent, *child;

	list_for_each_entry(parent, &dentry->d_sb->s_mounts, mnt_instance)
		list_for_each_entry(child, &parent->mnt_mounts, mnt_child)
			if (child->mnt_mountpoint == dentry)
				return child;
	return NULL;
}

/**
 * attach_mnt() - Attach a mount to a mount point.
 *
 * Models: fs/namespace.c:attach_mnt(). The tree takes over the caller's reference to @mnt.
 */
void attach_mnt(struct mount *mnt, struct mount *parent, struct dentry *mountpoint)
{
	mnt->mnt_parent = parent;
	mnt->mnt_mountpoint = dget(mountpoint);
	mountpoint->d_flags |= DCACHE_MOUNTED;
	parent->mnt_count++;
	list_add_tail(&mnt->mnt_child, &parent->mnt_mounts);
}

/**
 * detach_mnt() - Undo attach_mnt().
 *
 * Models: fs/namespace.c:detach_mnt().
 */
void detach_mnt(struct mount *mnt)
{
	struct mount *parent = mnt->mnt_parent;
	struct dentry *mountpoint = mnt->mnt_mountpoint;

	if (!mnt_has_parent(mnt))
		return;
	list_del_init(&mnt->mnt_child);
	mnt->mnt_parent = mnt;
	mnt->mnt_mountpoint = mnt->mnt.mnt_root;
	if (!any_mount_at(mountpoint))
		mountpoint->d_flags &= ~DCACHE_MOUNTED;
	dput(mountpoint);
	mntput(&parent->mnt);
}

/**
 * next_mnt() - Get the next mount of a tree, parents before children.
 *
 * Models: fs/namespace.c:next_mnt().
 */
struct mount *next_mnt(struct mount *p, struct mount *root)
{
	if (!list_empty(&p->mnt_mounts))
		return list_first_entry(&p->mnt_mounts, struct mount, mnt_child);
	for (; p != root; p = p->mnt_parent)
		if (!list_is_last(&p->mnt_child, &p->mnt_parent->mnt_mounts))
			return list_next_entry(p, mnt_child);
	return NULL;
}

/**
 * mnt_add_to_ns() - Add a mount to the list of a mount namespace.
 *
 * Models: fs/namespace.c:mnt_add_to_ns().
 */
void mnt_add_to_ns(struct mnt_namespace *ns, struct mount *mnt)
{
	struct mount *other;

	mnt->mnt_ns = ns;
	ns->nr_mounts++;
	list_for_each_entry(other, &ns->list, mnt_list) {
		if (other->mnt_id_unique > mnt->mnt_id_unique) {
			list_add_tail(&mnt->mnt_list, &other->mnt_list);
			return;
		}
	}
	list_add_tail(&mnt->mnt_list, &ns->list);
}

static void mnt_remove_from_ns(struct mount *mnt)
{
	if (!mnt->mnt_ns)
		return;
	list_del_init(&mnt->mnt_list);
	mnt->mnt_ns->nr_mounts--;
	mnt->mnt_ns = NULL;
}

/** mnt_tree_to_ns() - Move a tree to the list of a mount namespace. */
void mnt_tree_to_ns(struct mnt_namespace *ns, struct mount *tree)
{
	struct mount *p;

	for (p = tree; p; p = next_mnt(p, tree)) {
		mnt_remove_from_ns(p);
		mnt_add_to_ns(ns, p);
	}
}

/**
 * umount_tree() - Unmount a tree.
 * @tree: its root
 *
 * Models: fs/namespace.c:umount_tree(). Each mount is freed with its last reference.
 */
void umount_tree(struct mount *tree)
{
	struct mount *p;

	do {
		for (p = tree; !list_empty(&p->mnt_mounts);)
			p = list_first_entry(&p->mnt_mounts, struct mount, mnt_child);
		mnt_remove_from_ns(p);
		detach_mnt(p);
		mntput(&p->mnt);
	} while (p != tree);
}

/**
 * clone_mnt() - Create another mount of the same filesystem.
 * @old: the mount
 * @root: root of the new mount
 *
 * Models: fs/namespace.c:clone_mnt().
 */
struct mount *clone_mnt(struct mount *old, struct dentry *root)
{
	struct mount *mnt = alloc_vfsmnt(old->mnt_devname);

	if (!mnt)
		return ERR_PTR(-ENOMEM);
	mnt->mnt.mnt_flags = old->mnt.mnt_flags & ~MNT_INTERNAL;
	mnt_set_root(mnt, root);
	return mnt;
}

/**
 * copy_tree() - Copy a tree of mounts.
 * @mnt: its root
 * @dentry: root of the copy within @mnt
 *
 * Models: fs/namespace.c:copy_tree(). The copies are in no mount namespace; ->mnt_copy of each
 * original points to its copy until the next call.
 */
struct mount *copy_tree(struct mount *mnt, struct dentry *dentry)
{
	struct mount *root = clone_mnt(mnt, dentry), *p, *copy;

	if (IS_ERR(root))
		return root;
	mnt->mnt_copy = root;
	for (p = next_mnt(mnt, mnt); p; p = next_mnt(p, mnt)) {
		p->mnt_copy = NULL;
		if (p->mnt_parent == mnt ? !is_subdir(p->mnt_mountpoint, dentry)
					 : !p->mnt_parent->mnt_copy)
			continue;
		copy = clone_mnt(p, p->mnt.mnt_root);
		if (IS_ERR(copy)) {
			umount_tree(root);
			return copy;
		}
		p->mnt_copy = copy;
		attach_mnt(copy, p->mnt_parent->mnt_copy, p->mnt_mountpoint);
	}
	return root;
}

/**
 * has_locked_children() - Does a mount have locked children below an entry?
 *
 * Models: fs/namespace.c:has_locked_children().
 */
bool has_locked_children(struct mount *mnt, struct dentry *dentry)
{
	struct mount *child;

	list_for_each_entry(child, &mnt->mnt_mounts, mnt_child)
		if (child->mnt.mnt_flags & MNT_LOCKED && is_subdir(child->mnt_mountpoint, dentry))
			return true;
	return false;
}

/**
 * vfs_create_mount() - Create a mount of a context's filesystem.
 *
 * Models: fs/namespace.c:vfs_create_mount().
 */
struct vfsmount *vfs_create_mount(struct fs_context *fc)
{
	struct mount *mnt;

	mnt = alloc_vfsmnt(fc->source);
	if (!mnt)
		return ERR_PTR(-ENOMEM);
	if (fc->sb_flags & SB_KERNMOUNT)
		mnt->mnt.mnt_flags = MNT_INTERNAL;
	mnt_set_root(mnt, fc->root);
	return &mnt->mnt;
}

/**
 * vfs_kern_mount() - Create a filesystem and a mount on behalf of the kernel.
 *
 * Models: fs/namespace.c:vfs_kern_mount().
 */
struct vfsmount *vfs_kern_mount(struct file_system_type *type, int flags)
{
	struct fs_context *fc = fs_context_for_mount(type, flags);
	struct vfsmount *mnt;
	int ret;

	if (IS_ERR(fc))
		return ERR_CAST(fc);
	ret = vfs_parse_fs_string(fc, "source", type->name, strlen(type->name));
	if (!ret)
		ret = vfs_get_tree(fc);
	mnt = ret ? ERR_PTR(ret) : vfs_create_mount(fc);
	put_fs_context(fc);
	return mnt;
}

/**
 * kern_mount() - Create an internal mount, invisible to tasks.
 *
 * Models: fs/namespace.c:kern_mount().
 */
struct vfsmount *kern_mount(struct file_system_type *type)
{
	return vfs_kern_mount(type, SB_KERNMOUNT);
}

/**
 * alloc_mnt_ns() - Allocate a mount namespace without mounts.
 * @user_ns: its owner
 * @anon: it is the anonymous namespace of a detached tree
 *
 * Models: fs/namespace.c:alloc_mnt_ns().
 */
struct mnt_namespace *alloc_mnt_ns(struct user_namespace *user_ns, bool anon)
{
	struct mnt_namespace *ns = kzalloc(sizeof(*ns), GFP_KERNEL);

	if (!ns)
		return ERR_PTR(-ENOMEM);
	if (!anon) {
		ns->inum = ns_alloc_inum_next();
		ns->seq = ++last_ns_seq;
	}
	ns->count = 1;
	ns->user_ns = get_user_ns(user_ns);
	INIT_LIST_HEAD(&ns->list);
	live_inc(LIVE_MNT_NAMESPACES);
	return ns;
}

/**
 * free_mnt_ns() - Free a mount namespace without mounts.
 *
 * Models: fs/namespace.c:free_mnt_ns().
 */
void free_mnt_ns(struct mnt_namespace *ns)
{
	put_user_ns(ns->user_ns);
	kfree(ns);
	live_dec(LIVE_MNT_NAMESPACES);
}

/** get_mnt_ns() - Take a reference to a mount namespace. */
void get_mnt_ns(struct mnt_namespace *ns)
{
	ns->count++;
}

/**
 * put_mnt_ns() - Drop a reference to a mount namespace; the last one unmounts its tree.
 *
 * Models: fs/namespace.c:put_mnt_ns().
 */
void put_mnt_ns(struct mnt_namespace *ns)
{
	if (!ns || --ns->count)
		return;
	umount_tree(ns->root);
	free_mnt_ns(ns);
}

/**
 * dissolve_on_fput() - Unmount a detached tree when its file is closed.
 *
 * Models: fs/namespace.c:dissolve_on_fput().
 */
void dissolve_on_fput(struct vfsmount *m)
{
	struct mount *mnt = real_mount(m);
	struct mnt_namespace *ns = mnt->mnt_ns;

	if (!ns || !is_anon_ns(ns) || ns->root != mnt)
		return;
	umount_tree(mnt);
	free_mnt_ns(ns);
}
