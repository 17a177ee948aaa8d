// SPDX-License-Identifier: GPL-2.0-only
/* Superblocks. Models: fs/super.c. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include <trace/refusal.h>

#include "mount.h"

/* Flags that a remount can change: MS_RMT_MASK without MS_I_VERSION, which no option sets. */
#define SB_RMT_MASK (SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_LAZYTIME)

static DEFINE_IDR(unnamed_dev_idr);

static struct super_block *alloc_super(struct file_system_type *type, unsigned long flags,
				       struct user_namespace *user_ns)
{
	static const struct super_operations default_op;
	struct super_block *s = kzalloc(sizeof(*s), GFP_USER);

	if (!s)
		return NULL;
	s->s_op = &default_op;
	INIT_LIST_HEAD(&s->s_mounts);
	s->s_user_ns = get_user_ns(user_ns);
	s->s_flags = flags;
	if (user_ns != &init_user_ns)
		s->s_iflags |= SB_I_NODEV;
	s->s_active = 1;
	s->s_type = type;
	s->s_time_gran = 1000000000;
	s->s_maxbytes = MAX_LFS_FILESIZE;
	live_inc(LIVE_SUPERBLOCKS);
	return s;
}

static void destroy_super(struct super_block *s)
{
	put_user_ns(s->s_user_ns);
	kfree(s);
	live_dec(LIVE_SUPERBLOCKS);
}

/**
 * set_anon_super_fc() - Allocate a device number for a filesystem without a device.
 * @sb: the superblock
 * @fc: unused
 *
 * Models: fs/super.c:set_anon_super_fc().
 */
int set_anon_super_fc(struct super_block *sb, struct fs_context *fc)
{
	int dev = idr_alloc(&unnamed_dev_idr, sb, 1, 1 << MINORBITS, GFP_KERNEL);

	if (dev < 0)
		return dev;
	sb->s_dev = MKDEV(0, dev);
	return 0;
}

/* Models: fs/super.c:sget_fc(), for types that create a superblock for each mount. */
static struct super_block *sget_fc(struct fs_context *fc)
{
	struct super_block *s = alloc_super(fc->fs_type, fc->sb_flags, fc->user_ns);
	int err;

	if (!s)
		return ERR_PTR(-ENOMEM);
	err = set_anon_super_fc(s, fc);
	if (err) {
		destroy_super(s);
		return ERR_PTR(err);
	}
	s->s_fs_info = fc->s_fs_info;
	fc->s_fs_info = NULL;
	strscpy(s->s_id, s->s_type->name);
	s->s_iflags |= fc->s_iflags;
	return s;
}

static void generic_shutdown_super(struct super_block *sb)
{
	if (!sb->s_root)
		return;
	if (sb->s_persistent)
		d_genocide(sb->s_root);
	dput(sb->s_root);
	sb->s_root = NULL;
	sb->s_flags &= ~SB_ACTIVE;
	if (sb->s_live_inodes)
		not_modelled(UNMODELLED_BUSY_INODES);	/* TP-24 */
}

/**
 * kill_anon_super() - ->kill_sb() of a filesystem without a device.
 * @sb: the superblock
 *
 * Models: fs/super.c:kill_anon_super().
 */
void kill_anon_super(struct super_block *sb)
{
	generic_shutdown_super(sb);
	idr_remove(&unnamed_dev_idr, MINOR(sb->s_dev));
}

/**
 * kill_litter_super() - ->kill_sb() of an in-memory filesystem.
 * @sb: the superblock
 *
 * Models: fs/super.c:kill_litter_super().
 */
void kill_litter_super(struct super_block *sb)
{
	if (sb->s_root)
		d_genocide(sb->s_root);
	kill_anon_super(sb);
}

/**
 * deactivate_locked_super() - Drop an active reference; the last one frees the superblock.
 * @s: the superblock
 *
 * Models: fs/super.c:deactivate_locked_super().
 */
void deactivate_locked_super(struct super_block *s)
{
	if (--s->s_active)
		return;
	s->s_type->kill_sb(s);
	destroy_super(s);
}

/**
 * deactivate_super() - Drop an active reference; the last one frees the superblock.
 * @s: the superblock
 *
 * Models: fs/super.c:deactivate_super().
 */
void deactivate_super(struct super_block *s)
{
	deactivate_locked_super(s);
}

/**
 * get_tree_nodev() - ->get_tree() of a type that creates a superblock for each mount.
 * @fc: the context
 * @fill_super: creates the root
 *
 * Models: fs/super.c:get_tree_nodev(); spec FS-14.
 */
int get_tree_nodev(struct fs_context *fc,
		   int (*fill_super)(struct super_block *sb, struct fs_context *fc))
{
	struct super_block *sb = sget_fc(fc);
	int err;

	if (IS_ERR(sb))
		return PTR_ERR(sb);
	err = fill_super(sb, fc);
	if (err) {
		deactivate_locked_super(sb);
		return err;
	}
	sb->s_flags |= SB_ACTIVE;
	fc->root = dget(sb->s_root);
	return 0;
}

/**
 * mount_capable() - May the caller create the filesystem of a context?
 * @fc: the context
 *
 * Models: fs/super.c:mount_capable(), of types with FS_USERNS_MOUNT; spec FS-11, FS-05.
 */
bool mount_capable(struct fs_context *fc)
{
	return ns_capable(fc->user_ns, CAP_SYS_ADMIN);
}

/**
 * vfs_get_tree() - Create the filesystem of a context.
 * @fc: the context
 *
 * Models: fs/super.c:vfs_get_tree(). Runs at most once per context: FS-11.
 */
int vfs_get_tree(struct fs_context *fc)
{
	return fc->ops->get_tree(fc);
}

static int sb_prepare_remount_readonly(struct super_block *sb)
{
	struct mount *mnt;

	if (sb->s_remove_count)
		return refuse(-EBUSY, CHK_REMOUNT_UNLINKED, 0, sb->s_remove_count);
	list_for_each_entry(mnt, &sb->s_mounts, mnt_instance)
		if (!(mnt->mnt.mnt_flags & MNT_READONLY) && mnt->mnt_writers)
			return refuse(-EBUSY, CHK_REMOUNT_WRITERS, 0, mnt->mnt_writers);
	return 0;
}

/**
 * reconfigure_super() - Apply a context to a mounted filesystem.
 * @fc: the context
 *
 * Models: fs/super.c:reconfigure_super(); spec FS-22, FS-27, TP-12.
 */
int reconfigure_super(struct fs_context *fc)
{
	struct super_block *sb = fc->root->d_sb;
	bool remount_ro;
	int err;

	if (fc->sb_flags_mask & ~SB_RMT_MASK)
		return refuse(-EINVAL, CHK_REMOUNT_FLAGS, SB_RMT_MASK, fc->sb_flags_mask);

	remount_ro = fc->sb_flags_mask & fc->sb_flags & SB_RDONLY && !sb_rdonly(sb);
	if (remount_ro) {
		err = sb_prepare_remount_readonly(sb);
		if (err)
			return err;
	}
	sb->s_flags = (sb->s_flags & ~(unsigned long)fc->sb_flags_mask) |
		      (fc->sb_flags & fc->sb_flags_mask);
	return 0;
}
