/* SPDX-License-Identifier: MIT */
@kinds@

struct syscall_entry {
	unsigned int nr;
	const char *name;
	unsigned char nargs;
	unsigned char args[6];	/* enum syscall_arg */
};

static const struct syscall_entry syscall_table[] = {
@rows@
};
