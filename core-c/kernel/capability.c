// SPDX-License-Identifier: GPL-2.0-only
/* Capability checks, capget() and capset(). */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

static bool ns_capable_common(struct user_namespace *ns, int cap, unsigned int opts)
{
	BUG_ON(!cap_valid(cap));
	if (security_capable(current_cred(), ns, cap, opts))
		return false;
	current->flags |= PF_SUPERPRIV;
	return true;
}

/**
 * ns_capable() - Does the caller have a capability in a user namespace?
 * @ns: the namespace
 * @cap: the capability
 *
 * Models: kernel/capability.c:ns_capable() (6.9..)
 */
bool ns_capable(struct user_namespace *ns, int cap)
{
	return ns_capable_common(ns, cap, CAP_OPT_NONE);
}

/** ns_capable_noaudit() - Like ns_capable(), without an audit record. */
bool ns_capable_noaudit(struct user_namespace *ns, int cap)
{
	return ns_capable_common(ns, cap, CAP_OPT_NOAUDIT);
}

/** ns_capable_setid() - Like ns_capable(), for changing ids. */
bool ns_capable_setid(struct user_namespace *ns, int cap)
{
	return ns_capable_common(ns, cap, CAP_OPT_INSETID);
}

/** capable() - Does the caller have a capability in the initial user namespace? */
bool capable(int cap)
{
	return ns_capable(&init_user_ns, cap);
}

/** has_ns_capability() - Does another process have a capability in a user namespace? */
bool has_ns_capability(struct task_struct *t, struct user_namespace *ns, int cap)
{
	return security_capable(__task_cred(t), ns, cap, CAP_OPT_NONE) == 0;
}

/** file_ns_capable() - Did the opener of a file have a capability when opening it? */
bool file_ns_capable(const struct file *file, struct user_namespace *ns, int cap)
{
	BUG_ON(!cap_valid(cap));
	return security_capable(file->f_cred, ns, cap, CAP_OPT_NONE) == 0;
}

/* Set @tocopy to the number of 32-bit words in the caller's version of the struct. */
static int cap_validate_magic(cap_user_header_t header, unsigned int *tocopy)
{
	u32 version;

	if (get_user(version, &header->version))
		return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(version), 0);
	switch (version) {
	case _LINUX_CAPABILITY_VERSION_1:
		*tocopy = _LINUX_CAPABILITY_U32S_1;
		return 0;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		*tocopy = _LINUX_CAPABILITY_U32S_3;
		return 0;
	default:
		if (put_user((u32)_LINUX_CAPABILITY_VERSION_3, &header->version))
			return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(version), 0);
		return refuse(-EINVAL, CHK_CAPSET_VERSION, _LINUX_CAPABILITY_VERSION_3, version);
	}
}

static const struct cred *cap_get_target(pid_t pid)
{
	struct task_struct *task = pid ? find_task_by_vpid(pid) : current;

	if (!task)
		return refuse_ptr(-ESRCH, CHK_CAPGET_TASK, (u64)pid, 0);
	return __task_cred(task);
}

/* Models: kernel/capability.c:sys_capget() (6.9..) */
SYSCALL_DEFINE2(capget, cap_user_header_t, header, cap_user_data_t, dataptr)
{
	struct __user_cap_data_struct kdata[2];
	const struct cred *cred;
	unsigned int tocopy;
	pid_t pid;
	int err;

	err = cap_validate_magic(header, &tocopy);
	if (!dataptr || err)
		/*
		 * a call without data asks for the preferred version, so an invalid version is no
		 * error
		 */
		return !dataptr && err == -EINVAL ? 0 : err;
	if (get_user(pid, &header->pid))
		return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(pid), 0);
	if (pid < 0)
		return refuse(-EINVAL, CHK_CAPGET_PID, 0, (u32)pid);
	cred = cap_get_target(pid);
	if (IS_ERR(cred))
		return PTR_ERR(cred);
	kdata[0].effective = (u32)cred->cap_effective.val;
	kdata[1].effective = (u32)(cred->cap_effective.val >> 32);
	kdata[0].permitted = (u32)cred->cap_permitted.val;
	kdata[1].permitted = (u32)(cred->cap_permitted.val >> 32);
	kdata[0].inheritable = (u32)cred->cap_inheritable.val;
	kdata[1].inheritable = (u32)(cred->cap_inheritable.val >> 32);
	if (copy_to_user(dataptr, kdata, tocopy * sizeof(kdata[0])))
		return refuse(-EFAULT, CHK_USER_MEMORY, tocopy * sizeof(kdata[0]), 0);
	return 0;
}

/* Unknown bits are silently ignored. */
static kernel_cap_t mk_kernel_cap(u32 low, u32 high)
{
	return (kernel_cap_t){ (low | (u64)high << 32) & CAP_VALID_MASK };
}

/* Models: kernel/capability.c:sys_capset() (6.9..) */
SYSCALL_DEFINE2(capset, cap_user_header_t, header, cap_user_data_t, data)
{
	struct __user_cap_data_struct kdata[2] = { 0 };
	kernel_cap_t inheritable, permitted, effective;
	unsigned int tocopy;
	struct cred *new;
	pid_t pid;
	int err;

	err = cap_validate_magic(header, &tocopy);
	if (err)
		return err;
	if (get_user(pid, &header->pid))
		return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(pid), 0);
	if (pid && pid != task_pid_vnr(current))
		return refuse(-EPERM, CHK_CAPSET_PID, (u64)current->pid, (u32)pid);
	if (copy_from_user(kdata, data, tocopy * sizeof(kdata[0])))
		return refuse(-EFAULT, CHK_USER_MEMORY, tocopy * sizeof(kdata[0]), 0);
	effective = mk_kernel_cap(kdata[0].effective, kdata[1].effective);
	permitted = mk_kernel_cap(kdata[0].permitted, kdata[1].permitted);
	inheritable = mk_kernel_cap(kdata[0].inheritable, kdata[1].inheritable);
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	err = security_capset(new, current_cred(), &effective, &inheritable, &permitted);
	if (err < 0) {
		abort_creds(new);
		return err;
	}
	return commit_creds(new);
}
