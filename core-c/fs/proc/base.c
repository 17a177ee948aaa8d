// SPDX-License-Identifier: GPL-2.0-only
/* /proc/PID. Models: fs/proc/base.c. */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/namei.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include <trace/refusal.h>

#include "../mount.h"
#include "internal.h"

#define SUID_DUMP_USER 1

/**
 * task_dump_owner() - Get the owner of a task's files in /proc.
 * @task: the task
 * @mode: mode of the file; a directory with mode 0555 always belongs to the task
 * @ruid: set to the owner
 * @rgid: set to the group
 *
 * Models: fs/proc/base.c:task_dump_owner().
 */
void task_dump_owner(const struct task_struct *task, umode_t mode, kuid_t *ruid, kgid_t *rgid)
{
	const struct cred *cred = __task_cred(task);

	*ruid = cred->euid;
	*rgid = cred->egid;
	if (mode == (S_IFDIR | 0555) || task->dumpable == SUID_DUMP_USER)
		return;
	*ruid = make_kuid(task->mm_user_ns, 0);
	if (!uid_valid(*ruid))
		*ruid = GLOBAL_ROOT_UID;
	*rgid = make_kgid(task->mm_user_ns, 0);
	if (!gid_valid(*rgid))
		*rgid = GLOBAL_ROOT_GID;
}

/* The task must still exist. Its owner may have changed. */
static int pid_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = d_inode(dentry);
	struct task_struct *task = get_proc_task(inode);

	if (!task)
		return 0;
	task_dump_owner(task, inode->i_mode, &inode->i_uid, &inode->i_gid);
	return 1;
}

const struct dentry_operations pid_dentry_operations = {
	.d_revalidate = pid_revalidate,
};

/**
 * proc_access_allowed() - May the caller inspect the task of an inode?
 *
 * Models: fs/proc/base.c:proc_fd_access_allowed().
 */
bool proc_access_allowed(const struct inode *inode)
{
	struct task_struct *task = get_proc_task(inode);

	return task && ptrace_may_access(task, PTRACE_MODE_READ_FSCREDS);
}

/**
 * proc_readlink_path() - Copy the target of a magic link to user space.
 *
 * Models: fs/proc/base.c:do_proc_readlink().
 */
int proc_readlink_path(const struct path *path, char __user *buf, int size)
{
	char *tmp = kmalloc(PATH_MAX, GFP_KERNEL), *text;
	int len;

	if (!tmp)
		return -ENOMEM;
	text = d_path(path, tmp, PATH_MAX);
	if (IS_ERR(text)) {
		len = PTR_ERR(text);
	} else {
		len = min((int)strlen(text), size);
		if (copy_to_user(buf, text, len))
			len = refuse(-EFAULT, CHK_USER_MEMORY, len, 0);
	}
	kfree(tmp);
	return len;
}

enum { LINK_CWD, LINK_ROOT };

static int proc_fs_link(struct inode *inode, struct path *path)
{
	struct task_struct *task = get_proc_task(inode);

	if (!proc_access_allowed(inode))
		return refuse(-EACCES, CHK_PROC_LINK_ACCESS, 0, 0);
	if (!task->fs)
		return refuse(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	if (PROC_I(inode)->arg == LINK_CWD)
		get_fs_pwd(task->fs, path);
	else
		get_fs_root(task->fs, path);
	return 0;
}

static const char *proc_fs_get_link(struct dentry *dentry, struct inode *inode,
				    struct delayed_call *done)
{
	struct path path;
	int err = proc_fs_link(inode, &path);

	if (!err)
		err = nd_jump_link(&path);
	return err ? ERR_PTR(err) : NULL;
}

static int proc_fs_readlink(struct dentry *dentry, char __user *buf, int size)
{
	struct path path;
	int err = proc_fs_link(d_inode(dentry), &path);

	if (err)
		return err;
	err = proc_readlink_path(&path, buf, size);
	path_put(&path);
	return err;
}

static const struct inode_operations proc_fs_link_inode_operations = {
	.get_link	= proc_fs_get_link,
	.readlink	= proc_fs_readlink,
	.setattr	= proc_setattr,
};

/* uid_map, gid_map and setgroups. m->private is the user namespace at open time. */
enum { MAP_UID, MAP_GID, MAP_SETGROUPS };

static int proc_map_show(struct seq_file *m, void *v)
{
	struct user_namespace *ns = m->private;

	switch (PROC_I(file_inode(m->file))->arg) {
	case MAP_UID:
		return proc_uid_map_show(m, ns, seq_user_ns(m));
	case MAP_GID:
		return proc_gid_map_show(m, ns, seq_user_ns(m));
	default:
		return proc_setgroups_show(m, ns);
	}
}

static int proc_map_open(struct inode *inode, struct file *file)
{
	struct task_struct *task = get_proc_task(inode);
	struct user_namespace *ns;
	int ret;

	if (!task)
		return not_modelled(UNMODELLED_PROC_GONE);
	ns = task_cred_xxx(task, user_ns);
	if (PROC_I(inode)->arg == MAP_SETGROUPS && file->f_mode & FMODE_WRITE &&
	    !ns_capable(ns, CAP_SYS_ADMIN))
		return refuse(-EACCES, CHK_SETGROUPS_OPEN, evidence_cap(CAP_SYS_ADMIN, ns),
			      evidence_caps_held());
	ret = single_open(file, proc_map_show, ns);
	if (!ret)
		get_user_ns(ns);
	return ret;
}

static int proc_map_release(struct inode *inode, struct file *file)
{
	put_user_ns(((struct seq_file *)file->private_data)->private);
	return single_release(inode, file);
}

static ssize_t proc_map_write(struct file *file, const char __user *buf, size_t count,
			      loff_t *ppos)
{
	struct user_namespace *ns = ((struct seq_file *)file->private_data)->private;

	switch (PROC_I(file_inode(file))->arg) {
	case MAP_UID:
		return proc_uid_map_write(file, ns, buf, count, ppos);
	case MAP_GID:
		return proc_gid_map_write(file, ns, buf, count, ppos);
	default:
		return proc_setgroups_write(file, ns, buf, count, ppos);
	}
}

static const struct file_operations proc_map_operations = {
	.open		= proc_map_open,
	.read		= seq_read,
	.write		= proc_map_write,
	.llseek		= seq_lseek,
	.release	= proc_map_release,
};

static const struct inode_operations proc_def_inode_operations = {
	.setattr = proc_setattr,
};

static const struct pid_entry tgid_base_stuff[] = {
	{ "fd", S_IFDIR | 0500, &proc_fd_inode_operations, NULL, 0 },
	{ "fdinfo", S_IFDIR | 0555, &proc_fdinfo_inode_operations, &proc_fdinfo_operations, 0 },
	{ "ns", S_IFDIR | 0511, &proc_ns_dir_inode_operations, NULL, 0 },
	{ "cwd", S_IFLNK | 0777, &proc_fs_link_inode_operations, NULL, LINK_CWD },
	{ "root", S_IFLNK | 0777, &proc_fs_link_inode_operations, NULL, LINK_ROOT },
	{ "mounts", S_IFREG | 0444, &proc_def_inode_operations, &proc_mounts_operations, 0 },
	{ "mountinfo", S_IFREG | 0444, &proc_def_inode_operations, &proc_mountinfo_operations, 0 },
	{ "uid_map", S_IFREG | 0644, &proc_def_inode_operations, &proc_map_operations, MAP_UID },
	{ "gid_map", S_IFREG | 0644, &proc_def_inode_operations, &proc_map_operations, MAP_GID },
	{ "setgroups", S_IFREG | 0644, &proc_def_inode_operations, &proc_map_operations,
	  MAP_SETGROUPS },
};

static struct dentry *proc_tgid_base_lookup(struct inode *dir, struct dentry *dentry,
					    unsigned int flags)
{
	return proc_lookup_entry(dentry, tgid_base_stuff,
				 ARRAY_SIZE(tgid_base_stuff), PROC_I(dir)->pid,
				 &pid_dentry_operations);
}

/* Models: fs/proc/base.c:proc_pid_permission(), for /proc without hidepid. */
static int proc_pid_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	if (!get_proc_task(inode))
		return not_modelled(UNMODELLED_PROC_GONE);
	return generic_permission(idmap, inode, mask);
}

const struct inode_operations proc_tgid_base_inode_operations = {
	.lookup		= proc_tgid_base_lookup,
	.permission	= proc_pid_permission,
	.setattr	= proc_setattr,
};
