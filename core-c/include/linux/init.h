/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_INIT_H
#define _LINUX_INIT_H

#include <linux/compiler.h>

typedef int (*initcall_t)(void);

/* An initcall becomes a named pointer. init/main.c calls it if it is linked in. */
#define __define_initcall(fn) \
	extern const initcall_t initcall_##fn; \
	const initcall_t initcall_##fn = fn;
#define pure_initcall(fn) __define_initcall(fn)
#define core_initcall(fn) __define_initcall(fn)
#define subsys_initcall(fn) __define_initcall(fn)
#define fs_initcall(fn) __define_initcall(fn)
#define device_initcall(fn) __define_initcall(fn)
#define late_initcall(fn) __define_initcall(fn)

#endif /* _LINUX_INIT_H */
