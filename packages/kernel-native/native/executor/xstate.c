// SPDX-License-Identifier: MIT
/*
 * User-mode Linux 6.12 copies a process's floating point registers through a
 * buffer of fixed size. Processors with AMX have more state than fits: the host
 * kernel returns a part but accepts only all of it, and the guest's first process
 * dies. If PTRACE_GETREGSET fails, User-mode Linux uses the old FXSAVE state, which
 * always fits.
 */
#include "supervisor.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Size of User-mode Linux's buffer. */
#define BUFFER_BYTES 2696

#define ARG(n) offsetof(struct seccomp_data, args[n])
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

/* ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, ...) fails with EIO. */
static struct sock_filter filter[] = {
	LOAD(offsetof(struct seccomp_data, arch)),
	UNLESS(AUDIT_ARCH_X86_64, 7),
	LOAD(offsetof(struct seccomp_data, nr)),
	UNLESS(SYS_ptrace, 5),
	LOAD(ARG(0)),
	UNLESS(PTRACE_GETREGSET, 3),
	LOAD(ARG(2)),
	UNLESS(NT_X86_XSTATE, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* For this process and its children. If seccomp() fails, the guest reports the problem. */
void xstate_hide(void)
{
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};
	unsigned int a, size, c, d;

	if (!__get_cpuid_count(0xd, 0, &a, &size, &c, &d) || size <= BUFFER_BYTES)
		return;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
#else
/* User-mode Linux runs on x86-64 only. */
void xstate_hide(void)
{
}
#endif
