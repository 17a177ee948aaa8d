// SPDX-License-Identifier: GPL-2.0-only
/* Exit and wait. */
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs_struct.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <trace/refusal.h>

/* A process without a parent is freed when it exits. */
static void forget_children(struct task_struct *parent)
{
	struct task_struct *p, *n;

	list_for_each_entry_safe(p, n, &task_list, tasks) {
		if (p->real_parent != parent || p == parent)
			continue;
		if (p->exit_state) {
			free_task(p);
			continue;
		}
		p->real_parent = &init_task;
		p->orphan = true;
	}
}

/**
 * do_exit() - End the caller.
 * @status: exit status for the parent, 0..255
 *
 * Models: kernel/exit.c:do_exit() (6.9..)
 * Deviation: init does not reap orphans; they are freed when they exit. Init itself may exit.
 */
void do_exit(int status)
{
	struct task_struct *tsk = current;

	tsk->flags |= PF_EXITING;
	exit_files(tsk);
	exit_fs(tsk);
	exit_task_namespaces(tsk);
	tsk->exit_code = status & 0xff;
	forget_children(tsk);
	tsk->exit_state = EXIT_ZOMBIE;
}

/**
 * kernel_wait_task() - Reap a child that has exited.
 * @parent: the waiting process
 * @pid: the child
 *
 * Return: its exit status, or -ECHILD if it is not a child of @parent or still runs.
 */
int kernel_wait_task(struct task_struct *parent, pid_t pid)
{
	struct task_struct *p = find_task_by_vpid(pid);
	int status;

	if (!p || p->real_parent != parent || p == parent || !p->exit_state)
		return refuse(-ECHILD, CHK_TASK_NOT_CHILD, (u64)parent->pid, (u32)pid);
	status = p->exit_code;
	free_task(p);
	return status;
}
