/* SPDX-License-Identifier: MIT */
/* The numbers of x86-64, on every host. */
enum syscall_nr {
@numbers@
	NR_SYSCALLS_END = @end@
};

@kinds@

/* X(name, number, number of arguments, six kinds of arguments) */
#define SYSCALL_TABLE(X) \
@rows@
