// SPDX-License-Identifier: MIT
/*
 * Starts a program on two pipes. Node's fork copies the page tables of the whole
 * process, which takes longer than the rest of a start. Here parent and child share
 * memory until exec, as with vfork().
 */
#include <linux/fcntl.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/wait.h>
#include <node_api.h>
#include "addon.h"
#include "napi.h"
#include "sys.h"

/* Bytes of the kernel's sigset. */
#define SIGSET 8
/* Entries of argv or envp, including the NULL at the end. */
#define STRINGS 4096

enum { IN, OUT, ERR, STANDARD };

/* What the child needs. It shares the parent's memory, and so can report its errno. */
struct start {
	char *argv[STRINGS];
	char *envp[STRINGS];
	int standard[STANDARD];
	long failed;
};

/* Splits strings that each end with a NUL. False: too many, or the last has no NUL. */
static bool take_strings(char *bytes, size_t size, char **list)
{
	size_t count = 0;

	if (size && bytes[size - 1])
		return false;
	for (size_t at = 0; at < size; count++) {
		if (count + 1 == STRINGS)
			return false;
		list[count] = bytes + at;
		while (bytes[at++])
			;
	}
	list[count] = NULL;
	return true;
}

/* The child, on the parent's stack: it only makes system calls, and never returns. */
static __attribute__((noinline)) void run(struct start *start)
{
	long ret = 0;

	for (int fd = IN; fd < STANDARD && ret >= 0; fd++) {
		int from = start->standard[fd];

		ret = from == fd ? sys(__NR_fcntl, fd, F_SETFD, 0) : sys(__NR_dup3, from, fd, 0);
	}
	/* Closes what the parent has left open; before Linux 5.9 it stays open. */
	sys(__NR_close_range, STANDARD, ~0U, 0);
	if (ret >= 0)
		ret = sys(__NR_chdir, "/", 0, 0);
	if (ret >= 0)
		ret = sys(__NR_execve, start->argv[0], start->argv, start->envp);
	start->failed = ret;
	for (;;)
		sys(__NR_exit, 127, 0, 0);
}

/* The process id, or -errno. */
static __attribute__((noinline)) long spawn(struct start *start)
{
	uint64_t all = ~0ULL, before;
	long pid;

	/* Otherwise a signal handler of Node could run in the child, on the shared memory. */
	sys6(__NR_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&before, SIGSET, 0, 0);
	pid = sys6(__NR_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0, 0);
	if (pid == 0)
		run(start);
	sys6(__NR_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, SIGSET, 0, 0);
	if (pid > 0 && start->failed) {
		sys6(__NR_wait4, pid, 0, 0, 0, 0, 0);
		return start->failed;
	}
	return pid;
}

static void close_pair(const int pair[2])
{
	sys(__NR_close, pair[0], 0, 0);
	sys(__NR_close, pair[1], 0, 0);
}

/* The process id, or -errno; @ends gets the parent's ends, for requests and answers. */
static long spawn_on_pipes(struct start *start, int ends[2])
{
	int requests[2], replies[2];
	long null, ret = sys(__NR_pipe2, requests, O_CLOEXEC, 0);

	if (ret < 0)
		return ret;
	ret = sys(__NR_pipe2, replies, O_CLOEXEC, 0);
	if (ret < 0) {
		close_pair(requests);
		return ret;
	}
	null = sys6(__NR_openat, AT_FDCWD, (long)"/dev/null", O_WRONLY | O_CLOEXEC, 0, 0, 0);
	start->standard[IN] = requests[0];
	start->standard[OUT] = replies[1];
	start->standard[ERR] = null;
	ret = null < 0 ? null : spawn(start);
	sys(__NR_close, null, 0, 0);
	if (ret < 0) {
		close_pair(requests);
		close_pair(replies);
		return ret;
	}
	sys(__NR_close, requests[0], 0, 0);
	sys(__NR_close, replies[1], 0, 0);
	ends[0] = requests[1];
	ends[1] = replies[0];
	return ret;
}

/*
 * spawn(strings, environment, ends): the first string is the path of the program, all of them are
 * its arguments. The process id, or -errno.
 */
napi_value js_spawn(napi_env env, napi_callback_info info)
{
	napi_value argv[3], value = NULL;
	char *strings, *environment, *ends;
	size_t argc = 3, size, more, ends_size;
	struct start *start;
	bool fits;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 3 || !bytes_of(env, argv[0], &strings, &size) || !size ||
	    !bytes_of(env, argv[1], &environment, &more) ||
	    !bytes_of(env, argv[2], &ends, &ends_size) || ends_size != 2 * sizeof(int))
		return throw(env, "spawn(strings, environment, ends)");
	start = pages_get(sizeof(*start));
	if (!start)
		return throw(env, "out of memory");
	fits = take_strings(strings, size, start->argv) &&
	       take_strings(environment, more, start->envp);
	if (fits)
		napi_create_int64(env, spawn_on_pipes(start, (int *)ends), &value);
	pages_put(start, sizeof(*start));
	return fits ? value : throw(env, "spawn: strings without an end, or too many");
}

/* reap(pid): waits for a program without blocking. Its pid, 0 if it still runs, or -errno. */
napi_value js_reap(napi_env env, napi_callback_info info)
{
	napi_value argv[1], value = NULL;
	size_t argc = 1;
	int32_t pid;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 1 || napi_get_value_int32(env, argv[0], &pid) != napi_ok || pid <= 0)
		return throw(env, "reap(pid)");
	napi_create_int64(env, sys6(__NR_wait4, pid, 0, WNOHANG, 0, 0, 0), &value);
	return value;
}
