/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MNT_NAMESPACE_H
#define _LINUX_MNT_NAMESPACE_H

#include <linux/types.h>

struct mnt_namespace;
struct fs_struct;
struct user_namespace;
struct nsproxy;
struct seq_file;
struct task_struct;
struct file;
struct path;

/* fs/namespace.c: sets up filesystems, the initial mounts and their namespace; 0 or -errno */
int mnt_init(void);
struct mnt_namespace *copy_mnt_ns(unsigned long flags, struct mnt_namespace *ns,
				  struct user_namespace *user_ns, struct fs_struct *new_fs);
void get_mnt_ns(struct mnt_namespace *ns);
void put_mnt_ns(struct mnt_namespace *ns);
struct user_namespace *mnt_ns_owner(const struct mnt_namespace *ns);
/* The root directory of a mount namespace, with references, for setns(CLONE_NEWNS). */
void mnt_ns_root(struct mnt_namespace *ns, struct path *root);
bool current_chrooted(void);
/* setns() to a mount namespace: checks permissions and sets the task's root and cwd. */
int mntns_install(struct nsproxy *nsproxy, struct mnt_namespace *ns,
		  struct user_namespace *user_ns, struct fs_struct *fs);

/* fs/nsfs.c: a namespace file, as in /proc/PID/ns; kind is CLONE_NEWUSER or CLONE_NEWNS */
struct file *open_namespace_file(unsigned long kind, void *ns);
void *file_namespace(const struct file *file, unsigned long kind);
bool is_ns_dentry(const struct dentry *dentry);

#endif
