/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_BPF_TRACE_H
#define _LINUX_BPF_TRACE_H

/* No tracepoints. An upstream inode.c needs what this header includes. */
#include <linux/bpf.h>
#include <linux/ctype.h>
#include <linux/kmod.h>
#include <linux/sysfs.h>

#endif
