// SPDX-License-Identifier: MIT
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include "filter.h"

/* Since Linux 5.19; older headers do not define it. */
enum { WAIT_KILLABLE = 1 << 5 };

#if defined(__x86_64__)
const uint32_t own_arch = AUDIT_ARCH_X86_64;
#define OLD(name, number) CALL(name, number)
#else
const uint32_t own_arch = AUDIT_ARCH_AARCH64;
#endif

static const struct {
	int here;
	int on_x64;
} calls[] = {
#define CALL(name, number) { __NR_##name, number },
#include "calls.def"
};

int number_on_x64(int nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].here == nr)
			return calls[i].on_x64;
	return -1;
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
		unsigned char left = (unsigned char)(ARRAY_SIZE(calls) - i);

		insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						      (uint32_t)calls[i].here, left, 0);
	}
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	return n;
}

long install_filter(void)
{
	struct sock_filter insns[ARRAY_SIZE(calls) + 6];
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
