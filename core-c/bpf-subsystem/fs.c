// SPDX-License-Identifier: GPL-2.0-only
/*
 * What bpffs and namespaces need of other filesystems. Stands in for fs/sysfs/, fs/proc/, mm/shmem.c,
 * fs/fs-writeback.c, mm/truncate.c, mm/shrinker.c and init/do_mounts.c.
 */
#include <linux/backing-dev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/proc_ns.h>
#include <linux/ramfs.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/trace_events.h>

#include "glue.h"

static unsigned int next_inum = 0xf0000000u;
static struct kobject fs_kobject;
struct backing_dev_info noop_backing_dev_info;
const struct file_operations def_chr_fops, pipefifo_fops, ramfs_file_operations;
const struct inode_operations ramfs_file_inode_operations;
const struct dentry_operations ns_dentry_operations;

int proc_alloc_inum(unsigned int *inum)
{
	*inum = next_inum++;
	return 0;
}

void proc_free_inum(unsigned int n)
{
}

struct kobject *kobject_create_and_add(const char *name, struct kobject *parent)
{
	return &fs_kobject;
}

int sysfs_create_mount_point(struct kobject *k, const char *n)
{
	return 0;
}

void sysfs_remove_mount_point(struct kobject *k, const char *n)
{
}

int sysfs_init(void)
{
	return 0;
}

void shmem_init(void)
{
}

void bdev_cache_init(void)
{
}

void chrdev_init(void)
{
}

void init_rootfs(void)
{
}

struct shrinker *shrinker_alloc(unsigned int fl, const char *f, ...)
{
	return memory_alloc(sizeof(struct shrinker), __GFP_ZERO);
}

void shrinker_register(struct shrinker *s)
{
}

void shrinker_free(struct shrinker *s)
{
	kfree(s);
}

void truncate_inode_pages_final(struct address_space *m)
{
}

void inode_wait_for_writeback(struct inode *i)
{
}

void inode_io_list_del(struct inode *i)
{
}

void __mark_inode_dirty(struct inode *i, int f)
{
}

int sync_filesystem(struct super_block *s)
{
	return 0;
}

void file_f_owner_release(struct file *f)
{
}

void file_ra_state_init(struct file_ra_state *r, struct address_space *m)
{
}

static int rootfs_init_fs_context(struct fs_context *fc)
{
	return ramfs_init_fs_context(fc);
}

struct file_system_type rootfs_fs_type = {
	.name = "rootfs",
	.init_fs_context = rootfs_init_fs_context,
	.kill_sb = kill_anon_super,
};

#if SINCE_7
bool sync_lazytime(struct inode *inode)
{
	return false;
}

void fsverity_cleanup_inode(struct inode *inode)
{
}
#endif
