/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MOUNT_H
#define _LINUX_MOUNT_H

#include <linux/err.h>
#include <linux/list.h>
#include <linux/path.h>
#include <linux/types.h>

struct super_block;
struct dentry;
struct user_namespace;
struct file_system_type;
struct fs_context;
struct file;
struct mnt_idmap;

#define MNT_NOSUID		0x01
#define MNT_NODEV		0x02
#define MNT_NOEXEC		0x04
#define MNT_NOATIME		0x08
#define MNT_NODIRATIME		0x10
#define MNT_RELATIME		0x20
#define MNT_READONLY		0x40
#define MNT_NOSYMFOLLOW		0x80
#define MNT_INTERNAL		0x4000
#define MNT_LOCK_ATIME		0x040000
#define MNT_LOCK_NOEXEC		0x080000
#define MNT_LOCK_NOSUID		0x100000
#define MNT_LOCK_NODEV		0x200000
#define MNT_LOCK_READONLY	0x400000
#define MNT_LOCKED		0x800000
#define MNT_DOOMED		0x1000000

#define MNT_ATIME_MASK (MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME)
#define MNT_USER_SETTABLE_MASK (MNT_NOSUID | MNT_NODEV | MNT_NOEXEC | MNT_ATIME_MASK | \
				MNT_READONLY | MNT_NOSYMFOLLOW)

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
	struct mnt_idmap *mnt_idmap;
};

static inline struct mnt_idmap *mnt_idmap(const struct vfsmount *mnt)
{
	return mnt->mnt_idmap;
}

struct vfsmount *mntget(struct vfsmount *mnt);
void mntput(struct vfsmount *mnt);
int mnt_want_write(struct vfsmount *mnt);
void mnt_drop_write(struct vfsmount *mnt);
bool __mnt_is_readonly(const struct vfsmount *mnt);
bool path_is_mountpoint(const struct path *path);
struct vfsmount *vfs_create_mount(struct fs_context *fc);
struct vfsmount *vfs_kern_mount(struct file_system_type *type, int flags);
struct vfsmount *kern_mount(struct file_system_type *type);

#endif
