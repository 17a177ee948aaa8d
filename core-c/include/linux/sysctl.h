/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_SYSCTL_H
#define _LINUX_SYSCTL_H

#include <linux/types.h>

/* Sysctl numbers for the host; not in the kernel. Append only. */
enum sysctl_id {
	SYSCTL_UNPRIVILEGED_BPF_DISABLED,
	NR_SYSCTLS,
};

/* kernel.unprivileged_bpf_disabled: 0 enabled, 1 disabled until reboot, 2 disabled. */
extern int sysctl_unprivileged_bpf_disabled;

int sysctl_write(u32 id, s32 value);
int sysctl_read(u32 id);

#endif /* _LINUX_SYSCTL_H */
