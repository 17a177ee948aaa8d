// SPDX-License-Identifier: GPL-2.0-only
/* fork() and unshare(). */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

#define ALL_NAMESPACES \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | \
	 CLONE_NEWCGROUP | CLONE_NEWTIME)

struct task_struct *current_task = &init_task;
LIST_HEAD(task_list);

static pid_t last_pid = 1;

/** find_task_by_vpid() - Find a process by pid, zombies included; NULL if there is none. */
struct task_struct *find_task_by_vpid(pid_t nr)
{
	struct task_struct *p;

	for_each_process(p)
		if (p->pid == nr)
			return p;
	return NULL;
}

/** free_task() - Free a zombie, or a process whose creation failed. */
void free_task(struct task_struct *p)
{
	if (p->cred)
		exit_creds(p);
	put_user_ns(p->mm_user_ns);
	list_del(&p->tasks);
	live_dec(LIVE_TASKS);
	if (p != &init_task)
		kfree(p);
}

static struct task_struct *dup_task_struct(const struct task_struct *orig)
{
	struct task_struct *p = kmalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	*p = *orig;
	p->flags = 0;
	p->orphan = false;
	p->signal = &p->signal_data;
	p->real_parent = (struct task_struct *)orig;
	p->cred = p->real_cred = NULL;
	p->fs = NULL;
	p->files = NULL;
	get_user_ns(p->mm_user_ns);
	list_add_tail(&p->tasks, &task_list);
	live_inc(LIVE_TASKS);
	return p;
}

static int copy_process_parts(struct task_struct *p)
{
	struct files_struct *files;
	int err = copy_creds(p, 0);

	if (err)
		return err;
	files = dup_fd(current->files);
	if (IS_ERR(files))
		return (int)PTR_ERR(files);
	p->files = files;
	p->fs = copy_fs_struct(current->fs);
	if (!p->fs) {
		exit_files(p);
		return -ENOMEM;
	}
	err = copy_namespaces(0, p);
	if (err) {
		exit_fs(p);
		exit_files(p);
	}
	return err;
}

/**
 * kernel_clone() - Fork the caller.
 *
 * Models: kernel/fork.c:copy_process() (6.9..) without flags.
 * Deviation: at most MAX_TASKS processes, zombies included.
 *
 * Return: the new process id or -ENOMEM.
 */
pid_t kernel_clone(void)
{
	struct task_struct *p;
	int err;

	if (live_count[LIVE_TASKS] >= MAX_TASKS)
		return not_modelled(UNMODELLED_TASKS);
	p = dup_task_struct(current);
	if (!p)
		return -ENOMEM;
	/* no pid yet, so that nobody finds the process */
	p->pid = -1;
	err = copy_process_parts(p);
	if (err) {
		free_task(p);
		return err;
	}
	p->pid = ++last_pid;
	p->tgid = p->pid;
	return p->pid;
}

/* Models: kernel/fork.c:check_unshare_flags() (6.9..) for single-threaded processes */
static int check_unshare_flags(u64 flags)
{
	const u64 known = CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM |
			  CLONE_FILES | CLONE_SYSVSEM | CLONE_NEWUSER | ALL_NAMESPACES;

	return flags & ~known ? not_modelled(UNMODELLED_UNSHARE_FLAGS) : 0;
}

static int unshare_fs(unsigned long flags, struct fs_struct **new_fs)
{
	struct fs_struct *fs = current->fs;

	if (!(flags & CLONE_NEWNS))
		return 0;
	*new_fs = copy_fs_struct(fs);
	return *new_fs ? 0 : -ENOMEM;
}

static void switch_fs(struct fs_struct *new_fs)
{
	struct fs_struct *old = current->fs;

	current->fs = new_fs;
	free_fs_struct(old);
}

/**
 * ksys_unshare() - Move the caller into new namespaces.
 * @flags: CLONE_NEW*
 *
 * Models: kernel/fork.c:ksys_unshare() (6.9..)
 * Deviation: only user and mount namespaces exist. The flags of other namespaces are checked and
 * need the same capability, but have no effect.
 *
 * Return: 0 or -errno.
 */
int ksys_unshare(u64 flags)
{
	struct nsproxy *new_nsproxy = NULL;
	struct fs_struct *new_fs = NULL;
	struct cred *new_cred = NULL;
	int err;

	if (flags & CLONE_NEWUSER)
		flags |= CLONE_THREAD | CLONE_FS;
	if (flags & CLONE_NEWNS)
		flags |= CLONE_FS;
	err = check_unshare_flags(flags);
	if (err)
		return err;
	err = unshare_fs(flags, &new_fs);
	if (err)
		return err;
	err = unshare_userns(flags, &new_cred);
	if (err)
		goto out_fs;
	err = unshare_nsproxy_namespaces(flags, &new_nsproxy, new_cred, new_fs);
	if (err)
		goto out_cred;
	if (new_nsproxy)
		switch_task_namespaces(current, new_nsproxy);
	if (new_fs)
		switch_fs(new_fs);
	if (new_cred)
		commit_creds(new_cred);
	return 0;

out_cred:
	if (new_cred)
		abort_creds(new_cred);
out_fs:
	if (new_fs)
		free_fs_struct(new_fs);
	return err;
}

SYSCALL_DEFINE1(unshare, u64, unshare_flags)
{
	return ksys_unshare(unshare_flags);
}
