// SPDX-License-Identifier: GPL-2.0-only
/* The effects of execve() on the calling process. */
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/user_namespace.h>

/**
 * begin_new_exec() - Apply execve() of a plain program to credentials and fds.
 *
 * Models: fs/exec.c:begin_new_exec() (6.9..) for a program that everybody may read and execute,
 * without set-id bits and file capabilities: CS-05, FD-04.
 *
 * Return: 0 or -ENOMEM.
 */
int begin_new_exec(void)
{
	struct task_struct *me = current;
	const struct cred *old = current_cred();
	struct cred *new = prepare_exec_creds();

	if (!new)
		return -ENOMEM;
	cap_creds_from_exec(new);
	do_close_on_exec(me->files);
	/* the new memory belongs to the caller's user namespace */
	put_user_ns(me->mm_user_ns);
	me->mm_user_ns = get_user_ns(current_user_ns());
	me->dumpable = uid_eq(old->euid, old->uid) && gid_eq(old->egid, old->gid) ?
		       SUID_DUMP_USER : SUID_DUMP_DISABLE;
	/* clears dumpable again if ids or capabilities change */
	commit_creds(new);
	return 0;
}
