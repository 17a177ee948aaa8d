// SPDX-License-Identifier: GPL-2.0-only
/*
 * What bpffs and namespaces need of other filesystems. Stands in for fs/sysfs/, fs/proc/proc_net.c,
 * fs/proc/task_mmu.c, fs/fs-writeback.c, mm/truncate.c, mm/shrinker.c, init/do_mounts.c,
 * fs/char_dev.c and drivers/char/mem.c.
 */
#include <linux/backing-dev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kobject.h>
#include <linux/major.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/proc_ns.h>
#include <linux/ramfs.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/trace_events.h>

#include "glue.h"

static struct kobject fs_kobject;
struct backing_dev_info noop_backing_dev_info;
const struct file_operations pipefifo_fops;

/* Stands in for fs/char_dev.c and drivers/char/mem.c: /dev/null is the only device. */
static ssize_t read_null(struct file *file, char __user *buffer, size_t count, loff_t *position)
{
	return 0;
}

static ssize_t write_null(struct file *file, const char __user *buffer, size_t count,
			  loff_t *position)
{
	return count;
}

static loff_t seek_null(struct file *file, loff_t offset, int whence)
{
	return file->f_pos = 0;
}

static const struct file_operations null_fops = {
	.llseek = seek_null,
	.read = read_null,
	.write = write_null,
};

static int open_device(struct inode *inode, struct file *file)
{
	if (inode->i_rdev != MKDEV(MEM_MAJOR, 3))
		not_modelled("chrdev_open");
	replace_fops(file, &null_fops);
	return 0;
}

const struct file_operations def_chr_fops = { .open = open_device, .llseek = noop_llseek };

/* Creates /dev/null, as devtmpfs does. */
EXPORT(kernel_null_device) int kernel_null_device(void)
{
	struct dentry *dentry;
	struct path path;
	int err;

#if SINCE_7
	dentry = start_creating_path(AT_FDCWD, "/dev/null", &path, 0);
#else
	dentry = kern_path_create(AT_FDCWD, "/dev/null", &path, 0);
#endif
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
#if SINCE_7
	err = vfs_mknod(mnt_idmap(path.mnt), d_inode(path.dentry), dentry, S_IFCHR | 0666,
			MKDEV(MEM_MAJOR, 3), NULL);
	end_creating_path(&path, dentry);
#else
	err = vfs_mknod(mnt_idmap(path.mnt), d_inode(path.dentry), dentry, S_IFCHR | 0666,
			MKDEV(MEM_MAJOR, 3));
	done_path_create(&path, dentry);
#endif
	return err;
}

/* As in fs/ramfs/file-mmu.c. The contents of files need pages, which are not modelled. */
const struct file_operations ramfs_file_operations = {
	.read_iter = generic_file_read_iter,
	.write_iter = generic_file_write_iter,
	.mmap = generic_file_mmap,
	.fsync = noop_fsync,
	.llseek = generic_file_llseek,
};

const struct inode_operations ramfs_file_inode_operations = {
	.setattr = simple_setattr,
	.getattr = simple_getattr,
};

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

int ramfs_nommu_expand_for_mapping(struct inode *inode, size_t size)
{
	if (size)
		not_modelled("ramfs_nommu_expand_for_mapping");
	return 0;
}

/* The tables of /proc name these. Each ends the call. */
static struct dentry *look_up_net(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	not_modelled("proc_net_inode_operations");
	return NULL;
}

static int open_maps(struct inode *inode, struct file *file)
{
	not_modelled("proc_pid_maps_operations");
	return 0;
}

const struct inode_operations proc_net_inode_operations = { .lookup = look_up_net };
const struct file_operations proc_net_operations;
const struct file_operations proc_pid_maps_operations = { .open = open_maps };

static struct ns_common *get_other_namespace(struct task_struct *task)
{
	not_modelled("namespaces of other kinds");
	return NULL;
}

const struct proc_ns_operations netns_operations = { .name = "net", .get = get_other_namespace };
const struct proc_ns_operations cgroupns_operations = {
	.name = "cgroup",
	.get = get_other_namespace,
};

/* The tables of kernel/sysctl.c name data of the whole kernel, so /proc/sys does not have them. */
int sysctl_init_bases(void)
{
	return 0;
}
