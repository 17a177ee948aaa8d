// SPDX-License-Identifier: MIT
#include <asm/socket.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include "filter.h"
#include "intercepted/calls.h"

/* Since Linux 5.19; older headers do not define it. */
enum { WAIT_KILLABLE = 1 << 5 };

/* In struct seccomp_data: the lower halves of arguments. */
enum { FIRST_ARGUMENT = 16, THIRD_ARGUMENT = 32, FIFTH_ARGUMENT = 48 };

/* The statements before the numbers, and those at the end, as the jumps to them count from it. */
enum { START_SIZE = 7 };
enum { TEST_OPTION = 11, TEST_FILE = 7, TEST_FLAGS = 4, REPORT = 1, END_SIZE = 11 };

#define STATEMENT(code, k) { code, 0, 0, k }
#define JUMP(code, k, yes, no) { code, yes, no, k }

/* Where the statements for a kind of call start, counted from the end. */
static size_t start_of(enum call_kind kind)
{
	switch (kind) {
	case SETS:
		return TEST_OPTION;
	case MAPS:
		return TEST_FILE;
	case CREATES:
		return TEST_FLAGS;
	default:
		return REPORT;
	}
}

/*
 * Calls of other architectures are reported too: nobody else could say that they failed. So
 * are those of x32, which have other numbers and the same architecture.
 */
static size_t write_filter(struct sock_filter *insns)
{
	size_t n = 0;

	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, 4);
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, own_arch, 1, 0);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, 0);
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_OF_X32, 0, 2);
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JGE | BPF_K, END_OF_X32, 1, 0);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	for (size_t i = 0; i < intercepted_count; i++) {
		size_t end = n + intercepted_count - i + 1 + END_SIZE;
		size_t to = end - start_of(intercepted_calls[i].kind);
		unsigned char jump = (unsigned char)(to - n - 1);

		insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						      (uint32_t)intercepted_calls[i].here, jump, 0);
	}
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, THIRD_ARGUMENT);
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, SO_ATTACH_BPF, 8, 0);
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, SO_ATTACH_REUSEPORT_EBPF, 7, 0);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	/* mmap() of no file has -1. */
	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, FIFTH_ARGUMENT);
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JSET | BPF_K, 1u << 31, 0, 4);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, FIRST_ARGUMENT);
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JSET | BPF_K,
					      CLONE_NEWUSER | CLONE_NEWNS, 1, 0);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	return n;
}

long install_filter(void)
{
	struct sock_filter insns[MOST_INTERCEPTED + START_SIZE + 1 + END_SIZE];
	struct sock_fprog filter = { .filter = insns };
	long ret;

	filter.len = (unsigned short)write_filter(insns);
	/* Without privileges a filter needs this, and setuid programs have no effect then. */
	ret = SYS(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (ret < 0)
		return ret;
	ret = SYS(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
		  SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE, &filter);
	/* Then signals interrupt calls that wait: src/program/undelivered.ts. */
	if (ret == -MINI_EINVAL)
		ret = SYS(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			  &filter);
	return ret;
}
