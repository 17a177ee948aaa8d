// SPDX-License-Identifier: MIT
/*
 * Tries what the running kernel can do: a child in a new user namespace and this
 * process create a token together, as a container and its manager do. Nothing is
 * mounted anywhere and nothing stays.
 *
 * Prints `NAME VALUE` lines: 0 for yes, an error number for no.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "exec.h"
#include "token_room.h"

/* Commands that older headers do not define. */
enum {
	CMD_TOKEN_CREATE = 36,
};

/* The fields that are needed here, from the start of the attr. */
struct token_create {
	uint32_t flags;
	uint32_t bpffs_fd;
};

struct get_info {
	uint32_t fd;
	uint32_t length;
	uint64_t info;
};

/* A call that hangs must not block Node. */
#define LIMIT_S 50

struct attempt {
	pid_t child;
	int to_child;
	int from_child;
};

static int error_of(long ret)
{
	return ret < 0 ? errno : 0;
}

static int create_token(const struct token_create *attr)
{
	if (token_may_be_created())
		return syscall(SYS_bpf, CMD_TOKEN_CREATE, attr, sizeof(*attr));
	errno = EMFILE;
	return -1;
}

/*
 * The container's half. It shares the fd table of its parent, so it is enough to
 * pass numbers. It makes raw calls only: its memory is a copy of the parent's.
 */
static void container(int in, int out)
{
	struct token_create attr = { 0 };
	int words[2] = { 0 };
	int mount, root;
	int token;

	words[0] = error_of(syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS));
	if (!words[0]) {
		words[1] = syscall(SYS_fsopen, "bpf", 0);
		words[0] = error_of(words[1]);
	}
	if (!write_all(out, words, sizeof(words)) || !read_all(in, &mount, sizeof(mount)))
		return;
	root = syscall(SYS_openat, mount, ".", O_RDONLY | O_DIRECTORY, 0);
	attr.bpffs_fd = root;
	token = root < 0 ? -1 : create_token(&attr);
	words[0] = error_of(token);
	words[1] = token;
	write_all(out, words, sizeof(words));
}

static bool start_container(struct attempt *attempt)
{
	int down[2], up[2];

	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
		return false;
	attempt->to_child = down[1];
	attempt->from_child = up[0];
	attempt->child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (attempt->child == 0) {
		alarm(LIMIT_S);
		container(down[0], up[1]);
		_exit(0);
	}
	return attempt->child > 0;
}

/* The manager's half: sets the delegate options and creates a detached mount. */
static int manage(int context)
{
	if (syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "delegate_cmds", "any", 0) ||
	    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return syscall(SYS_fsmount, context, 0, 0);
}

static int get_info(int token)
{
	/* Four masks, as since Linux 6.17. */
	uint64_t info[4] = { 0 };
	struct get_info attr = {
		.fd = token,
		.length = sizeof(info),
		.info = (uintptr_t)info,
	};

	return error_of(syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)));
}

static void report(const struct attempt *attempt)
{
	int words[2];
	int mount;

	if (!read_all(attempt->from_child, words, sizeof(words)))
		return;
	printf("userns %d\n", words[0]);
	if (words[0])
		return;
	mount = manage(words[1]);
	printf("bpffs %d\n", error_of(mount));
	if (mount < 0 || !write_all(attempt->to_child, &mount, sizeof(mount)) ||
	    !read_all(attempt->from_child, words, sizeof(words)))
		return;
	printf("token %d\n", words[0]);
	if (!words[0])
		printf("token_info %d\n", get_info(words[1]));
}

int probe_main(void)
{
	struct attempt attempt = { 0 };

	printf("protocol %d\n", PROTOCOL_VERSION);
	signal(SIGPIPE, SIG_IGN);
	alarm(LIMIT_S);
	if (!start_container(&attempt)) {
		printf("userns %d\n", errno);
		return 0;
	}
	report(&attempt);
	fflush(stdout);
	kill(attempt.child, SIGKILL);
	waitpid(attempt.child, NULL, 0);
	return 0;
}
