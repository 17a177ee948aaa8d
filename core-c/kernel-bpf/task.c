// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks. Stands in for init/init_task.c, and for kernel_clone(), do_exit() and wait4() of
 * kernel/fork.c and kernel/exit.c. The module has one thread: the host chooses the task that makes
 * the next call. What tasks own is copied and released by the kernel's functions.
 */
#include <linux/binfmts.h>
#include <linux/bpf.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs_struct.h>
#include <linux/ipc_namespace.h>
#include <linux/mnt_namespace.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/securebits.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>

#include "glue.h"
#include "task.h"

#if SINCE_7
#include <linux/sched/coredump.h>
#include <linux/sched/exec_state.h>
#endif

extern struct files_struct init_files;
extern struct fs_struct init_fs;
extern struct nsproxy init_nsproxy;
extern struct ucounts init_ucounts;

struct task_struct init_task;
struct task_struct *wasm_current = &init_task;
struct uts_namespace init_uts_ns;

static struct signal_struct init_signals;
static struct sighand_struct all_handlers;
static struct thread_info thread;
struct thread_info *wasm_ti = &thread;

#if SINCE_7
/* init_cred is static in init/init_task.c since 6.18. */
static struct group_info no_groups = { .usage = REFCOUNT_INIT(2) };

struct cred init_cred = {
	.usage = ATOMIC_INIT(4),
	.uid = GLOBAL_ROOT_UID,
	.gid = GLOBAL_ROOT_GID,
	.suid = GLOBAL_ROOT_UID,
	.sgid = GLOBAL_ROOT_GID,
	.euid = GLOBAL_ROOT_UID,
	.egid = GLOBAL_ROOT_GID,
	.fsuid = GLOBAL_ROOT_UID,
	.fsgid = GLOBAL_ROOT_GID,
	.securebits = SECUREBITS_DEFAULT,
	.cap_permitted = CAP_FULL_SET,
	.cap_effective = CAP_FULL_SET,
	.cap_bset = CAP_FULL_SET,
	.user = INIT_USER,
	.user_ns = &init_user_ns,
	.group_info = &no_groups,
	.ucounts = &init_ucounts,
};

struct task_exec_state init_task_exec_state = {
	.count = REFCOUNT_INIT(2),
	.dumpable = TASK_DUMPABLE_OWNER,
	.user_ns = &init_user_ns,
};
#else
extern struct cred init_cred;
#endif

void init_tasks(void)
{
	int i;

	init_task.cred = init_task.real_cred = &init_cred;
	init_task.fs = &init_fs;
	init_task.files = &init_files;
	init_task.nsproxy = &init_nsproxy;
	init_task.signal = &init_signals;
	refcount_set(&init_task.usage, 2);
#if SINCE_7
	init_task.exec_state = &init_task_exec_state;
	init_task.real_fs = &init_fs;
	init_task.pid = 1;
#endif
	for (i = 0; i < RLIM_NLIMITS; i++)
		init_signals.rlim[i].rlim_cur = init_signals.rlim[i].rlim_max = RLIM_INFINITY;
	init_signals.rlim[RLIMIT_NOFILE].rlim_cur = INR_OPEN_CUR;
	init_signals.rlim[RLIMIT_NOFILE].rlim_max = INR_OPEN_MAX;
	for (i = 0; i < UCOUNT_COUNTS; i++)
		init_user_ns.ucount_max[i] = 10000;
	for (i = 0; i < UCOUNT_RLIMIT_COUNTS; i++)
		init_user_ns.rlimit_max[i] = LONG_MAX;
}

#if SINCE_7
#define exit_namespaces exit_nsproxy_namespaces
typedef u64 clone_flags;
#else
#define exit_namespaces exit_task_namespaces
#define exit_cred_namespaces(task)
typedef unsigned long clone_flags;
#endif

struct cgroup_namespace *copy_cgroup_ns(clone_flags flags, struct user_namespace *ns,
					struct cgroup_namespace *old)
{
	if (flags & CLONE_NEWCGROUP)
		not_modelled("copy_cgroup_ns");
	get_cgroup_ns(old);
	return old;
}

static void init_signal(struct signal_struct *signal)
{
	signal->nr_threads = 1;
	atomic_set(&signal->live, 1);
	refcount_set(&signal->sigcnt, 1);
	INIT_LIST_HEAD(&signal->thread_head);
	INIT_LIST_HEAD(&signal->shared_pending.list);
}

/* An address space belongs to a user namespace; since 7.0 the state of the last execve(2) does. */
struct mm_struct *create_mm(struct user_namespace *ns)
{
	struct mm_struct *mm = kzalloc(sizeof(*mm), GFP_KERNEL);

	if (!mm)
		return NULL;
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
#if !SINCE_7
	mm->user_ns = get_user_ns(ns);
#endif
	return mm;
}

void release_mm(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;

	task->mm = task->active_mm = NULL;
	if (!mm || !atomic_dec_and_test(&mm->mm_users))
		return;
#if !SINCE_7
	put_user_ns(mm->user_ns);
#endif
	kfree(mm);
}

static void add_to_lists(struct task_struct *task, struct pid *pid)
{
	enum pid_type type;

	task->pid = task->tgid = pid_nr(pid);
	task->thread_pid = pid;
	for (type = PIDTYPE_TGID; type < PIDTYPE_MAX; type++)
		task->signal->pids[type] = pid;
	for (type = PIDTYPE_PID; type < PIDTYPE_MAX; type++)
		attach_pid(task, type);
	list_add_tail(&task->thread_node, &task->signal->thread_head);
}

/* The first task is process 1. */
int init_first_task(void)
{
	struct pid *pid = alloc_pid(&init_pid_ns, NULL, 0);

	if (IS_ERR(pid))
		return PTR_ERR(pid);
#if SINCE_7
	init_cgroup_ns.ns = (struct ns_common){
		.__ns_ref = REFCOUNT_INIT(1),
		.__ns_ref_active = ATOMIC_INIT(1),
		.ns_type = CLONE_NEWCGROUP,
	};
#else
	refcount_set(&init_cgroup_ns.ns.count, 1);
#endif
	init_signal(&init_signals);
	INIT_LIST_HEAD(&init_task.tasks);
	INIT_LIST_HEAD(&init_task.children);
	INIT_LIST_HEAD(&init_task.sibling);
	init_task.group_leader = init_task.real_parent = init_task.parent = &init_task;
	init_task.sighand = &all_handlers;
	init_task.flags |= PF_FORKNOEXEC;
	strscpy_pad(init_task.comm, "bpf-exec");
	add_to_lists(&init_task, pid);
	init_pid_ns.child_reaper = &init_task;
	init_task.mm = init_task.active_mm = create_mm(&init_user_ns);
	if (!init_task.mm)
		return -ENOMEM;
	return set_up_dumpable(&init_task);
}

char *__get_task_comm(char *name, size_t size, struct task_struct *task)
{
	strscpy_pad(name, task->comm, size);
	return name;
}

/* The exit_signal of a task whose parent has exited. A negative one would mean a thread. */
#define REAPED_BY_INIT 0

struct task_struct *find_task(u32 pid)
{
	return find_task_by_vpid(pid);
}

/* Makes a task the current one; returns -ESRCH if there is none or it has exited. */
EXPORT(kernel_task) int kernel_task(u32 pid)
{
	struct task_struct *task = find_task(pid);

	if (!task || task->exit_state)
		return -ESRCH;
	wasm_current = task;
	return 0;
}

static int copy_files_of(struct task_struct *task, bool share)
{
	struct files_struct *files = current->files;

	if (share) {
		atomic_inc(&files->count);
	} else {
		files = dup_fd(files, NULL);
		if (IS_ERR(files))
			return PTR_ERR(files);
	}
	task->files = files;
	return 0;
}

static int copy_fs_of(struct task_struct *task)
{
	task->fs = copy_fs_struct(current->fs);
#if SINCE_7
	task->real_fs = task->fs;
#endif
	return task->fs ? 0 : -ENOMEM;
}

static int copy_mm_of(struct task_struct *task)
{
#if SINCE_7
	task->mm = task->active_mm = create_mm(NULL);
	return task->mm ? task_exec_state_copy(task) : -ENOMEM;
#else
	task->mm = task->active_mm = create_mm(current->mm->user_ns);
	if (!task->mm)
		return -ENOMEM;
	task->mm->flags = current->mm->flags;
	return 0;
#endif
}

static int copy_signal_of(struct task_struct *task)
{
	struct signal_struct *signal = kzalloc(sizeof(*signal), GFP_KERNEL);

	task->signal = signal;
	if (!signal)
		return -ENOMEM;
	init_signal(signal);
	memcpy(signal->rlim, current->signal->rlim, sizeof(signal->rlim));
	return 0;
}

/* A task owns what this file gave it, so no one else frees a task. */
static void free_task_parts(struct task_struct *task)
{
	if (task->files)
		exit_files(task);
	if (task->fs)
		exit_fs(task);
	if (task->nsproxy)
		exit_namespaces(task);
	release_mm(task);
#if SINCE_7
	put_task_exec_state(task->exec_state);
	task->exec_state = NULL;
#endif
	if (task->cred)
		exit_creds(task);
	kfree(task->signal);
	kfree(task);
}

static struct task_struct *copy_struct(void)
{
	struct task_struct *task = kmemdup(current, sizeof(*task), GFP_KERNEL);

	if (!task)
		return NULL;
	refcount_set(&task->usage, 1);
	task->flags |= PF_FORKNOEXEC;
	task->files = NULL;
	task->fs = NULL;
	task->nsproxy = NULL;
	task->mm = NULL;
	task->signal = NULL;
	task->task_works = NULL;
	task->pid = 0;
	task->group_leader = task;
	task->exit_signal = SIGCHLD;
	task->real_parent = task->parent = current;
	memset(task->pid_links, 0, sizeof(task->pid_links));
	INIT_LIST_HEAD(&task->children);
	INIT_LIST_HEAD(&task->pending.list);
#if SINCE_7
	task->exec_state = NULL;
#endif
	return task;
}

static int copy_parts(struct task_struct *task, bool share)
{
	int err = copy_creds(task, 0);

	if (err) {
		task->cred = NULL;
		return err;
	}
	err = copy_signal_of(task);
	if (!err)
		err = copy_files_of(task, share);
	if (!err)
		err = copy_fs_of(task);
	if (!err)
		err = copy_mm_of(task);
	if (err)
		return err;
	/* copy_namespaces() counts what the copied pointer names. */
	task->nsproxy = current->nsproxy;
	err = copy_namespaces(0, task);
	if (err)
		task->nsproxy = NULL;
	return err;
}

/*
 * Forks the current task.
 *
 * @share: whether both tasks use one table of file descriptors, as with CLONE_FILES
 * Returns the process id, or -errno.
 */
EXPORT(kernel_fork) int kernel_fork(int share)
{
	struct task_struct *task = copy_struct();
	struct pid *pid;
	int err;

	if (!task)
		return -ENOMEM;
	err = copy_parts(task, share);
	if (!err) {
		pid = alloc_pid(task->nsproxy->pid_ns_for_children, NULL, 0);
		err = PTR_ERR_OR_ZERO(pid);
	}
	if (err) {
		free_task_parts(task);
		return err;
	}
	add_to_lists(task, pid);
	list_add_tail(&task->sibling, &current->children);
	list_add_tail(&task->tasks, &init_task.tasks);
	return task->pid;
}

static void release_zombie(struct task_struct *task)
{
	struct pid *pid = get_pid(task->thread_pid);
	enum pid_type type = PIDTYPE_MAX;
#if SINCE_7
	struct pid *freed[PIDTYPE_MAX] = {};
#endif

	while (type-- > PIDTYPE_PID) {
#if SINCE_7
		detach_pid(freed, task, type);
#else
		detach_pid(task, type);
#endif
	}
#if SINCE_7
	free_pids(freed);
#endif
	list_del(&task->tasks);
	list_del(&task->sibling);
	proc_flush_pid(pid);
	put_pid(pid);
	exit_cred_namespaces(task);
	free_task_parts(task);
}

/* Process 1 reaps the children of a task that exits: those of its own kind are not waited for. */
static void forget_children(struct task_struct *parent)
{
	struct task_struct *child, *next;

	list_for_each_entry_safe(child, next, &parent->children, sibling) {
		if (child->exit_state) {
			release_zombie(child);
			continue;
		}
		child->exit_signal = REAPED_BY_INIT;
		child->real_parent = child->parent = &init_task;
		list_move_tail(&child->sibling, &init_task.children);
	}
}

/* Ends the current task. Process 1 becomes the current task. */
EXPORT(kernel_exit) void kernel_exit(int status)
{
	struct task_struct *task = current;

	task->flags |= PF_EXITING;
	exit_files(task);
	exit_fs(task);
	exit_namespaces(task);
	exit_task_work(task);
	release_mm(task);
	task->exit_code = (status & 0xff) << 8;
	forget_children(task);
	task->exit_state = EXIT_ZOMBIE;
	if (task == &init_task)
		return;
	if (task->exit_signal == REAPED_BY_INIT)
		release_zombie(task);
	wasm_current = &init_task;
}

/* Waits for a child of the current task. Returns its status, or -ECHILD. */
EXPORT(kernel_wait) int kernel_wait_task(u32 pid)
{
	struct task_struct *task = find_task(pid);
	int status;

	if (!task || task == current || task->real_parent != current || !task->exit_state ||
	    task->exit_signal == REAPED_BY_INIT)
		return -ECHILD;
	status = task->exit_code >> 8;
	release_zombie(task);
	return status;
}

/* Programs, which read the fields of a task, see another number than system calls. */
EXPORT(kernel_show_pid) void kernel_show_pid(u32 pid, u32 shown)
{
	struct task_struct *task = find_task(pid);

	if (task)
		task->pid = task->tgid = shown;
}

/* Reaps a task that has exited. The caller need not be its parent. */
EXPORT(kernel_reap) void kernel_reap(u32 pid)
{
	struct task_struct *task = find_task(pid);

	if (task && task->exit_state)
		release_zombie(task);
}

/* Sets the sysctl kernel.unprivileged_bpf_disabled. */
EXPORT(kernel_unprivileged) void kernel_unprivileged(int value)
{
	sysctl_unprivileged_bpf_disabled = value;
}
