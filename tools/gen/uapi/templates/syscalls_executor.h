/* SPDX-License-Identifier: MIT */
#include <asm/unistd.h>

/* Calls of x86-64 that other machines lack; executor/abi.c makes others in their place. */
#define ABSENT_dup2 (-1)
#ifndef __NR_dup2
#define __NR_dup2 ABSENT_dup2
#endif

@kinds@

struct syscall_entry {
	unsigned int nr;	/* the number on x86-64 */
	int here;		/* the number on this machine */
	const char *name;
	unsigned char nargs;
	unsigned char args[6];	/* enum syscall_arg */
};

static const struct syscall_entry syscall_table[] = {
@rows@
};
