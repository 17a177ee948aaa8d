// SPDX-License-Identifier: MIT
/*
 * Runs a program with the permissions of another process, to ask the kernel what that
 * process may do:
 *
 *	bpf-exec join PID CAPS [DIR]... -- COMMAND [ARGUMENT]...
 *
 * The program gets the user namespace of the process and, of the capabilities there,
 * CAPS; the mounts and files stay those of the caller. It gets each DIR of the process,
 * which must be a directory of a BPF filesystem, as an open fd: the first is 10. No file
 * is opened, so nothing re-opens a token by a path.
 *
 * A failure is reported on standard error as `fail STEP ERRNO WHAT`, with exit status 3.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "exec.h"

enum { FIRST_DIR = 10, MOST_DIRS = 64, BPFFS_MAGIC = 0xcafe4a11 };

static _Noreturn void fail(const char *step, int error, const char *what)
{
	dprintf(2, "fail %s %d %s\n", step, error, what);
	_exit(3);
}

/* Its links are resolved inside the root of the process, which the process controls. */
static void open_directory(int root, const char *path, int number)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	struct statfs info;

	if (fd < 0 || fstatfs(fd, &info))
		fail("open", errno, path);
	if ((uint32_t)info.f_type != BPFFS_MAGIC)
		fail("type", EINVAL, path);
	if (fd == number)
		return;
	if (dup2(fd, number) < 0)
		fail("open", errno, path);
	close(fd);
}

/* Enters the user namespace, unless it is the caller's own. */
static void enter_namespace(int process)
{
	int fd = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);
	struct stat theirs, ours;

	if (fd < 0 || fstat(fd, &theirs) || stat("/proc/self/ns/user", &ours))
		fail("namespace", errno, "-");
	if (theirs.st_ino != ours.st_ino && setns(fd, CLONE_NEWUSER))
		fail("setns", errno, "-");
	close(fd);
}

/* Ambient capabilities survive the exec of any user; without SECBIT_NOROOT root would get all. */
static void keep_caps(uint64_t keep)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0))
		fail("securebits", errno, "-");
	if (syscall(SYS_capget, &head, sets))
		fail("capget", errno, "-");
	for (int i = 0; i < 2; i++) {
		sets[i].permitted &= keep >> 32 * i;
		sets[i].effective = sets[i].inheritable = sets[i].permitted;
	}
	if (syscall(SYS_capset, &head, sets))
		fail("capset", errno, "-");
	for (int cap = 0; cap < 64; cap++)
		if (sets[cap / 32].permitted >> cap % 32 & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			fail("ambient", errno, "-");
}

/* argv: PID CAPS [DIR]... -- COMMAND [ARGUMENT]... */
int join_main(char **argv)
{
	char path[64];
	int process, root;
	char **at;

	if (!argv[0] || !argv[1] || argv[0][strspn(argv[0], "0123456789")])
		return 2;
	for (at = argv + 2; *at && strcmp(*at, "--"); at++)
		;
	if (!*at || !at[1] || at - argv - 2 > MOST_DIRS)
		return 2;
	snprintf(path, sizeof(path), "/proc/%.20s", argv[0]);
	process = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (process < 0)
		fail("process", errno, argv[0]);
	/* Above the numbers that the program gets. */
	process = fcntl(process, F_DUPFD_CLOEXEC, FIRST_DIR + MOST_DIRS);
	root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	root = root < 0 ? root : fcntl(root, F_DUPFD_CLOEXEC, FIRST_DIR + MOST_DIRS);
	if (root < 0)
		fail("root", errno, argv[0]);
	for (char **dir = argv + 2; dir < at; dir++)
		open_directory(root, *dir, FIRST_DIR + (int)(dir - argv - 2));
	enter_namespace(process);
	keep_caps(strtoull(argv[1], NULL, 0));
	execvp(at[1], at + 1);
	fail("exec", errno, at[1]);
}
