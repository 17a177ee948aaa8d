// SPDX-License-Identifier: MIT
/*
 * Starts a program on two pipes, or on a socket. Node's fork copies the page tables of
 * the whole process, which takes longer than the rest of a start. Here parent and child
 * share memory until exec, as with vfork().
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
#define SIGNALS 64
/* AF_UNIX and SOCK_STREAM, which Linux's own headers lack. */
#define UNIX 1
#define STREAM 1

enum { IN, OUT, ERR, LINE, FILES };

/* What the child needs. It shares the parent's memory, and so can report its errno. */
struct start {
	char **argv;
	char **envp;
	int files[FILES];	/* what becomes its descriptors 0 to count - 1 */
	int count;
	bool attached;		/* keeps the directory, and gets signals as after a login */
	long failed;
};

/* The number of strings, each of which ends with a NUL. */
static size_t count_strings(const char *bytes, size_t size)
{
	size_t count = 0;

	for (size_t at = 0; at < size; at++)
		count += !bytes[at];
	return count;
}

/* Writes the addresses of the strings and a NULL. Returns what follows them. */
static char **list_strings(char *bytes, size_t size, char **list)
{
	for (size_t at = 0; at < size;) {
		*list++ = bytes + at;
		while (bytes[at++])
			;
	}
	*list = NULL;
	return list + 1;
}

/* Node ignores SIGPIPE and handles others; ignored ones would stay ignored. */
static void reset_signals(void)
{
	unsigned long action[4] = { 0 };
	uint64_t none = 0;

	for (int signal = 1; signal <= SIGNALS; signal++)
		sys6(__NR_rt_sigaction, signal, (long)action, 0, SIGSET, 0, 0);
	sys6(__NR_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, SIGSET, 0, 0);
}

/* The child, on the parent's stack: it only makes system calls, and never returns. */
static __attribute__((noinline)) void run(struct start *start)
{
	long ret = 0;

	for (int fd = IN; fd < start->count && ret >= 0; fd++) {
		int from = start->files[fd];

		ret = from == fd ? sys(__NR_fcntl, fd, F_SETFD, 0) : sys(__NR_dup3, from, fd, 0);
	}
	/* Closes what the parent has left open; before Linux 5.9 it stays open. */
	sys(__NR_close_range, start->count, ~0U, 0);
	if (start->attached)
		reset_signals();
	else if (ret >= 0)
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
	start->files[IN] = requests[0];
	start->files[OUT] = replies[1];
	start->files[ERR] = null;
	start->count = LINE;
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

/* The same on a socket, with our standard files; @end gets the parent's end of it. */
static long spawn_on_socket(struct start *start, int *end)
{
	int pair[2];
	long ret = sys6(__NR_socketpair, UNIX, STREAM | O_CLOEXEC, 0, (long)pair, 0, 0);

	if (ret < 0)
		return ret;
	for (int fd = IN; fd < LINE; fd++)
		start->files[fd] = fd;
	start->files[LINE] = pair[1];
	start->count = FILES;
	start->attached = true;
	ret = spawn(start);
	sys(__NR_close, pair[ret < 0 ? 0 : 1], 0, 0);
	if (ret < 0)
		sys(__NR_close, pair[1], 0, 0);
	else
		*end = pair[0];
	return ret;
}

/*
 * spawn(strings, environment, ends): the first string is the path of the program, all of them are
 * its arguments. Room for two ends: it gets two pipes, in place of its standard files; room for
 * one: it keeps them, and descriptor 3 is a socket. The process id, or -errno.
 */
napi_value js_spawn(napi_env env, napi_callback_info info)
{
	napi_value argv[3], value = NULL;
	char *strings, *environment, *ends;
	size_t argc = 3, size, more, ends_size, all;
	struct start *start;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 3 || !bytes_of(env, argv[0], &strings, &size) || !size ||
	    !bytes_of(env, argv[1], &environment, &more) ||
	    !bytes_of(env, argv[2], &ends, &ends_size) ||
	    (ends_size != sizeof(int) && ends_size != 2 * sizeof(int)))
		return throw(env, "spawn(strings, environment, ends)");
	if (strings[size - 1] || (more && environment[more - 1]))
		return throw(env, "spawn: strings without an end");
	all = sizeof(*start) + (count_strings(strings, size) + count_strings(environment, more) + 2) *
			       sizeof(char *);
	start = pages_get(all);
	if (!start)
		return throw(env, "out of memory");
	start->argv = (char **)(start + 1);
	start->envp = list_strings(strings, size, start->argv);
	list_strings(environment, more, start->envp);
	napi_create_int64(env, ends_size == sizeof(int) ? spawn_on_socket(start, (int *)ends) :
							 spawn_on_pipes(start, (int *)ends), &value);
	pages_put(start, all);
	return value;
}

/*
 * reap(pid, status): waits for a program without blocking. Its pid, 0 if it still runs, or
 * -errno. The status, if there is room for it, is that of wait4().
 */
napi_value js_reap(napi_env env, napi_callback_info info)
{
	napi_value argv[2], value = NULL;
	char *status = NULL;
	size_t argc = 2, size = 0;
	int32_t pid;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 1 || napi_get_value_int32(env, argv[0], &pid) != napi_ok || pid <= 0 ||
	    (argc > 1 && (!bytes_of(env, argv[1], &status, &size) || size != sizeof(int))))
		return throw(env, "reap(pid, status)");
	napi_create_int64(env, sys6(__NR_wait4, pid, (long)status, WNOHANG, 0, 0, 0), &value);
	return value;
}
