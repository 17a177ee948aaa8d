// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages and warnings. Stands in for kernel/printk/printk.c, kernel/panic.c and lib/dump_stack.c.
 * The host gets every message.
 */
#include <linux/kernel.h>
#include <linux/printk.h>

#include "glue.h"

static int warnings;

int _printk(const char *f, ...)
{
	static char b[1024];
	va_list a;
	int n;
	va_start(a, f);
	n = vscnprintf(b, sizeof(b), f, a);
	va_end(a);
	host_log(b, n);
	return n;
}

int _printk_deferred(const char *f, ...)
{
	return 0;
}

void dump_stack_lvl(const char *l)
{
}

void panic(const char *f, ...)
{
	__builtin_trap();
}

void warn_slowpath_fmt(const char *file, int line, unsigned int taint, const char *format, ...)
{
	warnings++;
	_printk("WARNING: %s:%d\n", file, line);
}

EXPORT(kernel_warnings) int kernel_warnings(void)
{
	return warnings;
}
