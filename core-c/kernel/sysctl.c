// SPDX-License-Identifier: GPL-2.0-only
/* Sysctls that concern bpf(). */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/start_kernel.h>
#include <linux/sysctl.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

#define UNPRIV_LOCKED 1
#define UNPRIV_MAX 2

/**
 * bpf_unpriv_write() - Write kernel.unprivileged_bpf_disabled as the caller.
 * @value: the new value
 *
 * Models: kernel/bpf/syscall.c:bpf_unpriv_handler() (6.9..): SY-08 to SY-11.
 */
static int bpf_unpriv_write(s32 value)
{
	if (!capable(CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_SYSCTL_CAP, evidence_cap(CAP_SYS_ADMIN, &init_user_ns),
			      evidence_caps_held());
	if (value < 0 || value > UNPRIV_MAX)
		return refuse(-EINVAL, CHK_SYSCTL_RANGE, UNPRIV_MAX, (u64)(s64)value);
	if (sysctl_unprivileged_bpf_disabled == UNPRIV_LOCKED && value != UNPRIV_LOCKED)
		return refuse(-EPERM, CHK_SYSCTL_LOCKED, UNPRIV_LOCKED, (u64)value);
	sysctl_unprivileged_bpf_disabled = value;
	return 0;
}

/**
 * sysctl_write() - Write a sysctl with the caller's permissions.
 *
 * Return: 0 or -errno; -EINVAL for an unknown sysctl, -ENOENT without bpf().
 */
int sysctl_write(u32 id, s32 value)
{
	if (boot_params.flags & BOOT_NO_BPF_SYSCALL)
		return -ENOENT;
	if (id == SYSCTL_UNPRIVILEGED_BPF_DISABLED)
		return bpf_unpriv_write(value);
	return -EINVAL;
}

/**
 * sysctl_read() - Read a sysctl.
 *
 * Return: its value; -EINVAL for an unknown sysctl, -ENOENT without bpf().
 */
int sysctl_read(u32 id)
{
	if (boot_params.flags & BOOT_NO_BPF_SYSCALL)
		return -ENOENT;
	if (id == SYSCTL_UNPRIVILEGED_BPF_DISABLED)
		return sysctl_unprivileged_bpf_disabled;
	return -EINVAL;
}
