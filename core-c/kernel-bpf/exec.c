// SPDX-License-Identifier: GPL-2.0-only
/*
 * What execve(2) does to a task, without a program. Stands in for fs/exec.c. The program has no set-id
 * bits and no file capabilities, and everyone may read it.
 */
#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/security.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/task_work.h>

#include "glue.h"
#include "task.h"

#if SINCE_7
#include <linux/sched/exec_state.h>

struct mm_struct init_mm;

int set_up_dumpable(struct task_struct *init)
{
	init->exec_state = alloc_task_exec_state(&init_user_ns);
	if (!init->exec_state)
		return -ENOMEM;
	init->exec_state->dumpable = TASK_DUMPABLE_OWNER;
	return 0;
}

static int replace_exec_state(struct user_namespace *ns)
{
	struct task_exec_state *state = alloc_task_exec_state(ns);

	if (!state)
		return -ENOMEM;
	put_task_exec_state(task_exec_state_replace(current, state));
	return 0;
}

static void set_exec_dumpable(bool owner)
{
	task_exec_state_set_dumpable(owner ? TASK_DUMPABLE_OWNER : suid_dumpable);
}
#else
struct mm_struct init_mm = { .user_ns = &init_user_ns };

void set_dumpable(struct mm_struct *mm, int value)
{
	mm->flags = (mm->flags & ~(unsigned long)MMF_DUMPABLE_MASK) | value;
}

int set_up_dumpable(struct task_struct *init)
{
	set_dumpable(init->mm, SUID_DUMP_USER);
	return 0;
}

static int replace_exec_state(struct user_namespace *ns)
{
	return 0;
}

static void set_exec_dumpable(bool owner)
{
	set_dumpable(current->mm, owner ? SUID_DUMP_USER : suid_dumpable);
}
#endif

/* The capability module computes the credentials; another security module would refuse here. */
static int compute_creds(struct linux_binprm *bprm)
{
	bprm->cred = prepare_exec_creds();
	if (!bprm->cred)
		return -ENOMEM;
	if (task_no_new_privs(current))
		bprm->unsafe |= LSM_UNSAFE_NO_NEW_PRIVS;
	return security_bprm_creds_from_file(bprm, bprm->file);
}

static int replace_mm(struct cred *cred)
{
	struct mm_struct *mm = create_mm(cred->user_ns);

	if (!mm)
		return -ENOMEM;
	release_mm(current);
	current->mm = current->active_mm = mm;
	return replace_exec_state(cred->user_ns);
}

static int apply_exec(struct linux_binprm *bprm)
{
	int err = unshare_files();

	if (err)
		return err;
	do_close_on_exec(current->files);
	err = replace_mm(bprm->cred);
	if (err)
		return err;
	current->flags &= ~PF_FORKNOEXEC;
	current->self_exec_id++;
	set_exec_dumpable(uid_eq(current_euid(), current_uid()) &&
			  gid_eq(current_egid(), current_gid()));
	return set_cred_ucounts(bprm->cred);
}

/* Executes a program as the current task. Returns 0 or -errno. */
EXPORT(kernel_exec) int kernel_exec(void)
{
	struct linux_binprm *bprm = kzalloc(sizeof(*bprm), GFP_KERNEL);
	int err;

	if (!bprm)
		return -ENOMEM;
#if SINCE_7
	bprm->file = shmem_kernel_file_setup("program", 0, (vma_flags_t){});
#else
	bprm->file = shmem_kernel_file_setup("program", 0, 0);
#endif
	if (IS_ERR(bprm->file)) {
		err = PTR_ERR(bprm->file);
		goto out;
	}
	err = compute_creds(bprm);
	if (!err)
		err = apply_exec(bprm);
	if (!err) {
		commit_creds(bprm->cred);
		bprm->cred = NULL;
	}
	if (bprm->cred)
		abort_creds(bprm->cred);
	fput(bprm->file);
out:
	kfree(bprm);
	return err;
}
