// SPDX-License-Identifier: MIT
/*
 * Runs a program where a container with a delegated BPF FS would run it:
 *
 *	bpf-exec delegate AT CAPS HOLD [KEY=VALUE]... -- COMMAND [ARGUMENT]...
 *
 * This process becomes the program, so that signals, the terminal and the exit
 * status are the program's own. It makes a user and a mount namespace; a child
 * that stays outside of them, the manager, does what only root of the machine
 * may: maps ids and says what is delegated.
 *
 * Descriptor 3 is a line to whoever started us. A failure is told there as
 * `fail STEP ERRNO WHAT`; end-of-file without a word means that the program runs.
 * With HOLD we say `ready`, what is there, and wait for a byte.
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

#define LINE 3

/* All of the machine's ids, as they are: files keep their owners. */
#define ALL_IDS "0 0 4294967295\n"

/* Numbers that older headers do not have. */
enum {
	CMD_TOKEN_CREATE = 36,
};

struct token_create {
	uint32_t flags;
	uint32_t bpffs_fd;
};

/* What was asked for, and how program and manager talk. Descriptors are shared until exec. */
struct dance {
	const char *at;
	uint64_t caps;
	bool hold;
	char **options;		/* KEY=VALUE, up to the first that is none */
	char **command;
	pid_t self;
	pid_t parent;
	int to_manager;
	int from_manager;
};

/* How the manager's part ended: 0, or an error number and the option that it is about. */
struct verdict {
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

/* One option at a time: the kernel adds up what is repeated, and we know which it refused. */
static bool set_option(int context, const char *option)
{
	const char *value = strchr(option, '=');
	char key[32];

	snprintf(key, sizeof(key), "%.*s", (int)(value - option), option);
	return !syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value + 1, 0);
}

static struct verdict manage(const struct dance *dance, int context)
{
	struct verdict verdict = { .step = STEP_IDS };

	if (!map_ids(dance->self))
		goto failed;
	verdict.step = STEP_OPTION;
	for (; strchr(dance->options[verdict.option], '='); verdict.option++)
		if (!set_option(context, dance->options[verdict.option]))
			goto failed;
	verdict.step = STEP_CREATE;
	if (!syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return (struct verdict){ 0 };
failed:
	verdict.error = errno;
	return verdict;
}

static _Noreturn void manager(const struct dance *dance, int in, int out)
{
	struct verdict verdict;
	int context;

	if (!read_all(in, &context, sizeof(context)))
		_exit(1);
	verdict = manage(dance, context);
	write_all(out, &verdict, sizeof(verdict));
	_exit(0);
}

/* It shares our descriptors: numbers are all that has to be passed. */
static pid_t start_manager(struct dance *dance)
{
	int down[2], up[2];
	pid_t pid;

	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
		fail("pipes", errno, "-");
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid < 0)
		fail("fork", errno, "-");
	if (pid == 0)
		manager(dance, down[0], up[1]);
	dance->to_manager = down[1];
	dance->from_manager = up[0];
	return pid;
}

static void ask_manager(const struct dance *dance, pid_t pid, int context)
{
	static const char *const steps[] = { "ids", "option", "create" };
	struct verdict verdict = { .error = EPIPE };
	const char *option;

	if (write_all(dance->to_manager, &context, sizeof(context)))
		read_all(dance->from_manager, &verdict, sizeof(verdict));
	/* The program must not find a child that it did not start. */
	waitpid(pid, NULL, 0);
	option = verdict.step == STEP_OPTION ? dance->options[verdict.option] : "-";
	if (verdict.error)
		fail(steps[verdict.step], verdict.error, option);
}

static void mount_bpffs(const struct dance *dance, int context)
{
	int mount = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID |
			    MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	int place = open(dance->at, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (place < 0)
		fail("mount", errno, dance->at);
	if (mount < 0)
		fail("fsmount", errno, "-");
	if (syscall(SYS_move_mount, mount, "", place, "",
		    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		fail("mount", errno, dance->at);
	close(place);
	close(mount);
	close(context);
}

/* Leaves the capabilities that were asked for, and no way to more of them. */
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

/* The line of /proc/self/mountinfo that is ours: the last one at that place. */
static void tell_mount(const char *at)
{
	FILE *list = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *found = NULL;
	char *real = realpath(at, NULL);
	size_t room = 0;

	while (list && real && getline(&line, &room, list) > 0) {
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

/* Makes a token and lets it go: what the program will be told when it tries. */
static int try_token(const char *at)
{
	struct token_create attr = { 0 };
	int root = open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;
	int token;

	if (root < 0)
		return errno;
	attr.bpffs_fd = root;
	token = syscall(SYS_bpf, CMD_TOKEN_CREATE, &attr, sizeof(attr));
	if (token < 0)
		error = errno;
	else
		close(token);
	close(root);
	return error;
}

static void tell_all(const struct dance *dance)
{
	char byte;

	dprintf(LINE, "ready\n");
	tell_mount(dance->at);
	dprintf(LINE, "token %d\n", try_token(dance->at));
	dprintf(LINE, "go\n");
	if (!read_all(LINE, &byte, 1))
		_exit(3);
}

static _Noreturn void become(const struct dance *dance)
{
	/* Killed where it cannot pass on a signal, who started us takes the program along. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != dance->parent)
		_exit(3);
	execvp(dance->command[0], dance->command);
	fail("exec", errno, dance->command[0]);
}

static _Noreturn void dance_all(struct dance *dance)
{
	pid_t pid;
	int context;

	if (fcntl(LINE, F_SETFD, FD_CLOEXEC))
		_exit(3);
	pid = start_manager(dance);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		fail("unshare", errno, "-");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		fail("slave", errno, "-");
	context = syscall(SYS_fsopen, "bpf", FSOPEN_CLOEXEC);
	if (context < 0)
		fail("fsopen", errno, "-");
	ask_manager(dance, pid, context);
	mount_bpffs(dance, context);
	drop_caps(dance->caps);
	if (dance->hold)
		tell_all(dance);
	become(dance);
}

/* argv: AT CAPS HOLD [KEY=VALUE]... -- COMMAND [ARGUMENT]... */
int delegate_main(char **argv)
{
	struct dance dance = { .self = getpid(), .parent = getppid() };
	char **at = argv + 3;

	if (!argv[0] || !argv[1] || !argv[2])
		return 2;
	dance.at = argv[0];
	dance.caps = strtoull(argv[1], NULL, 0);
	dance.hold = argv[2][0] == '1';
	dance.options = at;
	while (*at && strcmp(*at, "--")) {
		if (!strchr(*at, '='))
			return 2;
		at++;
	}
	if (!*at || !at[1])
		return 2;
	dance.command = at + 1;
	dance_all(&dance);
}
