/* SPDX-License-Identifier: MIT */
/* Numbers of x86-64, on every machine. */
enum syscall_nr {
@numbers@
	NR_SYSCALLS_END = @end@
};

@kinds@

/* X(name, number, number of arguments, six kinds of arguments) */
#define SYSCALL_TABLE(X) \
@rows@
