/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_BPF_TRACE_H
#define _LINUX_BPF_TRACE_H

/* No trace points; what the kernel's own inode.c needs comes with this. */
#include <linux/bpf.h>
#include <linux/ctype.h>
#include <linux/kmod.h>
#include <linux/sysfs.h>

#endif
