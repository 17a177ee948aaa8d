/* SPDX-License-Identifier: MIT */
/* Kinds of arguments. IN: the kernel reads memory, OUT: it writes memory, INOUT: both. */
enum syscall_arg {
	ARG_NONE,
	ARG_FD,
	ARG_INT,
	ARG_UINT,
	ARG_LONG,
	ARG_ULONG,
	ARG_MODE,
	ARG_STR,
	ARG_PTR_IN,
	ARG_PTR_OUT,
	ARG_PTR_INOUT
};
