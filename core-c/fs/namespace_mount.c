// SPDX-License-Identifier: GPL-2.0-only
/* mount(2) and umount2(2). Models: fs/namespace.c. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/mnt_namespace.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/release.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include <trace/refusal.h>

#include "mount.h"

#define MS_RMT_MASK (MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK | MS_I_VERSION | MS_LAZYTIME)

/**
 * path_mounted() - Is a path the root of a mount?
 *
 * Models: fs/namespace.c:path_mounted().
 */
bool path_mounted(const struct path *path)
{
	return path->mnt->mnt_root == path->dentry;
}

/*
 * Is the entry or an ancestor removed, or part of /proc/PID? Models: fs/dcache.c:d_set_mounted(),
 * proc_flush_pid().
 */
static bool is_unhashed(struct dentry *dentry)
{
	for (; !IS_ROOT(dentry); dentry = dentry->d_parent)
		if (d_unhashed(dentry) || dentry->d_op)
			return true;
	return false;
}

/**
 * lock_mount() - Find the topmost mount at a path.
 * @path: the path
 * @where: set to the root of that mount, with references
 *
 * Models: fs/namespace.c:do_lock_mount(). Deviation: refuses to mount on removed names and in
 * /proc/PID.
 */
int lock_mount(const struct path *path, struct path *where)
{
	struct mount *over;

	*where = *path;
	while ((over = __lookup_mnt(where->mnt, where->dentry)) != NULL)
		*where = (struct path){ &over->mnt, over->mnt.mnt_root };
	if (where->dentry->d_flags & DCACHE_CANT_MOUNT || is_unhashed(where->dentry) ||
	    !is_mounted(where->mnt))
		return not_modelled(UNMODELLED_MOUNT_POINT);
	path_get(where);
	return 0;
}

/* Attaches a tree; takes over its reference on success. */
static int graft_tree(struct mount *mnt, const struct path *where)
{
	struct mnt_namespace *ns = real_mount(where->mnt)->mnt_ns;

	if (d_is_dir(where->dentry) != d_is_dir(mnt->mnt.mnt_root))
		return refuse(-ENOTDIR, CHK_MOUNT_POINT_KIND, 0, 0);
	attach_mnt(mnt, real_mount(where->mnt), where->dentry);
	mnt_tree_to_ns(ns, mnt);
	return 0;
}

/**
 * do_add_mount() - Attach a new mount.
 * @newmnt: the mount; its reference is taken over on success
 * @path: the mount point
 * @mnt_flags: flags of the mount
 *
 * Models: fs/namespace.c:do_add_mount().
 */
int do_add_mount(struct mount *newmnt, const struct path *path, int mnt_flags)
{
	struct path where;
	int err = lock_mount(path, &where);

	if (err)
		return err;
	if (!check_mnt(real_mount(where.mnt)))
		err = refuse(-EINVAL, CHK_MOUNT_FOREIGN_POINT, 0, 0);
	if (!err) {
		newmnt->mnt.mnt_flags = mnt_flags & ~(MNT_INTERNAL | MNT_DOOMED);
		err = graft_tree(newmnt, &where);
	}
	path_put(&where);
	return err;
}

static int do_new_mount_fc(struct fs_context *fc, const struct path *mountpoint,
			   unsigned int mnt_flags)
{
	int flags = mnt_flags, error;
	struct vfsmount *mnt;

	if (mount_too_revealing(fc->root->d_sb, &flags))
		return refuse(-EPERM, CHK_MOUNT_TOO_REVEALING, 0, 0);
	mnt = vfs_create_mount(fc);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	error = do_add_mount(real_mount(mnt), mountpoint, flags);
	if (error < 0)
		mntput(mnt);
	return error;
}

/* Spec FS-23, FS-24: the options are parsed before the privilege is checked. */
static int do_new_mount(const struct path *path, const char *fstype, int sb_flags, int mnt_flags,
			const char *name, void *data)
{
	struct file_system_type *type;
	struct fs_context *fc;
	int err = 0;

	if (!fstype)
		return not_modelled(UNMODELLED_MOUNT_NO_TYPE);
	type = get_fs_type(fstype);
	if (IS_ERR(type))
		return PTR_ERR(type);
	if (!type)
		return refuse(-ENODEV, CHK_MOUNT_TYPE, 0, 0);
	fc = fs_context_for_mount(type, sb_flags);
	if (IS_ERR(fc))
		return PTR_ERR(fc);
	fc->oldapi = true;
	if (name)
		err = vfs_parse_fs_string(fc, "source", name, strlen(name));
	if (!err)
		err = generic_parse_monolithic(fc, data);
	if (!err && !mount_capable(fc))
		err = refuse(-EPERM, CHK_MOUNT_CAPABLE,
			     evidence_cap(CAP_SYS_ADMIN, fc->user_ns), evidence_caps_held());
	if (!err)
		err = vfs_get_tree(fc);
	if (!err)
		err = do_new_mount_fc(fc, path, mnt_flags);
	put_fs_context(fc);
	return err;
}

static bool can_change_locked_flags(const struct mount *mnt, unsigned int mnt_flags)
{
	unsigned int fl = mnt->mnt.mnt_flags;

	if (fl & MNT_LOCK_READONLY && !(mnt_flags & MNT_READONLY))
		return false;
	if (fl & MNT_LOCK_NODEV && !(mnt_flags & MNT_NODEV))
		return false;
	if (fl & MNT_LOCK_NOSUID && !(mnt_flags & MNT_NOSUID))
		return false;
	if (fl & MNT_LOCK_NOEXEC && !(mnt_flags & MNT_NOEXEC))
		return false;
	return !(fl & MNT_LOCK_ATIME) ||
	       (fl & MNT_ATIME_MASK) == (mnt_flags & MNT_ATIME_MASK);
}

/* The checks that do_remount() and do_reconfigure_mnt() share. */
static int may_remount(const struct path *path, int mnt_flags)
{
	struct mount *mnt = real_mount(path->mnt);

	if (!check_mnt(mnt))
		return not_modelled(UNMODELLED_MOUNT_FOREIGN);
	if (!path_mounted(path))
		return refuse(-EINVAL, CHK_REMOUNT_ROOT, 0, 0);
	if (!can_change_locked_flags(mnt, mnt_flags))
		return refuse(-EPERM, CHK_REMOUNT_LOCKED, mnt->mnt.mnt_flags, mnt_flags);
	return 0;
}

static void set_mount_attributes(struct mount *mnt, unsigned int mnt_flags)
{
	mnt->mnt.mnt_flags = (mnt->mnt.mnt_flags & ~MNT_USER_SETTABLE_MASK) | mnt_flags;
}

static int do_reconfigure_mnt(const struct path *path, unsigned int mnt_flags)
{
	struct mount *mnt = real_mount(path->mnt);
	int err = may_remount(path, mnt_flags);

	if (err)
		return err;
	if (mnt_flags & MNT_READONLY && !(mnt->mnt.mnt_flags & MNT_READONLY) && mnt->mnt_writers)
		return refuse(-EBUSY, CHK_REMOUNT_WRITERS, 0, mnt->mnt_writers);
	set_mount_attributes(mnt, mnt_flags);
	return 0;
}

/* Spec FS-26. */
static int do_remount(const struct path *path, int sb_flags, int mnt_flags, void *data)
{
	struct super_block *sb = path->mnt->mnt_sb;
	struct fs_context *fc;
	int err = may_remount(path, mnt_flags);

	if (err)
		return err;
	fc = fs_context_for_reconfigure(path->dentry, sb_flags & MS_RMT_MASK,
					MS_RMT_MASK & ~MS_I_VERSION);
	if (IS_ERR(fc))
		return PTR_ERR(fc);
	fc->oldapi = true;
	err = generic_parse_monolithic(fc, data);
	if (!err && !ns_capable(sb->s_user_ns, CAP_SYS_ADMIN))
		err = refuse(-EPERM, CHK_REMOUNT_CAPABLE,
			     evidence_cap(CAP_SYS_ADMIN, sb->s_user_ns), evidence_caps_held());
	if (!err)
		err = reconfigure_super(fc);
	if (!err)
		set_mount_attributes(real_mount(path->mnt), mnt_flags);
	put_fs_context(fc);
	return err;
}

static struct mount *__do_loopback(const struct path *old_path, bool recurse)
{
	struct mount *old = real_mount(old_path->mnt);

	if (!check_mnt(old))
		return ERR_PTR(not_modelled(UNMODELLED_MOUNT_FOREIGN));
	if (!recurse && has_locked_children(old, old_path->dentry))
		return refuse_ptr(-EINVAL, CHK_BIND_LOCKED, 0, 0);
	return recurse ? copy_tree(old, old_path->dentry) : clone_mnt(old, old_path->dentry);
}

static int do_loopback(const struct path *path, const char *old_name, bool recurse)
{
	struct path old_path, where;
	struct mount *mnt;
	int err;

	if (!old_name || !*old_name)
		return not_modelled(UNMODELLED_BIND_SOURCE);
	err = kern_path(old_name, LOOKUP_FOLLOW | LOOKUP_AUTOMOUNT, &old_path);
	if (err)
		return err;
	err = lock_mount(path, &where);
	if (err)
		goto out_old;
	if (!check_mnt(real_mount(where.mnt))) {
		err = refuse(-EINVAL, CHK_MOUNT_FOREIGN_POINT, 0, 0);
		goto out_where;
	}
	mnt = __do_loopback(&old_path, recurse);
	if (IS_ERR(mnt)) {
		err = PTR_ERR(mnt);
		goto out_where;
	}
	mnt->mnt.mnt_flags &= ~MNT_LOCKED;
	err = graft_tree(mnt, &where);
	if (err)
		umount_tree(mnt);
out_where:
	path_put(&where);
out_old:
	path_put(&old_path);
	return err;
}

static int do_move_mount_old(const struct path *path, const char *old_name)
{
	struct path old_path;
	int err;

	if (!old_name || !*old_name)
		return not_modelled(UNMODELLED_BIND_SOURCE);
	err = kern_path(old_name, LOOKUP_FOLLOW, &old_path);
	if (err)
		return err;
	err = do_move_mount(&old_path, path);
	path_put(&old_path);
	return err;
}

/*
 * Every mount is private, so MS_PRIVATE and MS_SLAVE succeed without effect.
 * Models: fs/namespace.c:do_change_type().
 */
static int do_change_type(const struct path *path, unsigned long ms_flags)
{
	unsigned long type = ms_flags & ~(unsigned long)(MS_REC | MS_SILENT);

	if ((type != MS_PRIVATE && type != MS_SLAVE) || !path_mounted(path) ||
	    !check_mnt(real_mount(path->mnt)))
		return not_modelled(UNMODELLED_MOUNT_PROPAGATION);
	return 0;
}

static int mnt_flags_of(unsigned long flags, const struct path *path)
{
	int mnt_flags = 0;

	if (!(flags & MS_NOATIME))
		mnt_flags |= MNT_RELATIME;
	if (flags & MS_NOSUID)
		mnt_flags |= MNT_NOSUID;
	if (flags & MS_NODEV)
		mnt_flags |= MNT_NODEV;
	if (flags & MS_NOEXEC)
		mnt_flags |= MNT_NOEXEC;
	if (flags & MS_NOATIME)
		mnt_flags |= MNT_NOATIME;
	if (flags & MS_NODIRATIME)
		mnt_flags |= MNT_NODIRATIME;
	if (flags & MS_STRICTATIME)
		mnt_flags &= ~(MNT_RELATIME | MNT_NOATIME);
	if (flags & MS_RDONLY)
		mnt_flags |= MNT_READONLY;
	if (flags & MS_NOSYMFOLLOW)
		mnt_flags |= MNT_NOSYMFOLLOW;
	/* a remount without access time flags keeps them */
	if (flags & MS_REMOUNT && !(flags & (MS_NOATIME | MS_NODIRATIME | MS_RELATIME |
					     MS_STRICTATIME))) {
		mnt_flags &= ~MNT_ATIME_MASK;
		mnt_flags |= path->mnt->mnt_flags & MNT_ATIME_MASK;
	}
	return mnt_flags;
}

static int path_mount(const char *dev_name, const struct path *path, const char *type,
		      u64 all_flags, void *data)
{
	unsigned int sb_flags;
	unsigned long flags;
	int mnt_flags;

	/* magic number of old callers */
	if ((all_flags & MS_MGC_MSK) == MS_MGC_VAL)
		all_flags &= (u32)~MS_MGC_MSK;
	if (all_flags >> 31)
		return not_modelled(UNMODELLED_MOUNT_FLAGS);
	flags = (unsigned long)all_flags;
	if (!may_mount())
		return refuse(-EPERM, CHK_MOUNT_MAY_MOUNT,
			      evidence_cap(CAP_SYS_ADMIN, mnt_ns_owner(current->nsproxy->mnt_ns)),
			      evidence_caps_held());
	mnt_flags = mnt_flags_of(flags, path);
	sb_flags = flags & (SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_DIRSYNC | SB_SILENT |
			    SB_POSIXACL | SB_LAZYTIME);

	if ((flags & (MS_REMOUNT | MS_BIND)) == (MS_REMOUNT | MS_BIND))
		return do_reconfigure_mnt(path, mnt_flags);
	if (flags & MS_REMOUNT)
		return do_remount(path, sb_flags, mnt_flags, data);
	if (flags & MS_BIND)
		return do_loopback(path, dev_name, flags & MS_REC);
	if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		return do_change_type(path, flags);
	if (flags & MS_MOVE)
		return do_move_mount_old(path, dev_name);
	return do_new_mount(path, type, sb_flags, mnt_flags, dev_name, data);
}

static char *copy_mount_string(const char __user *data)
{
	return data ? strndup_user(data, PATH_MAX) : NULL;
}

/* Copies up to a page, as far as it is readable; at least one byte must be. */
static void *copy_mount_options(const void __user *data)
{
	unsigned long left;
	char *copy;

	if (!data)
		return NULL;
	copy = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!copy)
		return ERR_PTR(-ENOMEM);
	left = copy_from_user(copy, data, PAGE_SIZE);
	if (left == PAGE_SIZE) {
		kfree(copy);
		return refuse_ptr(-EFAULT, CHK_USER_MEMORY, 1, 0);
	}
	copy[PAGE_SIZE - 1] = 0;
	return copy;
}

/* Spec FS-01, FS-23..FS-26. */
SYSCALL_DEFINE5(mount, const char __user *, dev_name, const char __user *, dir_name,
		const char __user *, type, u64, flags, const void __user *, data)
{
	char *kernel_type, *kernel_dev;
	struct path path;
	void *options;
	int ret;

	kernel_type = copy_mount_string(type);
	if (IS_ERR(kernel_type))
		return PTR_ERR(kernel_type);
	kernel_dev = copy_mount_string(dev_name);
	ret = PTR_ERR_OR_ZERO(kernel_dev);
	if (ret)
		goto out_type;
	options = copy_mount_options(data);
	ret = PTR_ERR_OR_ZERO(options);
	if (ret)
		goto out_dev;

	ret = user_path_at(AT_FDCWD, dir_name, LOOKUP_FOLLOW, &path);
	if (!ret) {
		ret = path_mount(kernel_dev, &path, kernel_type, flags, options);
		path_put(&path);
	}
	kfree(options);
out_dev:
	kfree(kernel_dev);
out_type:
	kfree(kernel_type);
	return ret;
}

static int can_umount(const struct path *path)
{
	struct mount *mnt = real_mount(path->mnt);

	if (!may_mount())
		return refuse(-EPERM, CHK_UMOUNT_MAY_MOUNT,
			      evidence_cap(CAP_SYS_ADMIN, mnt_ns_owner(current->nsproxy->mnt_ns)),
			      evidence_caps_held());
	if (!path_mounted(path))
		return refuse(-EINVAL, CHK_UMOUNT_ROOT, 0, 0);
	if (!check_mnt(mnt))
		return not_modelled(UNMODELLED_MOUNT_FOREIGN);
	if (mnt->mnt.mnt_flags & MNT_LOCKED)
		return refuse(-EINVAL, CHK_UMOUNT_LOCKED, 0, 0);
	return 0;
}

/* Spec TP-11: the mount is busy if anything besides the tree and this call holds a reference. */
static int do_umount(struct mount *mnt, int flags)
{
	if (&mnt->mnt == current->fs->root.mnt || !mnt_has_parent(mnt))
		return not_modelled(UNMODELLED_UMOUNT_ROOT);
	if (!(flags & MNT_DETACH) && (!list_empty(&mnt->mnt_mounts) || mnt->mnt_count > 2))
		return refuse(-EBUSY, CHK_UMOUNT_BUSY, 2, mnt->mnt_count);
	umount_tree(mnt);
	return 0;
}

SYSCALL_DEFINE2(umount2, const char __user *, name, int, flags)
{
	struct path path;
	int ret;

	if (flags & ~(MNT_DETACH | UMOUNT_NOFOLLOW))
		return not_modelled(UNMODELLED_UMOUNT_FLAGS);
	ret = user_path_at(AT_FDCWD, name,
			   LOOKUP_MOUNTPOINT | (flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW), &path);
	if (ret)
		return ret;
	ret = can_umount(&path);
	if (!ret)
		ret = do_umount(real_mount(path.mnt), flags);
	path_put(&path);
	return ret;
}
