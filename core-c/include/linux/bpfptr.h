/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_BPFPTR_H
#define _LINUX_BPFPTR_H

#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* A pointer to memory of user space or of the kernel. */
typedef struct {
	u64 addr;
	bool is_kernel;
} bpfptr_t;

static inline bool bpfptr_is_kernel(bpfptr_t ptr)
{
	return ptr.is_kernel;
}

static inline bpfptr_t make_bpfptr(u64 addr, bool is_kernel)
{
	return (bpfptr_t){ .addr = addr, .is_kernel = is_kernel };
}

static inline bpfptr_t USER_BPFPTR(u64 addr)
{
	return make_bpfptr(addr, false);
}

static inline bpfptr_t KERNEL_BPFPTR(void *p)
{
	return make_bpfptr((u64)(uintptr_t)p, true);
}

static inline bool bpfptr_is_null(bpfptr_t ptr)
{
	return !ptr.addr;
}

#endif
