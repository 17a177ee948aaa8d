// SPDX-License-Identifier: MIT
/*
 * Runs a program as a container with a bpffs that delegates would run it:
 *
 *	bpf-exec delegate AT CAPS HOLD [KEY=VALUE]... -- COMMAND [ARGUMENT]...
 *
 * This process executes the program itself, so signals, the terminal and the
 * exit status are the program's own. It creates a user and a mount namespace.
 * The manager, a child outside of both, does what needs root on the host: it
 * writes the id maps and sets the delegate options.
 *
 * fd 3 is a line to the process that started this one. A failure is reported
 * there as `fail STEP ERRNO WHAT`; end-of-file without output means that the
 * program runs. With HOLD, `ready` and what was set up are written, and the
 * program starts after a byte was read.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "exec.h"
#include "token_room.h"

#define LINE 3

/* The identity map of all ids: files keep their owners. */
#define ALL_IDS "0 0 4294967295\n"

/* Commands that older headers do not define. */
enum {
	CMD_TOKEN_CREATE = 36,
};

struct token_create {
	uint32_t flags;
	uint32_t bpffs_fd;
};

/* The arguments, and the pipes to the manager. Both share one fd table until exec. */
struct setup {
	const char *at;
	uint64_t caps;
	bool hold;
	char **options;		/* KEY=VALUE, up to the first argument without = */
	char **command;
	pid_t self;
	pid_t parent;
	int to_manager;
	int from_manager;
};

/* The manager's result: 0, or an errno and the option that failed. */
struct result {
	int error;
	int option;
	int step;
};

enum step { STEP_IDS, STEP_OPTION, STEP_CREATE };

static _Noreturn void fail(const char *step, int error, const char *what)
{
	dprintf(LINE, "fail %s %d %s\n", step, error, what);
	_exit(3);
}

static bool map_ids(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	if (!write_file(AT_FDCWD, path, ALL_IDS))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	return write_file(AT_FDCWD, path, ALL_IDS);
}

/* One value at a time: the kernel ORs repeated options, and a failure names its option. */
static bool set_option(int context, const char *option)
{
	const char *value = strchr(option, '=');
	char key[32];

	snprintf(key, sizeof(key), "%.*s", (int)(value - option), option);
	return !syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value + 1, 0);
}

static struct result manage(const struct setup *setup, int context)
{
	struct result result = { .step = STEP_IDS };

	if (!map_ids(setup->self))
		goto failed;
	result.step = STEP_OPTION;
	for (; strchr(setup->options[result.option], '='); result.option++)
		if (!set_option(context, setup->options[result.option]))
			goto failed;
	result.step = STEP_CREATE;
	if (!syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return (struct result){ 0 };
failed:
	result.error = errno;
	return result;
}

static _Noreturn void manager(const struct setup *setup, int in, int out)
{
	struct result result;
	int context;

	if (!read_all(in, &context, sizeof(context)))
		_exit(1);
	result = manage(setup, context);
	write_all(out, &result, sizeof(result));
	_exit(0);
}

/* It shares the fd table of this process, so it is enough to pass numbers. */
static pid_t start_manager(struct setup *setup)
{
	int down[2], up[2];
	pid_t pid;

	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
		fail("pipes", errno, "-");
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid < 0)
		fail("fork", errno, "-");
	if (pid == 0)
		manager(setup, down[0], up[1]);
	setup->to_manager = down[1];
	setup->from_manager = up[0];
	return pid;
}

static void ask_manager(const struct setup *setup, pid_t pid, int context)
{
	static const char *const steps[] = { "ids", "option", "create" };
	struct result result = { .error = EPIPE };
	const char *option;

	if (write_all(setup->to_manager, &context, sizeof(context)))
		read_all(setup->from_manager, &result, sizeof(result));
	/* The program must not inherit a child that it did not start. */
	waitpid(pid, NULL, 0);
	option = result.step == STEP_OPTION ? setup->options[result.option] : "-";
	if (result.error)
		fail(steps[result.step], result.error, option);
}

static void mount_bpffs(const struct setup *setup, int context)
{
	int mount = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID |
			    MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	int place = open(setup->at, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (place < 0)
		fail("mount", errno, setup->at);
	if (mount < 0)
		fail("fsmount", errno, "-");
	if (syscall(SYS_move_mount, mount, "", place, "",
		    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		fail("mount", errno, setup->at);
	close(place);
	close(mount);
	close(context);
}

/* Keeps only the requested capabilities, and drops the rest from the bounding set. */
static void drop_caps(uint64_t keep)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			fail("bounding", errno, "-");
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capget, &head, sets))
		fail("capget", errno, "-");
	for (int i = 0; i < 2; i++) {
		sets[i].permitted &= keep >> 32 * i;
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, sets))
		fail("capset", errno, "-");
}

/* Our line of /proc/self/mountinfo is the last one with that mount point. */
static void report_mount(const char *at)
{
	FILE *list = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *found = NULL;
	char *real = realpath(at, NULL);
	size_t capacity = 0;

	while (list && real && getline(&line, &capacity, list) > 0) {
		char place[512];

		if (sscanf(line, "%*s %*s %*s %*s %511s", place) != 1 || strcmp(place, real))
			continue;
		free(found);
		found = strdup(line);
	}
	dprintf(LINE, "mount %s", found ? found : "?\n");
	free(line);
	free(found);
	free(real);
	if (list)
		fclose(list);
}

/* Creates a token and closes it. Returns the errno that the program would get. */
static int try_token(const char *at)
{
	struct token_create attr = { 0 };
	int root = open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;
	int token;

	if (root < 0)
		return errno;
	attr.bpffs_fd = root;
	token = -1;
	errno = EMFILE;
	if (token_may_be_created())
		token = syscall(SYS_bpf, CMD_TOKEN_CREATE, &attr, sizeof(attr));
	if (token < 0)
		error = errno;
	else
		close(token);
	close(root);
	return error;
}

static void report_and_wait(const struct setup *setup)
{
	char byte;

	dprintf(LINE, "ready\n");
	report_mount(setup->at);
	dprintf(LINE, "token %d\n", try_token(setup->at));
	dprintf(LINE, "go\n");
	if (!read_all(LINE, &byte, 1))
		_exit(3);
}

static _Noreturn void exec_program(const struct setup *setup)
{
	/* If our parent is killed and cannot forward a signal, the program ends too. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != setup->parent)
		_exit(3);
	execvp(setup->command[0], setup->command);
	fail("exec", errno, setup->command[0]);
}

static _Noreturn void run_delegated(struct setup *setup)
{
	pid_t pid;
	int context;

	if (fcntl(LINE, F_SETFD, FD_CLOEXEC))
		_exit(3);
	pid = start_manager(setup);
	/* Until the program runs, nobody in the new namespaces may trace this process. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		fail("unshare", errno, "-");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		fail("slave", errno, "-");
	context = syscall(SYS_fsopen, "bpf", FSOPEN_CLOEXEC);
	if (context < 0)
		fail("fsopen", errno, "-");
	ask_manager(setup, pid, context);
	mount_bpffs(setup, context);
	drop_caps(setup->caps);
	if (setup->hold)
		report_and_wait(setup);
	exec_program(setup);
}

/* argv: AT CAPS HOLD [KEY=VALUE]... -- COMMAND [ARGUMENT]... */
int delegate_main(char **argv)
{
	struct setup setup = { .self = getpid(), .parent = getppid() };
	char **at = argv + 3;

	if (!argv[0] || !argv[1] || !argv[2])
		return 2;
	setup.at = argv[0];
	setup.caps = strtoull(argv[1], NULL, 0);
	setup.hold = argv[2][0] == '1';
	setup.options = at;
	while (*at && strcmp(*at, "--")) {
		if (!strchr(*at, '='))
			return 2;
		at++;
	}
	if (!*at || !at[1])
		return 2;
	setup.command = at + 1;
	run_delegated(&setup);
}
