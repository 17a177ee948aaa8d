// SPDX-License-Identifier: GPL-2.0-only
/* Modules. Models: kernel/module/main.c. Deviation: unmodelled. */
#include <linux/syscalls.h>

#include <trace/refusal.h>

SYSCALL_DEFINE3(init_module, void __user *, umod, unsigned long, len, const char __user *, uargs)
{
	return not_modelled(UNMODELLED_MODULES);
}
