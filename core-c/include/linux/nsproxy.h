/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_NSPROXY_H
#define _LINUX_NSPROXY_H

#include <linux/refcount.h>
#include <linux/types.h>

struct cred;
struct fs_struct;
struct mnt_namespace;
struct task_struct;

/* Only the mount namespace is modelled. */
struct nsproxy {
	refcount_t count;
	struct mnt_namespace *mnt_ns;
};

extern struct nsproxy init_nsproxy;

int copy_namespaces(unsigned long flags, struct task_struct *tsk);
int unshare_nsproxy_namespaces(unsigned long unshare_flags, struct nsproxy **new_nsp,
			       struct cred *new_cred, struct fs_struct *new_fs);
void switch_task_namespaces(struct task_struct *tsk, struct nsproxy *new);
void exit_task_namespaces(struct task_struct *tsk);
void free_nsproxy(struct nsproxy *ns);

static inline void get_nsproxy(struct nsproxy *ns)
{
	refcount_inc(&ns->count);
}

static inline void put_nsproxy(struct nsproxy *ns)
{
	if (refcount_dec_and_test(&ns->count))
		free_nsproxy(ns);
}

#endif /* _LINUX_NSPROXY_H */
