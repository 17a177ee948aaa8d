// SPDX-License-Identifier: MIT
/*
 * Lists the security modules of the running kernel, and its lockdown mode. It
 * asks the kernel itself, so securityfs need not be mounted.
 *
 * Prints `lsm NAME` in the kernel's order and `lockdown WORD`; a line is missing
 * if the kernel does not report it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "exec.h"

/* lsm_list_modules(2), since Linux 6.8; older headers do not define it. */
#define NR_LSM_LIST_MODULES 461
#define FIRST_ID 100

static const char *const names[] = {
	"capability", "selinux", "smack", "tomoyo", "apparmor", "yama", "loadpin",
	"safesetid", "lockdown", "bpf", "landlock", "ima", "evm", "ipe",
};

static void print_modules(void)
{
	uint64_t ids[64];
	uint32_t size = sizeof(ids);
	long count = syscall(NR_LSM_LIST_MODULES, ids, &size, 0);

	for (long i = 0; i < count; i++) {
		uint64_t index = ids[i] - FIRST_ID;

		if (index < sizeof(names) / sizeof(names[0]))
			printf("lsm %s\n", names[index]);
		else
			printf("lsm number-%llu\n", (unsigned long long)ids[i]);
	}
}

/* A detached mount of securityfs: only this process can see it. */
static int open_securityfs(void)
{
	int context = syscall(SYS_fsopen, "securityfs", FSOPEN_CLOEXEC);
	int mount = -1;

	if (context >= 0 && !syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (context >= 0)
		close(context);
	return mount;
}

/* The word in brackets: `none [integrity] confidentiality`. */
static void print_lockdown(void)
{
	int mount = open_securityfs();
	char text[128];
	char *word, *end;

	if (mount < 0 || !read_file(mount, "lockdown", text, sizeof(text)))
		return;
	word = strchr(text, '[');
	end = word ? strchr(word, ']') : NULL;
	if (end)
		printf("lockdown %.*s\n", (int)(end - word - 1), word + 1);
}

int security_main(void)
{
	print_modules();
	print_lockdown();
	return 0;
}
