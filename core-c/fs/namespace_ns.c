// SPDX-License-Identifier: GPL-2.0-only
/* Mount namespaces of tasks. Models: fs/namespace.c, the functions that nsproxy uses. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/mnt_namespace.h>
#include <linux/mount.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <uapi/linux/sched.h>

#include <trace/refusal.h>

#include "mount.h"

/*
 * Locks a tree for a less privileged owner, who may neither unmount single mounts of it nor clear
 * their restrictions. Models: lock_mnt_tree().
 */
static void lock_mnt_tree(struct mount *tree)
{
	struct mount *p;

	for (p = tree; p; p = next_mnt(p, tree)) {
		int flags = p->mnt.mnt_flags | MNT_LOCK_ATIME;

		if (flags & MNT_READONLY)
			flags |= MNT_LOCK_READONLY;
		if (flags & MNT_NODEV)
			flags |= MNT_LOCK_NODEV;
		if (flags & MNT_NOSUID)
			flags |= MNT_LOCK_NOSUID;
		if (flags & MNT_NOEXEC)
			flags |= MNT_LOCK_NOEXEC;
		if (p != tree)
			flags |= MNT_LOCKED;
		p->mnt.mnt_flags = flags;
	}
}

/* Moves a path of a task from the old mount to its copy. */
static void switch_path(struct path *path, struct mnt_namespace *old)
{
	struct mount *mnt = real_mount(path->mnt);

	if (mnt->mnt_ns != old || !mnt->mnt_copy)
		return;
	path->mnt = mntget(&mnt->mnt_copy->mnt);
	mntput(&mnt->mnt);
}

/**
 * copy_mnt_ns() - Get the mount namespace for a new or unsharing task.
 * @flags: CLONE_*
 * @ns: the current namespace
 * @user_ns: owner of a new namespace
 * @new_fs: moved to the new namespace; may be NULL
 *
 * Models: fs/namespace.c:copy_mnt_ns(); spec MN-01, MN-02.
 */
struct mnt_namespace *copy_mnt_ns(unsigned long flags, struct mnt_namespace *ns,
				  struct user_namespace *user_ns, struct fs_struct *new_fs)
{
	struct mnt_namespace *new_ns;
	struct mount *new;

	if (!(flags & CLONE_NEWNS)) {
		get_mnt_ns(ns);
		return ns;
	}
	new_ns = alloc_mnt_ns(user_ns, false);
	if (IS_ERR(new_ns))
		return new_ns;
	new = copy_tree(ns->root, ns->root->mnt.mnt_root);
	if (IS_ERR(new)) {
		free_mnt_ns(new_ns);
		return ERR_CAST(new);
	}
	if (user_ns != ns->user_ns)
		lock_mnt_tree(new);
	new_ns->root = new;
	mnt_tree_to_ns(new_ns, new);
	if (new_fs) {
		switch_path(&new_fs->root, ns);
		switch_path(&new_fs->pwd, ns);
	}
	return new_ns;
}

/**
 * create_new_namespace() - Put a tree into a new mount namespace of the caller's user namespace.
 * @tree: it covers a copy of the current root; the caller's reference is consumed, also on failure
 *
 * Models: fs/namespace.c:create_new_namespace() (7.1..); spec MN-05.
 */
struct mnt_namespace *create_new_namespace(struct mount *tree)
{
	const struct mnt_namespace *old = current->nsproxy->mnt_ns;
	struct user_namespace *user_ns = current_user_ns();
	struct mnt_namespace *ns = alloc_mnt_ns(user_ns, false);
	struct mount *root = NULL;

	if (!IS_ERR(ns)) {
		root = clone_mnt(old->root, old->root->mnt.mnt_root);
		if (IS_ERR(root)) {
			free_mnt_ns(ns);
			ns = ERR_CAST(root);
		}
	}
	if (IS_ERR(ns)) {
		umount_tree(tree);
		return ns;
	}
	attach_mnt(tree, root, root->mnt.mnt_root);
	if (user_ns != old->user_ns)
		lock_mnt_tree(root);
	else if (user_ns != &init_user_ns)
		tree->mnt.mnt_flags |= MNT_LOCKED;	/* as what covers the root of a container */
	ns->root = root;
	mnt_tree_to_ns(ns, root);
	return ns;
}

/** mnt_ns_owner() - Get the user namespace that owns a mount namespace. */
struct user_namespace *mnt_ns_owner(const struct mnt_namespace *ns)
{
	return ns->user_ns;
}

/**
 * mnt_ns_root() - Get the root directory of a mount namespace.
 * @ns: the namespace
 * @root: set to the topmost mount at its root, with references
 */
void mnt_ns_root(struct mnt_namespace *ns, struct path *root)
{
	struct mount *mnt = ns->root, *over;

	while ((over = __lookup_mnt(&mnt->mnt, mnt->mnt.mnt_root)) != NULL)
		mnt = over;
	root->mnt = mntget(&mnt->mnt);
	root->dentry = dget(mnt->mnt.mnt_root);
}

/**
 * current_chrooted() - Is the caller's root different from that of its mount namespace?
 *
 * Models: fs/namespace.c:current_chrooted(); spec UN-04.
 */
bool current_chrooted(void)
{
	struct path ns_root;
	bool chrooted;

	mnt_ns_root(current->nsproxy->mnt_ns, &ns_root);
	chrooted = !path_equal(&current->fs->root, &ns_root);
	path_put(&ns_root);
	return chrooted;
}

/**
 * mntns_install() - Enter a mount namespace in setns().
 * @nsproxy: future namespaces of the task
 * @ns: the mount namespace
 * @user_ns: future user namespace of the task
 * @fs: root and working directory of the task
 *
 * Models: fs/namespace.c:mntns_install().
 */
int mntns_install(struct nsproxy *nsproxy, struct mnt_namespace *ns,
		  struct user_namespace *user_ns, struct fs_struct *fs)
{
	struct path root;

	if (!ns_capable(ns->user_ns, CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_SETNS_MNT_OWNER,
			      evidence_cap(CAP_SYS_ADMIN, ns->user_ns), evidence_caps_held());
	if (!ns_capable(user_ns, CAP_SYS_CHROOT))
		return refuse(-EPERM, CHK_SETNS_MNT_CHROOT,
			      evidence_cap(CAP_SYS_CHROOT, user_ns), evidence_caps_held());
	if (!ns_capable(user_ns, CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_SETNS_MNT_ADMIN, evidence_cap(CAP_SYS_ADMIN, user_ns),
			      evidence_caps_held());

	get_mnt_ns(ns);
	put_mnt_ns(nsproxy->mnt_ns);
	nsproxy->mnt_ns = ns;
	mnt_ns_root(ns, &root);
	set_fs_pwd(fs, &root);
	set_fs_root(fs, &root);
	path_put(&root);
	return 0;
}

/* Is this type already mounted here, completely and with no more restrictions? */
static bool mnt_already_visible(struct mnt_namespace *ns, const struct super_block *sb,
				int *new_mnt_flags)
{
	int new_flags = *new_mnt_flags;
	struct mount *mnt;

	list_for_each_entry(mnt, &ns->list, mnt_list) {
		int mnt_flags = mnt->mnt.mnt_flags;

		if (mnt->mnt.mnt_sb->s_type != sb->s_type)
			continue;
		if (mnt->mnt.mnt_root != mnt->mnt.mnt_sb->s_root)
			continue;
		if (sb_rdonly(mnt->mnt.mnt_sb))
			mnt_flags |= MNT_LOCK_READONLY;
		if (mnt_flags & MNT_LOCK_READONLY && !(new_flags & MNT_READONLY))
			continue;
		if (mnt_flags & MNT_LOCK_ATIME &&
		    (mnt_flags & MNT_ATIME_MASK) != (new_flags & MNT_ATIME_MASK))
			continue;
		/*
		 * Deviation: the model does not check whether the directories under other mounts
		 * are empty
		 */
		*new_mnt_flags |= mnt_flags & (MNT_LOCK_READONLY | MNT_LOCK_ATIME);
		return true;
	}
	return false;
}

/**
 * mount_too_revealing() - Would a mount of /proc or /sys show what other mounts hide?
 * @sb: the new filesystem
 * @new_mnt_flags: flags of the mount; locks may be added
 *
 * Models: fs/namespace.c:mount_too_revealing().
 */
bool mount_too_revealing(const struct super_block *sb, int *new_mnt_flags)
{
	struct mnt_namespace *ns = current->nsproxy->mnt_ns;

	if (ns->user_ns == &init_user_ns || !(sb->s_iflags & SB_I_USERNS_VISIBLE))
		return false;
	return !mnt_already_visible(ns, sb, new_mnt_flags);
}
