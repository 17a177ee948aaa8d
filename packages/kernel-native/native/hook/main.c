// SPDX-License-Identifier: MIT
/*
 * bpf-token-hook: an OCI createRuntime hook that mounts a delegating bpffs in a
 * container with a user namespace. README.md of this folder describes it.
 *
 *	bpf-token-hook [--config FILE]		hook: reads the container's state on standard input
 *	bpf-token-hook --check [--config FILE]	reads the configuration only
 *	bpf-token-hook --version		prints the revision, which is in the file for `doctor`
 *	bpf-token-runtime ARGUMENT...		wrapper of an OCI runtime, by its name
 */
#include <asm/unistd.h>
#include "hook.h"
#include "addon/sys.h"

#define DEFAULT_CONFIG "/etc/bpf-token/hook.json"
#define WRAPPER "bpf-token-runtime"
/* Hooks without a revision could be taken over from a container: docs/advisory-joining.md. */
#define REVISION "bpf-token-hook revision 2\n"

static bool is_wrapper(const char *name)
{
	const char *base = name;

	for (; *name; name++)
		if (*name == '/')
			base = name + 1;
	return same(base, WRAPPER);
}

static _Noreturn __attribute__((used)) void start(long *stack)
{
	static struct host_config config;
	static struct container container;
	char **argv = (char **)(stack + 1);
	const char *file = DEFAULT_CONFIG;
	bool check = false;

	if (stack[0] < 1)
		leave(2);
	if (is_wrapper(argv[0]))
		run_runtime(argv, argv + stack[0] + 1);
	for (char **at = argv + 1; *at; at++) {
		if (same(*at, "--check"))
			check = true;
		else if (same(*at, "--config") && at[1])
			file = *++at;
		else if (same(*at, "--version"))
			leave(sys(__NR_write, 1, REVISION, sizeof(REVISION) - 1) < 0);
		else
			fail("unknown argument '", *at, "'. Usage: bpf-token-hook [--check] [--config FILE]");
	}
	read_host_config(file, &config);
	if (check)
		leave(0);
	if (read_container(0, &config, &container))
		mount_delegated(&config, &container);
	leave(0);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tbl start\n");
#endif
