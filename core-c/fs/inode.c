// SPDX-License-Identifier: GPL-2.0-only
/* Inodes. Models: fs/inode.c. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include <trace/refusal.h>

#include "internal.h"

struct mnt_idmap {
	int unused;
};

/* The model has no idmapped mounts. */
struct mnt_idmap nop_mnt_idmap;

static const struct inode_operations empty_iops;

static int no_open(struct inode *inode, struct file *file)
{
	return not_modelled(UNMODELLED_OPEN_KIND);
}

/* Operations of a new inode until its filesystem sets others. */
static const struct file_operations no_open_fops = {
	.open = no_open,
};

static struct inode *alloc_inode(struct super_block *sb)
{
	struct inode *inode;

	if (should_fail(FAULT_INODE))
		return NULL;
	if (sb->s_op->alloc_inode)
		inode = sb->s_op->alloc_inode(sb);
	else
		inode = kzalloc(sizeof(*inode), GFP_KERNEL);
	if (!inode)
		return NULL;

	inode->i_sb = sb;
	inode->i_op = &empty_iops;
	inode->i_fop = &no_open_fops;
	inode->i_nlink = 1;
	inode->i_count = 1;
	sb->s_live_inodes++;
	live_inc(LIVE_INODES);
	return inode;
}

/**
 * new_inode_pseudo() - Allocate an inode.
 * @sb: its superblock
 *
 * Models: fs/inode.c:new_inode_pseudo().
 */
struct inode *new_inode_pseudo(struct super_block *sb)
{
	return alloc_inode(sb);
}

/**
 * new_inode() - Allocate an inode.
 * @sb: its superblock
 *
 * Models: fs/inode.c:new_inode().
 *
 * Return: the inode with one reference and one link, or NULL when out of memory.
 */
struct inode *new_inode(struct super_block *sb)
{
	return alloc_inode(sb);
}

/**
 * get_next_ino() - Allocate an inode number for an in-memory filesystem.
 *
 * Models: fs/inode.c:get_next_ino(). Never 0. Starts above 1024, because a booted kernel has
 * already used the low numbers: no file gets the number of a root directory.
 */
u64 get_next_ino(void)
{
	static u32 last_ino = 1024;

	return ++last_ino;
}

/**
 * ihold() - Take another reference to an inode.
 * @inode: the inode
 *
 * Models: fs/inode.c:ihold().
 */
void ihold(struct inode *inode)
{
	inode->i_count++;
}

/**
 * free_inode_nonrcu() - Free the memory of an inode.
 * @inode: the inode
 *
 * Models: fs/inode.c:free_inode_nonrcu().
 */
void free_inode_nonrcu(struct inode *inode)
{
	kfree(inode);
}

/**
 * clear_inode() - Mark an inode as being freed.
 * @inode: the inode
 *
 * Models: fs/inode.c:clear_inode().
 */
void clear_inode(struct inode *inode)
{
	inode->i_state = I_FREEING;
}

static void destroy_inode(struct inode *inode)
{
	const struct super_operations *ops = inode->i_sb->s_op;

	if (!inode->i_nlink)
		inode->i_sb->s_remove_count--;
	inode->i_sb->s_live_inodes--;
	live_dec(LIVE_INODES);
	if (ops->destroy_inode) {
		ops->destroy_inode(inode);
		if (!ops->free_inode)
			return;
	}
	if (ops->free_inode)
		ops->free_inode(inode);
	else
		free_inode_nonrcu(inode);
}

/**
 * iput() - Drop a reference to an inode; the last one frees it.
 * @inode: the inode, or NULL
 *
 * Models: fs/inode.c:iput(). The model does not cache inodes.
 */
void iput(struct inode *inode)
{
	const struct super_operations *ops;

	if (!inode || --inode->i_count)
		return;

	ops = inode->i_sb->s_op;
	if (ops->drop_inode)
		ops->drop_inode(inode);
	if (ops->evict_inode)
		ops->evict_inode(inode);
	else
		clear_inode(inode);
	destroy_inode(inode);
}

/**
 * generic_delete_inode() - ->drop_inode() without caching.
 * @inode: the inode
 *
 * Models: fs/inode.c:generic_delete_inode().
 */
int generic_delete_inode(struct inode *inode)
{
	return 1;
}

/**
 * inode_init_once() - Constructor of an inode in a kmem_cache.
 * @inode: the memory
 *
 * Models: fs/inode.c:inode_init_once().
 */
void inode_init_once(struct inode *inode)
{
	*inode = (struct inode){ 0 };
}

/**
 * clear_nlink() - Set the link count to 0.
 * @inode: the inode
 *
 * Models: fs/inode.c:clear_nlink(). As long as the inode exists, its filesystem cannot be
 * remounted read-only (spec TP-12).
 */
void clear_nlink(struct inode *inode)
{
	if (inode->i_nlink) {
		inode->i_nlink = 0;
		inode->i_sb->s_remove_count++;
	}
}

/**
 * drop_nlink() - Decrement the link count.
 * @inode: the inode
 *
 * Models: fs/inode.c:drop_nlink().
 */
void drop_nlink(struct inode *inode)
{
	if (!--inode->i_nlink)
		inode->i_sb->s_remove_count++;
}

/**
 * inc_nlink() - Increment the link count.
 * @inode: the inode
 *
 * Models: fs/inode.c:inc_nlink().
 */
void inc_nlink(struct inode *inode)
{
	if (!inode->i_nlink)
		inode->i_sb->s_remove_count--;
	inode->i_nlink++;
}

/**
 * set_nlink() - Set the link count.
 * @inode: the inode
 * @nlink: the new count
 *
 * Models: fs/inode.c:set_nlink().
 */
void set_nlink(struct inode *inode, unsigned int nlink)
{
	if (!nlink) {
		clear_nlink(inode);
		return;
	}
	if (!inode->i_nlink)
		inode->i_sb->s_remove_count--;
	inode->i_nlink = nlink;
}

/**
 * inode_init_owner() - Set owner, group and mode of a new inode.
 * @idmap: unused
 * @inode: the inode
 * @dir: its directory, or NULL
 * @mode: its type and mode
 *
 * Models: fs/inode.c:inode_init_owner().
 */
void inode_init_owner(struct mnt_idmap *idmap, struct inode *inode, const struct inode *dir,
		      umode_t mode)
{
	inode->i_uid = current_fsuid();
	if (dir && dir->i_mode & S_ISGID) {
		inode->i_gid = dir->i_gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
	} else {
		inode->i_gid = current_fsgid();
	}
	inode->i_mode = mode;
}

/**
 * inode_owner_or_capable() - Is the current task the owner, or may it act as the owner?
 * @idmap: unused
 * @inode: the inode
 *
 * Models: fs/inode.c:inode_owner_or_capable().
 */
bool inode_owner_or_capable(struct mnt_idmap *idmap, const struct inode *inode)
{
	struct user_namespace *ns = current_user_ns();

	if (uid_eq(inode->i_uid, current_fsuid()))
		return true;
	return kuid_has_mapping(ns, inode->i_uid) && ns_capable(ns, CAP_FOWNER);
}

/**
 * init_special_inode() - Set up the inode of a device node.
 * @inode: the inode
 * @mode: its type and mode
 * @rdev: the device
 *
 * Models: fs/inode.c:init_special_inode(). Only the null device exists.
 */
void init_special_inode(struct inode *inode, umode_t mode, dev_t rdev)
{
	inode->i_mode = mode;
	inode->i_fop = &null_fops;
	inode->i_rdev = rdev;
}

/**
 * inode_set_ctime_current() - Update the change time; always 0, as the model has no clock.
 * @inode: the inode
 *
 * Models: fs/inode.c:inode_set_ctime_current().
 */
struct timespec64 inode_set_ctime_current(struct inode *inode)
{
	inode->i_ctime = (struct timespec64){ 0 };
	return inode->i_ctime;
}

/** touch_atime() - Does nothing, as the model has no clock. */
void touch_atime(const struct path *path)
{
}
