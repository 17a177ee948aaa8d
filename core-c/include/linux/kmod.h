/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_KMOD_H
#define _LINUX_KMOD_H

#include <linux/compiler.h>
#include <linux/errno.h>

/* No modules. */
static inline int __printf(1, 2) request_module(const char *name, ...)
{
	(void)name;
	return -ENOSYS;
}

#endif
