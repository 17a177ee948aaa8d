// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls of the host. On wasm32 they are the exports of the module; a native build has the same
 * functions. abi.json describes layouts and numbers for the host; the asserts here check it.
 */
#include <linux/arch.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fd_kind.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/lsm_answer.h>
#include <linux/mnt_namespace.h>
#include <linux/nsproxy.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/start_kernel.h>
#include <linux/syscalls.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>
#include <generated/check_hash.h>
#include <generated/syscalls.h>
#include <trace/refusal.h>

#include "abi.h"
#include "entry.h"

ABI_NUMBERS;
ABI_CALL_BLOCK;
ABI_REFUSAL_ENTRY;
ABI_REFUSAL_LOG;
ABI_LSM_CALL;

#define DECLARE_SYSCALL(name, ...) s64 sys_##name(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
SYSCALL_TABLE(DECLARE_SYSCALL)

#define SYSCALL_SLOT(name, nr, ...) [nr] = sys_##name,
static const syscall_fn_t sys_call_table[NR_SYSCALLS_END] = {
	SYSCALL_TABLE(SYSCALL_SLOT)
};

static struct call_block block;
static char unknown_syscall[32];

static struct task_struct *find_running(u32 pid)
{
	struct task_struct *task = find_task_by_vpid((pid_t)pid);

	return task && !task->exit_state ? task : NULL;
}

/* Deferred work belongs to no process, so it runs as init. */
static u32 settle(void)
{
	u32 ran = 0, now;

	current = &init_task;
	do {
		now = run_workqueue();
		task_work_run();
		ran += now;
	} while (now);
	return ran;
}

/* Each operation begins here: runs deferred work, then switches to the process. */
static bool enter(u32 pid)
{
	struct task_struct *task;

	settle();
	refusal_log_reset();
	task = find_running(pid);
	if (!task)
		return false;
	current = task;
	return true;
}

/* Each operation ends here: releases files before the host looks at the kernel. */
static s64 leave(s64 ret)
{
	task_work_run();
	if (!arch_canary_ok())
		BUG();
	return ret;
}

/** kernel_abi_version() - Get the version of the ABI. */
u32 kernel_abi_version(void)
{
	return KERNEL_ABI_VERSION;
}

/** kernel_checks() - Get the hash of the table of checks, whose numbers the log uses. */
u32 kernel_checks(void)
{
	return CHECK_TABLE_HASH;
}

/** kernel_boot() - Boot, once per instance; see start_kernel(). */
s32 kernel_boot(u32 release, u32 unprivileged_bpf_disabled, u32 seed, u32 flags)
{
	struct boot_params params = {
		.release = release,
		.unprivileged_bpf_disabled = unprivileged_bpf_disabled,
		.seed = seed,
		.flags = flags,
	};

	return (s32)leave(start_kernel(&params));
}

/** kernel_call_block() - Get the buffer for a call and its result. */
struct call_block *kernel_call_block(void)
{
	return &block;
}

/** syscall_get_nr() - Get the number of the call in progress. */
unsigned int syscall_get_nr(void)
{
	return block.nr;
}

static s64 dispatch(void)
{
	syscall_fn_t fn = block.nr < NR_SYSCALLS_END ? sys_call_table[block.nr] : NULL;
	const u64 *a = block.args;

	if (fn)
		return fn(a[0], a[1], a[2], a[3], a[4], a[5]);
	snprintf(unknown_syscall, sizeof(unknown_syscall), "syscall %u", block.nr);
	return not_modelled_text(unknown_syscall);
}

/**
 * kernel_syscall() - Make the system call in the call block.
 * @pid: the calling process
 *
 * Return: the result, truncated to 32 bits. The block has all 64 bits, and in out[0] whether user
 * memory was written. -ESRCH if the process does not exist or has exited.
 */
s32 kernel_syscall(u32 pid)
{
	u32 i;

	for (i = block.nargs; i < ARRAY_SIZE(block.args); i++)
		block.args[i] = 0;
	block.ret = leave(enter(pid) ? dispatch() : -ESRCH);
	/* what runs after the call, such as the end of a filesystem, has no result of its own */
	if (block.ret >= 0 && refusal_log.not_modelled)
		block.ret = -ENOTMODELLED;
	block.out[0] = user_written();
	return (s32)block.ret;
}

/** kernel_run_as() - Run a function as a process; for tests of kernel functions. */
void kernel_run_as(u32 pid, void (*what)(u64 argument), u64 argument)
{
	if (enter(pid))
		what(argument);
	leave(0);
}

/** kernel_user_alloc() - Allocate user memory for the next call; 0 on failure. */
unsigned long kernel_user_alloc(u32 size)
{
	return user_alloc(size);
}

/** kernel_user_reset() - Free all user memory; only between calls. */
void kernel_user_reset(void)
{
	user_reset();
}

/** kernel_fork() - Fork @pid; returns the child's pid or -errno. */
s32 kernel_fork(u32 pid)
{
	return (s32)leave(enter(pid) ? kernel_clone() : -ESRCH);
}

/** kernel_exec() - Execute a program in @pid; returns 0 or -errno. */
s32 kernel_exec(u32 pid)
{
	return (s32)leave(enter(pid) ? begin_new_exec() : -ESRCH);
}

/** kernel_exit() - End @pid. */
void kernel_exit(u32 pid, s32 status)
{
	struct task_struct *task;

	if (enter(pid)) {
		task = current;
		do_exit(status);
		leave(0);
		if (task->orphan) {
			current = &init_task;
			free_task(task);
		}
	}
}

/** kernel_wait() - Reap an exited child of @pid; returns its status or -ECHILD. */
s32 kernel_wait(u32 pid, u32 child)
{
	return (s32)leave(enter(pid) ? kernel_wait_task(current, (pid_t)child) : -ESRCH);
}

/** kernel_send_fd() - Send an fd from @from to @to; returns the fd there or -errno. */
s32 kernel_send_fd(u32 from, u32 fd, u32 to)
{
	struct task_struct *receiver;

	if (!enter(from))
		return -ESRCH;
	receiver = find_running(to);
	return (s32)leave(receiver ? scm_send_fd(current, fd, receiver) : -ESRCH);
}

static int open_ns(struct task_struct *task, u32 kind)
{
	struct file *file;
	void *ns;
	int fd;

	if (kind != CLONE_NEWUSER && kind != CLONE_NEWNS)
		return -EINVAL;
	if (!ptrace_may_access(task, PTRACE_MODE_READ_FSCREDS))
		return refuse(-EACCES, CHK_PROC_LINK_ACCESS, 0, (u64)task->pid);
	if (kind == CLONE_NEWUSER)
		ns = __task_cred(task)->user_ns;
	else
		ns = task->nsproxy->mnt_ns;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = open_namespace_file(kind, ns);
	if (IS_ERR(file)) {
		put_unused_fd((unsigned int)fd);
		return (int)PTR_ERR(file);
	}
	fd_install((unsigned int)fd, file);
	return fd;
}

/** kernel_open_ns() - Open a namespace of @of in @pid, as by /proc; returns an fd or -errno. */
s32 kernel_open_ns(u32 pid, u32 of, u32 kind)
{
	struct task_struct *task;

	if (!enter(pid))
		return -ESRCH;
	task = find_running(of);
	return (s32)leave(task ? open_ns(task, kind) : -ESRCH);
}

/** kernel_sysctl_write() - Write a sysctl as @pid; returns 0 or -errno. */
s32 kernel_sysctl_write(u32 pid, u32 id, s32 value)
{
	return (s32)leave(enter(pid) ? sysctl_write(id, value) : -ESRCH);
}

/** kernel_sysctl_read() - Read a sysctl; -EINVAL for an unknown one. */
s32 kernel_sysctl_read(u32 id)
{
	return sysctl_read(id);
}

/** kernel_settle() - Run all deferred work; returns the number of items. */
u32 kernel_settle(void)
{
	return settle();
}

/** kernel_fd_next() - Find the next open fd of @pid from @from on, described in out[]; or -1. */
s32 kernel_fd_next(u32 pid, u32 from)
{
	struct task_struct *task = find_running(pid);
	struct fdtable *fdt;
	struct file *file;

	if (!task)
		return -1;
	fdt = task->files->fdt;
	while (from < fdt->max_fds && !fdt->fd[from])
		from++;
	if (from >= fdt->max_fds)
		return -1;
	file = fdt->fd[from];
	block.out[0] = file_kind(file);
	block.out[1] = (close_on_exec(from, fdt) ? FD_INFO_CLOEXEC : 0) |
		       (file->f_mode & FMODE_PATH ? FD_INFO_PATH : 0);
	block.out[2] = (u32)file_inode(file)->i_ino;
	block.out[3] = (u32)atomic_long_read(&file->f_count);
	return (s32)from;
}

/** kernel_refusals() - Get the log of the last operation. */
struct refusal_log *kernel_refusals(void)
{
	return &refusal_log;
}

/** kernel_brk() - Get the end of the memory in use. */
unsigned long kernel_brk(void)
{
	return heap_end();
}

/** kernel_live() - Count the live objects of a kind; -1 for an unknown kind. */
s32 kernel_live(u32 kind)
{
	return kind < NR_LIVE_KINDS ? live_count[kind] : -1;
}

/** kernel_lsm_answer() - Set the second LSM's answer to a hook. */
void kernel_lsm_answer(u32 hook, s32 answer)
{
	set_lsm_answer(hook, answer);
}

/** kernel_lsm_asked() - Set the hooks that ask the host if the second LSM allows. */
void kernel_lsm_asked(u32 hooks)
{
	set_lsm_asked(hooks);
}

/**
 * kernel_fail_nth() - Make the n-th request of a kind fail; 0 for none.
 *
 * Return: how many requests the previous setting had left.
 */
u32 kernel_fail_nth(u32 kind, u32 n)
{
	return kind < NR_FAULT_KINDS ? set_fail_nth(kind, n) : 0;
}
