// SPDX-License-Identifier: GPL-2.0-only
/* /proc/PID/fd and fdinfo. Models: fs/proc/fd.c; spec TP-06, TP-08. */
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/ptrace.h>
#include <linux/release.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include <trace/refusal.h>

#include "../mount.h"
#include "internal.h"

/* Parses an fd: decimal without leading zeros. */
static int name_to_fd(const struct qstr *name)
{
	u32 n = 0, i;

	if (!name->len || name->len > 9 || (name->name[0] == '0' && name->len > 1))
		return -1;
	for (i = 0; i < name->len; i++) {
		unsigned int digit = (unsigned char)name->name[i] - '0';

		if (digit > 9)
			return -1;
		n = n * 10 + digit;
	}
	return n;
}

/* The open file of an inode, with a reference; or NULL. */
static struct file *proc_fd_file(const struct inode *inode)
{
	struct task_struct *task = get_proc_task(inode);

	return task ? fget_task(task, PROC_I(inode)->fd) : NULL;
}

static umode_t fd_link_mode(const struct file *file)
{
	umode_t mode = S_IFLNK;

	if (file->f_mode & FMODE_READ)
		mode |= 0500;
	if (file->f_mode & FMODE_WRITE)
		mode |= 0300;
	return mode;
}

static int tid_fd_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = d_inode(dentry);
	struct file *file = proc_fd_file(inode);

	if (!file)
		return 0;
	task_dump_owner(get_proc_task(inode), 0, &inode->i_uid, &inode->i_gid);
	if (S_ISLNK(inode->i_mode))
		inode->i_mode = fd_link_mode(file);
	fput(file);
	return 1;
}

static const struct dentry_operations tid_fd_dentry_operations = {
	.d_revalidate = tid_fd_revalidate,
};

static int proc_fd_link(struct inode *inode, struct path *path)
{
	struct file *file;

	if (!proc_access_allowed(inode))
		return refuse(-EACCES, CHK_PROC_LINK_ACCESS, 0, 0);
	file = proc_fd_file(inode);
	if (!file)
		return refuse(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	*path = file->f_path;
	path_get(path);
	fput(file);
	return 0;
}

static const char *proc_fd_get_link(struct dentry *dentry, struct inode *inode,
				    struct delayed_call *done)
{
	struct path path;
	int err = proc_fd_link(inode, &path);

	if (!err)
		err = nd_jump_link(&path);
	return err ? ERR_PTR(err) : NULL;
}

static int proc_fd_readlink(struct dentry *dentry, char __user *buf, int size)
{
	struct path path;
	int err = proc_fd_link(d_inode(dentry), &path);

	if (err)
		return err;
	err = proc_readlink_path(&path, buf, size);
	path_put(&path);
	return err;
}

static const struct inode_operations proc_fd_link_inode_operations = {
	.get_link	= proc_fd_get_link,
	.readlink	= proc_fd_readlink,
	.setattr	= proc_setattr,
};

static int seq_show(struct seq_file *m, void *v)
{
	struct inode *inode = m->private;
	struct task_struct *task = get_proc_task(inode);
	unsigned int f_flags, fd = PROC_I(inode)->fd;
	struct file *file = proc_fd_file(inode);

	if (!file)
		return refuse(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	f_flags = file->f_flags & ~(unsigned int)O_CLOEXEC;
	if (close_on_exec(fd, files_fdtable(task->files)))
		f_flags |= O_CLOEXEC;
	seq_printf(m, "pos:\t%lli\nflags:\t0%o\nmnt_id:\t%i\nino:\t%llu\n", file->f_pos, f_flags,
		   real_mount(file->f_path.mnt)->mnt_id, file_inode(file)->i_ino);
	if (file->f_op->show_fdinfo)
		file->f_op->show_fdinfo(m, file);
	fput(file);
	return 0;
}

/* Models: fs/proc/fd.c:proc_fdinfo_access_allowed(), proc_open_fdinfo() (..6.10). */
static int proc_open_fdinfo(struct inode *inode, struct file *file)
{
	if (!proc_access_allowed(inode))
		return refuse(-EACCES, CHK_PROC_LINK_ACCESS, 0, 0);
	return 0;
}

static int seq_fdinfo_open(struct inode *inode, struct file *file)
{
	int err = proc_open_fdinfo(inode, file);

	return err ? err : single_open(file, seq_show, inode);
}

static const struct file_operations proc_fdinfo_file_operations = {
	.open		= seq_fdinfo_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static const struct inode_operations proc_fdinfo_file_inode_operations = {
	.setattr = proc_setattr,
};

/* Looks up an fd in /proc/PID/fd or fdinfo. */
static struct dentry *lookup_fd(struct inode *dir, struct dentry *dentry, bool info)
{
	struct task_struct *task = get_proc_task(dir);
	int fd = name_to_fd(&dentry->d_name);
	struct inode *inode;
	struct file *file;
	umode_t mode;

	file = task && fd >= 0 ? fget_task(task, fd) : NULL;
	if (!file)
		return refuse_ptr(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	mode = info ? S_IFREG | 0444 : fd_link_mode(file);
	fput(file);
	inode = proc_new_inode(dentry->d_sb, mode, PROC_I(dir)->pid);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	PROC_I(inode)->fd = fd;
	inode->i_op = info ? &proc_fdinfo_file_inode_operations : &proc_fd_link_inode_operations;
	if (info)
		inode->i_fop = &proc_fdinfo_file_operations;
	dentry->d_op = &tid_fd_dentry_operations;
	/* Models: fs/proc/internal.h:proc_splice_unmountable() (6.12..); spec MN-03. */
	if (kernel_at_least(6, 12))
		dentry->d_flags |= DCACHE_CANT_MOUNT;
	return d_splice_alias(inode, dentry);
}

static struct dentry *proc_lookupfd(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	return lookup_fd(dir, dentry, false);
}

static struct dentry *proc_lookupfdinfo(struct inode *dir, struct dentry *dentry,
					unsigned int flags)
{
	return lookup_fd(dir, dentry, true);
}

/* A task may always access its own fds, even after changing its ids. */
static int proc_fd_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	struct task_struct *task = get_proc_task(inode);

	if (task && task->tgid == current->tgid)
		return 0;
	return generic_permission(idmap, inode, mask);
}

const struct inode_operations proc_fd_inode_operations = {
	.lookup		= proc_lookupfd,
	.permission	= proc_fd_permission,
	.setattr	= proc_setattr,
};

/* Models: fs/proc/fd.c:proc_fdinfo_permission() (6.11..); before, only open() was checked. */
static int proc_fdinfo_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	struct task_struct *task = get_proc_task(inode);

	if (!task)
		return not_modelled(UNMODELLED_PROC_GONE);
	if (kernel_at_least(6, 11) && !ptrace_may_access(task, PTRACE_MODE_READ_FSCREDS))
		return refuse(-EACCES, CHK_PROC_LINK_ACCESS, 0, 0);
	return generic_permission(idmap, inode, mask);
}

const struct file_operations proc_fdinfo_operations = {
	.open	= proc_open_fdinfo,
	.read	= generic_read_dir,
	.llseek	= generic_file_llseek,
};

const struct inode_operations proc_fdinfo_inode_operations = {
	.lookup		= proc_lookupfdinfo,
	.permission	= proc_fdinfo_permission,
	.setattr	= proc_setattr,
};
