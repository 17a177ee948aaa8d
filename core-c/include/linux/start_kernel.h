/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_START_KERNEL_H
#define _LINUX_START_KERNEL_H

#include <linux/types.h>

/* Boot parameters from the host. */
struct boot_params {
	u32 release;			/* a code of linux/release.h */
	u32 unprivileged_bpf_disabled;	/* 0, 1 or 2 */
	u32 seed;			/* unused: nothing in the model is random */
	u32 flags;			/* BOOT_* */
};

#define BOOT_NO_BPF_SYSCALL 0x1	/* no CONFIG_BPF_SYSCALL */
#define BOOT_NO_VMLINUX_BTF 0x2	/* no CONFIG_DEBUG_INFO_BTF */
#define BOOT_FLAGS (BOOT_NO_BPF_SYSCALL | BOOT_NO_VMLINUX_BTF)

extern struct boot_params boot_params;

/* init/main.c: boots; 0, -EBUSY if already booted, -EINVAL, or another -errno. */
int start_kernel(const struct boot_params *params);

#endif /* _LINUX_START_KERNEL_H */
