// SPDX-License-Identifier: MIT
/*
 * What the running kernel can do, found by doing it: a child in a user
 * namespace of its own and this process make a token together, the way a
 * container and its manager do. Nothing is mounted anywhere, nothing stays.
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

/* Numbers that older headers do not have. */
enum {
	CMD_TOKEN_CREATE = 36,
};

/* The beginning of the attributes that are needed. */
struct token_create {
	uint32_t flags;
	uint32_t bpffs_fd;
};

struct get_info {
	uint32_t fd;
	uint32_t length;
	uint64_t info;
};

/* A call that hangs must not hang who asks. */
#define LIMIT_S 50

struct story {
	pid_t child;
	int to_child;
	int from_child;
};

static int error_of(long ret)
{
	return ret < 0 ? errno : 0;
}

/*
 * The container's half. It shares the table of descriptors with its parent, so
 * that numbers are all that has to be passed. Only raw calls: it runs beside
 * the parent in a copy of its memory.
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
	token = root < 0 ? -1 : syscall(SYS_bpf, CMD_TOKEN_CREATE, &attr, sizeof(attr));
	words[0] = error_of(token);
	words[1] = token;
	write_all(out, words, sizeof(words));
}

static bool start(struct story *story)
{
	int down[2], up[2];

	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
		return false;
	story->to_child = down[1];
	story->from_child = up[0];
	story->child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (story->child == 0) {
		alarm(LIMIT_S);
		container(down[0], up[1]);
		_exit(0);
	}
	return story->child > 0;
}

/* The manager's half: sets what is delegated, makes the file system, mounts it nowhere. */
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

static void tell(const struct story *story)
{
	int words[2];
	int mount;

	if (!read_all(story->from_child, words, sizeof(words)))
		return;
	printf("userns %d\n", words[0]);
	if (words[0])
		return;
	mount = manage(words[1]);
	printf("bpffs %d\n", error_of(mount));
	if (mount < 0 || !write_all(story->to_child, &mount, sizeof(mount)) ||
	    !read_all(story->from_child, words, sizeof(words)))
		return;
	printf("token %d\n", words[0]);
	if (!words[0])
		printf("token_info %d\n", get_info(words[1]));
}

int probe_main(void)
{
	struct story story = { 0 };

	printf("protocol %d\n", PROTOCOL_VERSION);
	signal(SIGPIPE, SIG_IGN);
	alarm(LIMIT_S);
	if (!start(&story)) {
		printf("userns %d\n", errno);
		return 0;
	}
	tell(&story);
	fflush(stdout);
	kill(story.child, SIGKILL);
	waitpid(story.child, NULL, 0);
	return 0;
}
