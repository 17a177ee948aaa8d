// SPDX-License-Identifier: GPL-2.0-only
/* fsmount(2), move_mount(2) and open_tree(2). Models: fs/namespace.c. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kernel.h>
#include <linux/mnt_namespace.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/release.h>
#include <linux/sched.h>
#include <linux/syscalls.h>
#include <uapi/linux/sched.h>

#include <trace/refusal.h>

#include "mount.h"

#define FSMOUNT_VALID_FLAGS \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | \
	 MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW)

static int attr_flags_to_mnt_flags(unsigned int attr, int *mnt_flags)
{
	int flags = 0;

	if (attr & MOUNT_ATTR_RDONLY)
		flags |= MNT_READONLY;
	if (attr & MOUNT_ATTR_NOSUID)
		flags |= MNT_NOSUID;
	if (attr & MOUNT_ATTR_NODEV)
		flags |= MNT_NODEV;
	if (attr & MOUNT_ATTR_NOEXEC)
		flags |= MNT_NOEXEC;
	if (attr & MOUNT_ATTR_NODIRATIME)
		flags |= MNT_NODIRATIME;
	if (attr & MOUNT_ATTR_NOSYMFOLLOW)
		flags |= MNT_NOSYMFOLLOW;
	switch (attr & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_STRICTATIME:
		break;
	case MOUNT_ATTR_NOATIME:
		flags |= MNT_NOATIME;
		break;
	case MOUNT_ATTR_RELATIME:
		flags |= MNT_RELATIME;
		break;
	default:
		return refuse(-EINVAL, CHK_FSMOUNT_ATIME, 0, attr);
	}
	*mnt_flags = flags;
	return 0;
}

/*
 * Puts a tree into an anonymous namespace and opens it; closing the file unmounts the tree.
 * Consumes the reference to @mnt, also on failure.
 */
static struct file *open_detached(struct mount *mnt, u64 seq_origin, const struct cred *cred)
{
	struct mnt_namespace *ns = alloc_mnt_ns(current->nsproxy->mnt_ns->user_ns, true);
	struct path path = { &mnt->mnt, mnt->mnt.mnt_root };
	struct file *file;

	if (IS_ERR(ns)) {
		umount_tree(mnt);
		return ERR_CAST(ns);
	}
	ns->root = mnt;
	ns->seq_origin = seq_origin;
	mnt_tree_to_ns(ns, mnt);
	file = dentry_open(&path, O_PATH, cred);
	if (IS_ERR(file))
		dissolve_on_fput(&mnt->mnt);
	else
		file->f_mode |= FMODE_NEED_UNMOUNT;
	return file;
}

static int install_file(struct file *file, unsigned int o_flags)
{
	int fd;

	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(o_flags);
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

/* Models: fs/namespace.c:open_new_namespace() (7.1..) */
static struct file *open_new_namespace(struct mount *tree)
{
	struct mnt_namespace *ns = create_new_namespace(tree);
	struct file *file;

	if (IS_ERR(ns))
		return ERR_CAST(ns);
	file = open_namespace_file(CLONE_NEWNS, ns);
	put_mnt_ns(ns);
	if (!IS_ERR(file))
		file->f_flags &= ~O_LARGEFILE;
	return file;
}

static struct file *fsmount_locked(struct fs_context *fc, unsigned int flags, int mnt_flags)
{
	struct vfsmount *mnt;

	if (!fc->root)
		return refuse_ptr(-EINVAL, CHK_FSMOUNT_NO_SUPER, 0, 0);
	if (mount_too_revealing(fc->root->d_sb, &mnt_flags))
		return refuse_ptr(-EPERM, CHK_MOUNT_TOO_REVEALING, 0, 0);
	if (fc->phase != FS_CONTEXT_AWAITING_MOUNT)
		return refuse_ptr(-EBUSY, CHK_FSMOUNT_PHASE, FS_CONTEXT_AWAITING_MOUNT,
				  fc->phase);
	mnt = vfs_create_mount(fc);
	if (IS_ERR(mnt))
		return ERR_CAST(mnt);
	mnt->mnt_flags = mnt_flags;
	/* from here on the context can only reconfigure, even if the call fails */
	vfs_clean_context(fc);
	if (flags & FSMOUNT_NAMESPACE)
		return open_new_namespace(real_mount(mnt));
	return open_detached(real_mount(mnt), 0, fc->cred);
}

/* Spec FS-15..FS-18, MN-05. */
SYSCALL_DEFINE3(fsmount, int, fs_fd, unsigned int, flags, unsigned int, attr_flags)
{
	const bool flags_first = kernel_at_least(7, 1);
	const unsigned int known = FSMOUNT_CLOEXEC | (flags_first ? FSMOUNT_NAMESPACE : 0);
	struct user_namespace *owner = mnt_ns_owner(current->nsproxy->mnt_ns);
	int mnt_flags = 0, err;

	/* FS-01: since 7.1 before the privilege, which depends on the flag */
	if (flags_first && flags & ~known)
		return refuse(-EINVAL, CHK_FSMOUNT_FLAGS, known, flags);
	if (flags_first && flags & FSMOUNT_NAMESPACE)
		owner = current_user_ns();
	if (!ns_capable(owner, CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_FSMOUNT_MAY_MOUNT, evidence_cap(CAP_SYS_ADMIN, owner),
			      evidence_caps_held());
	if (flags & ~known)
		return refuse(-EINVAL, CHK_FSMOUNT_FLAGS, known, flags);
	if (attr_flags & ~FSMOUNT_VALID_FLAGS)
		return refuse(-EINVAL, CHK_FSMOUNT_ATTRIBUTES, FSMOUNT_VALID_FLAGS, attr_flags);
	err = attr_flags_to_mnt_flags(attr_flags, &mnt_flags);
	if (err)
		return err;

	CLASS(fd, f)(fs_fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_FSMOUNT_FD, 0, fs_fd);
	if (fd_file(f)->f_op != &fscontext_fops)
		return refuse(-EINVAL, CHK_FSMOUNT_KIND, 0, fs_fd);
	return install_file(fsmount_locked(fd_file(f)->private_data, flags, mnt_flags),
			    flags & FSMOUNT_CLOEXEC ? O_CLOEXEC : 0);
}

/* Is @mnt the mount @other or one below it? */
static bool is_below(const struct mount *mnt, const struct mount *other)
{
	for (; mnt != other; mnt = mnt->mnt_parent)
		if (!mnt_has_parent(mnt))
			return false;
	return true;
}

/**
 * do_move_mount() - Attach a detached tree, or move a mount.
 * @old_path: root of the tree
 * @new_path: the new mount point
 *
 * Models: fs/namespace.c:do_move_mount(); spec MN-03.
 */
int do_move_mount(const struct path *old_path, const struct path *new_path)
{
	struct mount *old = real_mount(old_path->mnt);
	struct mnt_namespace *ns = old->mnt_ns;
	bool attached = mnt_has_parent(old);
	struct path where;
	int ret;

	if (!path_mounted(old_path) || d_is_dir(new_path->dentry) != d_is_dir(old_path->dentry))
		return not_modelled(UNMODELLED_MOVE_MOUNT_ENDS);
	ret = lock_mount(new_path, &where);
	if (ret)
		return ret;
	if (!check_mnt(real_mount(where.mnt)))
		ret = refuse(-EINVAL, CHK_MOUNT_FOREIGN_POINT, 0, 0);
	else if (!ns || !(attached ? check_mnt(old) : is_anon_ns(ns)))
		ret = refuse(-EINVAL, CHK_MOVE_MOUNT_FOREIGN, 0, 0);
	else if (old->mnt.mnt_flags & MNT_LOCKED || is_below(real_mount(where.mnt), old))
		ret = not_modelled(UNMODELLED_MOVE_LOCKED);
	if (!ret) {
		if (attached)
			detach_mnt(old);
		attach_mnt(old, real_mount(where.mnt), where.dentry);
		mnt_tree_to_ns(real_mount(where.mnt)->mnt_ns, old);
		if (!attached)
			free_mnt_ns(ns);
	}
	path_put(&where);
	return ret;
}

static int look_up_end(int dfd, const char __user *pathname, unsigned int flags, struct path *path)
{
	return pathname ? user_path_at(dfd, pathname, flags, path) :
			  not_modelled(UNMODELLED_MOVE_MOUNT_PATH);
}

/* Spec MN-03. */
SYSCALL_DEFINE5(move_mount, int, from_dfd, const char __user *, from_pathname, int, to_dfd,
		const char __user *, to_pathname, unsigned int, flags)
{
	unsigned int from_flags, to_flags;
	struct path from_path, to_path;
	bool to_first;
	int ret;

	if (!may_mount())
		return refuse(-EPERM, CHK_MOVE_MOUNT_MAY_MOUNT,
			      evidence_cap(CAP_SYS_ADMIN, mnt_ns_owner(current->nsproxy->mnt_ns)),
			      evidence_caps_held());
	if (flags & ~(MOVE_MOUNT_F_SYMLINKS | MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS |
		      MOVE_MOUNT_T_EMPTY_PATH | MOVE_MOUNT_F_AUTOMOUNTS | MOVE_MOUNT_T_AUTOMOUNTS))
		return not_modelled(UNMODELLED_MOVE_MOUNT_FLAGS);

	from_flags = flags & MOVE_MOUNT_F_SYMLINKS ? LOOKUP_FOLLOW : 0;
	from_flags |= flags & MOVE_MOUNT_F_EMPTY_PATH ? LOOKUP_EMPTY : 0;
	to_flags = flags & MOVE_MOUNT_T_SYMLINKS ? LOOKUP_FOLLOW : 0;
	to_flags |= flags & MOVE_MOUNT_T_EMPTY_PATH ? LOOKUP_EMPTY : 0;
	/* the destination is looked up first since 6.15, the source before */
	to_first = kernel_at_least(6, 15);
	if (to_first)
		ret = look_up_end(to_dfd, to_pathname, to_flags, &to_path);
	else
		ret = look_up_end(from_dfd, from_pathname, from_flags, &from_path);
	if (ret)
		return ret;
	if (to_first)
		ret = look_up_end(from_dfd, from_pathname, from_flags, &from_path);
	else
		ret = look_up_end(to_dfd, to_pathname, to_flags, &to_path);
	if (!ret) {
		ret = do_move_mount(&from_path, &to_path);
		path_put(to_first ? &from_path : &to_path);
	}
	path_put(to_first ? &to_path : &from_path);
	return ret;
}

/* A detached tree may be copied since 6.15, in the namespace it was cloned from; spec FS-29. */
static bool may_copy_tree(const struct mount *mnt)
{
	const struct mnt_namespace *ns = mnt->mnt_ns;

	if (check_mnt(mnt))
		return true;
	if (!kernel_at_least(6, 15) || !ns || !is_anon_ns(ns))
		return false;
	return !ns->seq_origin || ns->seq_origin == current->nsproxy->mnt_ns->seq;
}

static struct file *open_detached_copy(const struct path *path, bool recursive)
{
	struct mount *old = real_mount(path->mnt), *mnt;

	if (is_ns_dentry(path->dentry))
		return ERR_PTR(not_modelled(UNMODELLED_MOUNTS_OF_NAMESPACES));
	if (!may_copy_tree(old))
		return refuse_ptr(-EINVAL, CHK_OPEN_TREE_FOREIGN, 0, 0);
	if (!recursive && has_locked_children(old, path->dentry))
		return refuse_ptr(-EINVAL, CHK_BIND_LOCKED, 0, 0);
	mnt = recursive ? copy_tree(old, path->dentry) : clone_mnt(old, path->dentry);
	if (IS_ERR(mnt))
		return ERR_CAST(mnt);
	mnt->mnt.mnt_flags &= ~MNT_LOCKED;
	return open_detached(mnt, is_anon_ns(old->mnt_ns) ? old->mnt_ns->seq_origin
							  : old->mnt_ns->seq,
			     current_cred());
}

/* Spec FS-29. */
SYSCALL_DEFINE3(open_tree, int, dfd, const char __user *, filename, unsigned int, flags)
{
	const unsigned int known = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE |
				   AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	bool detached = flags & OPEN_TREE_CLONE;
	unsigned int lookup_flags = LOOKUP_FOLLOW;
	struct file *file;
	struct path path;
	int fd, error;

	if (flags & ~known || (flags & (AT_RECURSIVE | OPEN_TREE_CLONE)) == AT_RECURSIVE)
		return not_modelled(UNMODELLED_OPEN_TREE_FLAGS);
	if (flags & AT_SYMLINK_NOFOLLOW)
		lookup_flags &= ~LOOKUP_FOLLOW;
	if (flags & AT_EMPTY_PATH)
		lookup_flags |= LOOKUP_EMPTY;
	if (detached && !may_mount())
		return refuse(-EPERM, CHK_OPEN_TREE_MAY_MOUNT,
			      evidence_cap(CAP_SYS_ADMIN, mnt_ns_owner(current->nsproxy->mnt_ns)),
			      evidence_caps_held());

	fd = get_unused_fd_flags(flags & OPEN_TREE_CLOEXEC ? O_CLOEXEC : 0);
	if (fd < 0)
		return fd;
	error = user_path_at(dfd, filename, lookup_flags, &path);
	if (error) {
		put_unused_fd(fd);
		return error;
	}
	if (detached)
		file = open_detached_copy(&path, flags & AT_RECURSIVE);
	else
		file = dentry_open(&path, O_PATH, current_cred());
	path_put(&path);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}
