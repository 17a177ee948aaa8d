/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FS_PROC_INTERNAL_H
#define _FS_PROC_INTERNAL_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/types.h>

struct task_struct;

/* A fixed name in a directory of /proc. */
struct pid_entry {
	const char *name;
	umode_t mode;
	const struct inode_operations *iop;
	const struct file_operations *fop;
	unsigned long arg;	/* for iop and fop, as PROC_I(inode)->arg */
};

/* An inode of /proc. */
struct proc_inode {
	struct inode vfs_inode;
	pid_t pid;		/* 0: no task */
	int fd;
	unsigned long arg;
};

static inline struct proc_inode *PROC_I(const struct inode *inode)
{
	return container_of(inode, struct proc_inode, vfs_inode);
}

/* The task of an inode, if it still exists; without a reference, as nothing runs concurrently. */
struct task_struct *get_proc_task(const struct inode *inode);

/* fs/proc/inode.c */
extern struct file_system_type proc_fs_type;
struct inode *proc_new_inode(struct super_block *sb, umode_t mode, pid_t pid);
struct dentry *proc_lookup_entry(struct dentry *dentry, const struct pid_entry *entries,
				 size_t n, pid_t pid, const struct dentry_operations *d_op);
int proc_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr);

/* fs/proc/base.c */
extern const struct inode_operations proc_tgid_base_inode_operations;
extern const struct dentry_operations pid_dentry_operations;
void task_dump_owner(const struct task_struct *task, umode_t mode, kuid_t *uid, kgid_t *gid);
int proc_pid_path_link(struct dentry *dentry, struct path *path);
int proc_readlink_path(const struct path *path, char __user *buf, int size);
bool proc_access_allowed(const struct inode *inode);

/* fs/proc/fd.c, namespaces.c, proc_sysctl.c */
extern const struct inode_operations proc_fd_inode_operations;
extern const struct inode_operations proc_fdinfo_inode_operations;
extern const struct file_operations proc_fdinfo_operations;
extern const struct inode_operations proc_ns_dir_inode_operations;
extern const struct inode_operations proc_sys_dir_operations;

#endif
