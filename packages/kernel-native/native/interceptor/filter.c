// SPDX-License-Identifier: MIT
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include "filter.h"

/* Since Linux 5.19; older headers do not define it. */
enum { WAIT_KILLABLE = 1 << 5 };

/* In struct seccomp_data: the lower half of the first argument. */
enum { FIRST_ARGUMENT = 16 };

#if defined(__x86_64__)
const uint32_t own_arch = AUDIT_ARCH_X86_64;
#define OLD(name, number) CALL(name, number)
#else
const uint32_t own_arch = AUDIT_ARCH_AARCH64;
#endif

enum kind { ANY, OF_FILE, CREATES };

static const struct {
	int here;
	int on_x64;
	enum kind kind;
} calls[] = {
#define CALL(name, number) { __NR_##name, number, ANY },
#define ON_FILE(name, number) { __NR_##name, number, OF_FILE },
#define CREATING(name, number) { __NR_##name, number, CREATES },
#include "calls.def"
};

/* The statements at the end of the filter, as the jumps to them count from it. */
enum { TEST_FLAGS = 4, REPORT = 1, END_SIZE = 4 };

int number_on_x64(int nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].here == nr)
			return calls[i].on_x64;
	return -1;
}

bool is_on_file(int nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].here == nr)
			return calls[i].kind == OF_FILE;
	return false;
}

#define STATEMENT(code, k) { code, 0, 0, k }
#define JUMP(code, k, yes, no) { code, yes, no, k }

/* Calls of other architectures are reported too: nobody else could say that they failed. */
static size_t write_filter(struct sock_filter *insns)
{
	size_t n = 0;

	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, 4);
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, own_arch, 1, 0);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, 0);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		size_t end = n + ARRAY_SIZE(calls) - i + 1 + END_SIZE;
		size_t to = end - (calls[i].kind == CREATES ? TEST_FLAGS : REPORT);
		unsigned char jump = (unsigned char)(to - n - 1);

		insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						      (uint32_t)calls[i].here, jump, 0);
	}
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
	struct sock_filter insns[ARRAY_SIZE(calls) + 5 + END_SIZE];
	struct sock_fprog filter = { .filter = insns };
	long ret;

	filter.len = (unsigned short)write_filter(insns);
	/* Without privileges a filter needs this, and setuid programs have no effect then. */
	ret = SYS(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (ret < 0)
		return ret;
	return SYS(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
		   SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE, &filter);
}
