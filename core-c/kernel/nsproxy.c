// SPDX-License-Identifier: GPL-2.0-only
/* The namespaces of a process, and setns(). */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs_struct.h>
#include <linux/mnt_namespace.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

struct nsproxy init_nsproxy = { .count = REFCOUNT_INIT(2) };

/* Models: kernel/nsproxy.c:create_new_namespaces() (6.9..) */
static struct nsproxy *create_new_namespaces(unsigned long flags, struct task_struct *tsk,
					     struct user_namespace *user_ns,
					     struct fs_struct *new_fs)
{
	struct nsproxy *new = kzalloc(sizeof(*new), GFP_KERNEL);
	struct mnt_namespace *mnt_ns;

	if (!new)
		return ERR_PTR(-ENOMEM);
	refcount_set(&new->count, 1);
	mnt_ns = copy_mnt_ns(flags, tsk->nsproxy->mnt_ns, user_ns, new_fs);
	if (IS_ERR(mnt_ns)) {
		kfree(new);
		return ERR_CAST(mnt_ns);
	}
	new->mnt_ns = mnt_ns;
	return new;
}

/**
 * copy_namespaces() - Give a new process its namespaces.
 * @flags: no CLONE_NEW* flags: fork() shares the namespaces
 * @tsk: the process
 *
 * Models: kernel/nsproxy.c:copy_namespaces() (6.9..)
 */
int copy_namespaces(unsigned long flags __maybe_unused, struct task_struct *tsk)
{
	get_nsproxy(tsk->nsproxy);
	return 0;
}

/** free_nsproxy() - Free a set of namespaces without users. */
void free_nsproxy(struct nsproxy *ns)
{
	put_mnt_ns(ns->mnt_ns);
	kfree(ns);
}

/**
 * unshare_nsproxy_namespaces() - Create the namespaces for unshare().
 * @flags: CLONE_NEW*
 * @new_nsp: set to the new set of namespaces, if one is needed
 * @new_cred: the caller's future credentials, or NULL
 * @new_fs: the caller's future root and working directory, or NULL
 *
 * Models: kernel/nsproxy.c:unshare_nsproxy_namespaces() (6.9..)
 */
int unshare_nsproxy_namespaces(unsigned long flags, struct nsproxy **new_nsp,
			       struct cred *new_cred, struct fs_struct *new_fs)
{
	struct user_namespace *user_ns = new_cred ? new_cred->user_ns : current_user_ns();
	struct nsproxy *new;

	if (!(flags & (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID |
		       CLONE_NEWCGROUP | CLONE_NEWTIME)))
		return 0;
	if (!ns_capable(user_ns, CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_UNSHARE_CAP, evidence_cap(CAP_SYS_ADMIN, user_ns),
			      evidence_caps_held());
	new = create_new_namespaces(flags, current, user_ns, new_fs ? new_fs : current->fs);
	if (IS_ERR(new))
		return (int)PTR_ERR(new);
	*new_nsp = new;
	return 0;
}

/** switch_task_namespaces() - Replace the namespaces of a process; @new may be NULL. */
void switch_task_namespaces(struct task_struct *tsk, struct nsproxy *new)
{
	struct nsproxy *old = tsk->nsproxy;

	tsk->nsproxy = new;
	put_nsproxy(old);
}

/** exit_task_namespaces() - Drop the namespaces of an exiting process. */
void exit_task_namespaces(struct task_struct *tsk)
{
	switch_task_namespaces(tsk, NULL);
}

/* Everything that setns() will change. */
struct nsset {
	struct nsproxy *nsproxy;
	struct cred *cred;	/* prepared credentials or the caller's own */
	bool own_cred;
};

static void put_nsset(struct nsset *nsset)
{
	if (nsset->cred && !nsset->own_cred)
		abort_creds(nsset->cred);
	if (nsset->nsproxy)
		free_nsproxy(nsset->nsproxy);
}

/* Models: kernel/nsproxy.c:prepare_nsset() (6.9..), for one namespace per call */
static int prepare_nsset(unsigned long type, struct nsset *nsset)
{
	struct nsproxy *new = create_new_namespaces(0, current, current_user_ns(), current->fs);

	if (IS_ERR(new))
		return (int)PTR_ERR(new);
	nsset->nsproxy = new;
	nsset->own_cred = type != CLONE_NEWUSER;
	nsset->cred = nsset->own_cred ? (struct cred *)current_cred() : prepare_creds();
	return nsset->cred ? 0 : -ENOMEM;
}

static int install_ns(struct nsset *nsset, unsigned long type, void *ns)
{
	if (type == CLONE_NEWUSER)
		return userns_install(ns, nsset->cred);
	return mntns_install(nsset->nsproxy, ns, nsset->cred->user_ns, current->fs);
}

static void commit_nsset(struct nsset *nsset)
{
	if (!nsset->own_cred)
		commit_creds(nsset->cred);
	nsset->cred = NULL;
	switch_task_namespaces(current, nsset->nsproxy);
	nsset->nsproxy = NULL;
}

/* Models: kernel/nsproxy.c:sys_setns() (6.9..) Deviation: pidfds are not supported. */
SYSCALL_DEFINE2(setns, int, fd, int, flags)
{
	unsigned long type = CLONE_NEWUSER;
	struct nsset nsset = { 0 };
	void *ns;
	int err;

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_SETNS_FD, 0, (u32)fd);
	ns = file_namespace(fd_file(f), type);
	if (!ns) {
		type = CLONE_NEWNS;
		ns = file_namespace(fd_file(f), type);
	}
	if (!ns)
		return refuse(-EINVAL, CHK_SETNS_KIND, 0, (u32)fd);
	if (flags && (unsigned long)flags != type)
		return refuse(-EINVAL, CHK_SETNS_TYPE, type, (u32)flags);
	err = prepare_nsset(type, &nsset);
	if (!err)
		err = install_ns(&nsset, type, ns);
	if (!err)
		commit_nsset(&nsset);
	put_nsset(&nsset);
	return err;
}
