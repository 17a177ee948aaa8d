// SPDX-License-Identifier: GPL-2.0-only
/* /proc/PID/ns. Models: fs/proc/namespaces.c. */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mnt_namespace.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <uapi/linux/sched.h>

#include <trace/refusal.h>

#include "../internal.h"
#include "internal.h"

static int proc_ns_path(struct inode *inode, struct path *path)
{
	struct task_struct *task = get_proc_task(inode);
	void *ns;

	if (!task)
		return refuse(-EACCES, CHK_PROC_LINK_ACCESS, 0, 0);
	if (!ptrace_may_access(task, PTRACE_MODE_READ_FSCREDS))
		return refuse(-EACCES, CHK_PROC_LINK_ACCESS, 0, 0);
	if (PROC_I(inode)->arg == CLONE_NEWUSER)
		ns = task_cred_xxx(task, user_ns);
	else
		ns = task->nsproxy ? task->nsproxy->mnt_ns : NULL;
	if (!ns)
		return refuse(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	return ns_get_path(path, PROC_I(inode)->arg, ns);
}

static const char *proc_ns_get_link(struct dentry *dentry, struct inode *inode,
				    struct delayed_call *done)
{
	struct path path;
	int err = proc_ns_path(inode, &path);

	if (!err)
		err = nd_jump_link(&path);
	return err ? ERR_PTR(err) : NULL;
}

static int proc_ns_readlink(struct dentry *dentry, char __user *buf, int size)
{
	struct path path;
	int err = proc_ns_path(d_inode(dentry), &path);

	if (err)
		return err;
	err = proc_readlink_path(&path, buf, size);
	path_put(&path);
	return err;
}

static const struct inode_operations proc_ns_link_inode_operations = {
	.get_link	= proc_ns_get_link,
	.readlink	= proc_ns_readlink,
	.setattr	= proc_setattr,
};

static const struct pid_entry ns_entries[] = {
	{ "user", S_IFLNK | 0777, &proc_ns_link_inode_operations, NULL, CLONE_NEWUSER },
	{ "mnt", S_IFLNK | 0777, &proc_ns_link_inode_operations, NULL, CLONE_NEWNS },
};

static struct dentry *proc_ns_dir_lookup(struct inode *dir, struct dentry *dentry,
					 unsigned int flags)
{
	return proc_lookup_entry(dentry, ns_entries, ARRAY_SIZE(ns_entries),
				 PROC_I(dir)->pid, &pid_dentry_operations);
}

const struct inode_operations proc_ns_dir_inode_operations = {
	.lookup		= proc_ns_dir_lookup,
	.setattr	= proc_setattr,
};
