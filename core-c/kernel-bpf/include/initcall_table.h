/* SPDX-License-Identifier: GPL-2.0-only */
/* The initcalls of the sources, in the order of their levels. The build generates the table. */
#ifndef INITCALL_TABLE_H
#define INITCALL_TABLE_H

#include <linux/init.h>

struct initcall {
	initcall_t *function;
	const char *name;
	int at_boot; /* whether kernel_initcalls() runs it */
};

extern const struct initcall initcalls[];
extern const int initcalls_count;

#endif
