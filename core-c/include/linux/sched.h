/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H

#include <linux/list.h>
#include <linux/pid.h>
#include <linux/types.h>
#include <uapi/linux/sched.h>
#include <uapi/linux/resource.h>

struct cred;
struct files_struct;
struct fs_struct;
struct nsproxy;
struct user_namespace;

#define TASK_COMM_LEN 16
#define MAX_TASKS 64

/* task_struct.atomic_flags: bit 0 is no_new_privs */

struct signal_struct {
	struct rlimit64 rlim[RLIM_NLIMITS];
};

struct task_struct {
	pid_t pid;
	pid_t tgid;
	int exit_state;
	int exit_code;
	unsigned int atomic_flags;
	unsigned int flags;
	bool orphan;		/* its parent has exited, so nobody waits for it */
	int dumpable;		/* SUID_DUMP_*; in the kernel in mm_struct */
	struct user_namespace *mm_user_ns;	/* of the last execve(); likewise */
	struct task_struct *real_parent;
	struct list_head tasks;
	const struct cred *real_cred;
	const struct cred *cred;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct signal_struct signal_data;
	char comm[TASK_COMM_LEN];
};

/* task_struct.flags */
#define PF_EXITING 0x00000004
#define PF_SUPERPRIV 0x00000100

/* task_struct.exit_state */
#define EXIT_ZOMBIE 0x00000020

extern struct task_struct init_task;
extern struct task_struct *current_task;
extern struct list_head task_list;
#define current current_task

#define for_each_process(p) list_for_each_entry(p, &task_list, tasks)

static inline pid_t task_pid_nr(const struct task_struct *task)
{
	return task->pid;
}

#define task_pid_vnr(task) task_pid_nr(task)
#define task_tgid_vnr(task) ((task)->tgid)

static inline bool task_no_new_privs(const struct task_struct *p)
{
	return p->atomic_flags & 1;
}

static inline void task_set_no_new_privs(struct task_struct *p)
{
	p->atomic_flags |= 1;
}

static inline u64 rlimit(unsigned int limit)
{
	return current_task->signal->rlim[limit].rlim_cur;
}

/*
 * Dumpable decides who may inspect the process and who owns its files in /proc. Changing ids or
 * gaining capabilities sets SUID_DUMP_DISABLE.
 */
#define SUID_DUMP_DISABLE 0
#define SUID_DUMP_USER 1
#define SUID_DUMP_ROOT 2

/* kernel/fork.c, kernel/exit.c, fs/exec.c */
pid_t kernel_clone(void);
int ksys_unshare(u64 unshare_flags);
void do_exit(int status);
int kernel_wait_task(struct task_struct *parent, pid_t pid);
void free_task(struct task_struct *p);
int begin_new_exec(void);

#endif /* _LINUX_SCHED_H */
