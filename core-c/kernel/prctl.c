// SPDX-License-Identifier: GPL-2.0-only
/* The prctl(2) options that concern privileges. In the kernel they are in kernel/sys.c. */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/syscalls.h>
#include <trace/refusal.h>
#include <uapi/linux/prctl.h>

static int prctl_no_new_privs(int option, u64 arg2, u64 rest)
{
	u64 wanted = option == PR_SET_NO_NEW_PRIVS;

	if (arg2 != wanted || rest)
		return not_modelled(UNMODELLED_PRCTL_ARGUMENT);
	if (option == PR_GET_NO_NEW_PRIVS)
		return task_no_new_privs(current);
	task_set_no_new_privs(current);
	return 0;
}

static int prctl_set_dumpable(u64 value)
{
	if (value != SUID_DUMP_DISABLE && value != SUID_DUMP_USER)
		return not_modelled(UNMODELLED_PRCTL_ARGUMENT);
	current->dumpable = (int)value;
	return 0;
}

/*
 * Models: kernel/sys.c:sys_prctl() (6.9..)
 * Deviation: options that do not concern privileges are not modelled.
 */
SYSCALL_DEFINE5(prctl, int, option, u64, arg2, u64, arg3, u64, arg4, u64, arg5)
{
	int err = security_task_prctl(option, arg2, arg3, arg4, arg5);

	if (err != -ENOSYS)
		return err;
	switch (option) {
	case PR_SET_NO_NEW_PRIVS:
	case PR_GET_NO_NEW_PRIVS:
		return prctl_no_new_privs(option, arg2, arg3 | arg4 | arg5);
	case PR_SET_DUMPABLE:
		return prctl_set_dumpable(arg2);
	case PR_GET_DUMPABLE:
		return current->dumpable;
	default:
		return not_modelled(UNMODELLED_PRCTL_OPTION);
	}
}
