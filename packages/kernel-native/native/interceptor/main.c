// SPDX-License-Identifier: MIT
/*
 * bpf-token-intercept: runs a program whose calls about BPF another process answers.
 * `bpf-token exec --subject` starts it. It installs a seccomp filter in the program and
 * sends the filter's listener to the other process, through a socket. While that process
 * waits for nothing but calls, this one watches the listener. It ends all processes of the
 * program when its first one ends, or when the other process asks for it or has ended.
 */
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include "filter.h"
#include "intercepted/rights.h"
#include "process.h"

/* Requests: one byte each; src/program/protocol.ts has the same. */
enum { WATCH = 'W', END = 'E' };
/*
 * What this process says: first the listener's number, in a message that carries the listener.
 * Then this, for a call after WATCH.
 */
enum { CALL_WAITS = -1 };

enum { LISTENER, SOCKET, PROGRAM, POLLED };

static struct pollfd polled[POLLED];
static int program;
/* -1: it still runs. */
static int program_status = -1;

static int complain(const char *a, const char *b, int status)
{
	char message[600];

	mini_complain(mini_join(message, sizeof(message), "bpf-token-intercept: ", a, b, NULL));
	return status;
}

/* No SIGPIPE if the other process has ended: that would leave what the program started. */
static bool say(int32_t number)
{
	return SYS(__NR_sendto, polled[SOCKET].fd, &number, sizeof(number), NO_SIGNAL, 0, 0) ==
	       sizeof(number);
}

/* Reaps a child: the program, or an orphan of it. Returns its id, or -errno. */
static long reap(int flags)
{
	int status;
	long pid = SYS(__NR_wait4, -1, &status, flags, 0);

	if (pid == program)
		program_status = status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
	return pid;
}

/* There may be more children than any buffer holds. */
static void kill_children(void)
{
	char text[4096];
	long count, pid = 0;
	long fd = SYS(__NR_openat, AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC, 0);

	while ((count = SYS(__NR_read, fd, text, sizeof(text))) > 0) {
		for (long i = 0; i < count; i++) {
			if (text[i] != ' ') {
				pid = 10 * pid + text[i] - '0';
				continue;
			}
			SYS(__NR_kill, pid, SIG_KILL);
			pid = 0;
		}
	}
	SYS(__NR_close, fd);
}

/*
 * Ends the program and all that it started: a process without a parent becomes a child
 * of this one.
 */
static void end_all(void)
{
	do
		kill_children();
	while (reap(0) != -MINI_ECHILD);
}

/* Does what the other process asks for. Returns false if it has ended. */
static bool obey(void)
{
	char request;
	long n = SYS(__NR_read, polled[SOCKET].fd, &request, 1);

	if (n < 1)
		return n == -MINI_EINTR || n == -MINI_EAGAIN;
	if (request == END)
		end_all();
	else if (request == WATCH)
		polled[LISTENER].events = POLLIN;
	return true;
}

static int serve(void)
{
	for (;;) {
		long n = SYS(__NR_ppoll, polled, POLLED, NULL, NULL, 0);

		if (n < 0 && n != -MINI_EINTR)
			break;
		while (reap(WNOHANG) > 0)
			;
		/* What it left in the background would wait for answers that nobody gives. */
		if (program_status >= 0)
			break;
		if (n <= 0)
			continue;
		if (polled[SOCKET].revents && !obey())
			break;
		/* No task has the filter any more. */
		if (polled[LISTENER].revents & POLLHUP)
			break;
		if (!(polled[LISTENER].revents & POLLIN))
			continue;
		polled[LISTENER].events = 0;
		if (!say(CALL_WAITS))
			break;
	}
	/* At POLLHUP the program is about to end by itself. */
	while (program_status < 0 && polled[LISTENER].revents & POLLHUP && reap(0) > 0)
		;
	end_all();
	return program_status < 0 ? 128 + SIG_KILL : program_status;
}

/* In the child, which shares its file descriptors with the parent until the exec. */
static _Noreturn void child(char **argv, char **envp, int report, uint64_t mask)
{
	long listener;
	struct iovec part = { &listener, sizeof(listener) };

	SYS(__NR_prctl, PR_SET_PDEATHSIG, SIG_KILL, 0, 0, 0);
	listener = install_filter();
	/* The filter already reports write(2), and nobody would answer. */
	SYS(__NR_pwritev2, report, &part, 1, -1, -1, 0);
	if (listener < 0)
		mini_exit(126);
	set_signal(SIG_INT, 0);
	set_signal(SIG_QUIT, 0);
	block_signals(mask);
	execute_or_exit("bpf-token-intercept", argv, envp);
}

/* Why calls cannot be intercepted here, in front of the name of the error. */
static const char *why_not(long error)
{
	if (error == -MINI_EBUSY)
		return "another program intercepts the calls of this process already, such as "
		       "exec --subject or a container manager: ";
	return "calls cannot be intercepted here, which needs Linux 5.14 and a seccomp filter: ";
}

static int run(char **argv, char **envp, int socket)
{
	uint64_t mask = block_signals(~0UL);
	long listener = -1, pid;
	struct rights rights;
	int report[2];

	if (SYS(__NR_pipe2, report, O_CLOEXEC) < 0)
		return complain("no pipe can be made", "", 126);
	SYS(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = SYS(__NR_clone, CLONE_FILES | SIG_CHLD, 0, 0, 0, 0);
	if (pid == 0)
		child(argv, envp, report[1], mask);
	/* The terminal sends its signals to the program too, which decides what they do. */
	set_signal(SIG_INT, 1);
	set_signal(SIG_QUIT, 1);
	block_signals(mask);
	if (pid < 0)
		return complain("no process can be started: ", mini_error_name(pid), 126);
	program = (int)pid;
	SYS(__NR_read, report[0], &listener, sizeof(listener));
	if (listener < 0)
		return complain(why_not(listener), mini_error_name(listener), 3);
	polled[LISTENER] = (struct pollfd){ .fd = (int)listener };
	polled[SOCKET] = (struct pollfd){ .fd = socket, .events = POLLIN };
	polled[PROGRAM] = (struct pollfd){
		.fd = (int)SYS(__NR_pidfd_open, pid, 0), .events = POLLIN,
	};
	rights_init(&rights, (int32_t)listener, (int32_t)listener);
	SYS(__NR_sendmsg, socket, &rights.message, NO_SIGNAL);
	return serve();
}

int mini_main(int argc, char **argv, char **envp)
{
	long fd = argc > 4 && mini_equal(argv[1], "--fd") ? mini_number(argv[2]) : -1;

	if (fd < 0 || !mini_equal(argv[3], "--"))
		return complain("usage: bpf-token-intercept --fd N -- COMMAND [ARGUMENT]...", "", 2);
	SYS(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC);
	return run(argv + 4, envp, (int)fd);
}
