// SPDX-License-Identifier: GPL-2.0-only
/* The ptrace access check. Tracing itself is not modelled. */
#include <linux/cred.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>

static bool same_ids(const struct cred *tcred, kuid_t uid, kgid_t gid)
{
	return uid_eq(uid, tcred->euid) && uid_eq(uid, tcred->suid) && uid_eq(uid, tcred->uid) &&
	       gid_eq(gid, tcred->egid) && gid_eq(gid, tcred->sgid) && gid_eq(gid, tcred->gid);
}

/* Models: security/commoncap.c:cap_ptrace_access_check() (6.9..) */
static bool cap_ptrace_access(const struct cred *tcred, unsigned int mode)
{
	const struct cred *cred = current_cred();
	kernel_cap_t caps = mode & PTRACE_MODE_FSCREDS ? cred->cap_effective : cred->cap_permitted;

	if (cred->user_ns == tcred->user_ns && cap_issubset(tcred->cap_permitted, caps))
		return true;
	return ns_capable(tcred->user_ns, CAP_SYS_PTRACE);
}

/**
 * ptrace_may_access() - May the caller inspect a process?
 * @task: the process
 * @mode: PTRACE_MODE_*
 *
 * Models: kernel/ptrace.c:__ptrace_may_access() (6.9..), for processes that nobody traces.
 */
bool ptrace_may_access(struct task_struct *task, unsigned int mode)
{
	const struct cred *cred = current_cred();
	const struct cred *tcred = __task_cred(task);
	bool fs = mode & PTRACE_MODE_FSCREDS;

	if (task == current)
		return true;
	if (!same_ids(tcred, fs ? cred->fsuid : cred->uid, fs ? cred->fsgid : cred->gid) &&
	    !ns_capable(tcred->user_ns, CAP_SYS_PTRACE))
		return false;
	/* a zombie has no address space */
	if (!task->exit_state && task->dumpable != SUID_DUMP_USER &&
	    !ns_capable(task->mm_user_ns, CAP_SYS_PTRACE))
		return false;
	return cap_ptrace_access(tcred, mode);
}
