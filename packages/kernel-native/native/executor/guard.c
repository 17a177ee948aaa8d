// SPDX-License-Identifier: MIT
/*
 * The guard: the process that was started. It outlives the dispatcher, reports
 * in one sentence why the dispatcher ended if nobody asked for that, and removes
 * the cgroup. The dispatcher sees the end of the guard and then ends too.
 *
 * The guard closes standard output last: its end-of-file means that no process
 * is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "exec.h"

/* The dispatcher sends a byte every second; after this time it counts as stuck. */
#define SILENCE_MS 58000
/* The clock jumps after a pause of the host; then the dispatcher needs a moment. */
#define GRACE_MS 2000
/* How long the kernel may take to end all processes of the namespace. */
#define END_MS 60000

#define NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS)

static void send_lost(const char *text)
{
	struct exec_reply reply = {
		.length = strlen(text),
		.op = OP_LOST,
		.status = STATUS_FAILED,
	};

	if (write_all(STDOUT_FILENO, &reply, sizeof(reply)))
		write_all(STDOUT_FILENO, text, reply.length);
}

/* Resets what the parent may have set: signals, fds, session and name. */
void clean_process(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &usual, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	syscall(SYS_close_range, 3, ~0U, 0);
	/* Ctrl-C is for the process that started us; the executor ends at end-of-file. */
	setsid();
	prctl(PR_SET_NAME, "bpf-exec");
}

/* A copy of this process in new namespaces, started in the cgroup if possible. */
static pid_t clone_dispatcher(struct cgroups *groups)
{
	struct clone_args args = {
		.flags = NAMESPACES | CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
	};
	int group = cgroups_open(groups);
	pid_t pid;

	if (group >= 0) {
		args.cgroup = group;
		groups->inside = true;
		pid = syscall(SYS_clone3, &args, sizeof(args));
		close(group);
		if (pid >= 0)
			return pid;
		groups->inside = false;
	}
	return syscall(SYS_clone, NAMESPACES | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Starts the dispatcher; @line gets the guard's end of the line to it. */
static pid_t start_dispatcher(struct cgroups *groups, uint32_t flags, int *line)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	pid = clone_dispatcher(groups);
	if (pid == 0) {
		close(ends[0]);
		if (ends[1] != DISPATCHER_LINE && dup2(ends[1], DISPATCHER_LINE) < 0)
			_exit(1);
		/* Before it allocates anything or has children. */
		cgroups_enter(groups);
		_exit(dispatcher_main(groups->flags | flags));
	}
	close(ends[1]);
	*line = ends[0];
	return pid;
}

/*
 * Returns when the dispatcher's end of the line closes, which happens at the
 * latest when it dies. False: it was silent for too long and was killed.
 */
static bool watch(int line, pid_t dispatcher)
{
	struct pollfd pfd = { .fd = line, .events = POLLIN };
	char beats[64];

	for (;;) {
		int n = poll(&pfd, 1, SILENCE_MS);

		if (n == 0)
			n = poll(&pfd, 1, GRACE_MS);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0) {
			kill(dispatcher, SIGKILL);
			return false;
		}
		if (read(line, beats, sizeof(beats)) <= 0)
			return true;
	}
}

/* Waits for the dispatcher, and so for all tasks. False: some process does not die. */
static bool reap(pid_t dispatcher, int *status)
{
	int pidfd = syscall(SYS_pidfd_open, dispatcher, 0);
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };

	if (pidfd >= 0 && poll(&pfd, 1, END_MS) == 0)
		return false;
	return waitpid(dispatcher, status, pidfd >= 0 ? WNOHANG : 0) == dispatcher;
}

static void report_end(bool answered, bool reaped, int status)
{
	char text[128];

	if (!answered)
		return send_lost("the executor's dispatcher did not answer for 60 s and was killed");
	if (!reaped)
		return send_lost("a process of the executor does not end");
	if (WIFSIGNALED(status)) {
		snprintf(text, sizeof(text), "the executor's dispatcher was ended by signal %d",
			 WTERMSIG(status));
		return send_lost(text);
	}
	if (WEXITSTATUS(status)) {
		snprintf(text, sizeof(text), "the executor's dispatcher gave up with status %d",
			 WEXITSTATUS(status));
		return send_lost(text);
	}
}

/* @flags: HELLO_GUEST in a guest, HELLO_FLOW_CONTROL if its line drops what does not fit. */
int guard_main(uint32_t flags)
{
	struct cgroups groups;
	bool answered, reaped;
	int status = 0;
	int line;
	pid_t dispatcher;

	clean_process();
	cgroups_make(&groups);
	dispatcher = start_dispatcher(&groups, flags, &line);
	if (dispatcher < 0) {
		send_failure(STDOUT_FILENO, errno, "start a process in new namespaces");
		cgroups_remove(&groups);
		return 1;
	}
	close(STDIN_FILENO);
	answered = watch(line, dispatcher);
	reaped = reap(dispatcher, &status);
	report_end(answered, reaped, status);
	cgroups_remove(&groups);
	return answered && reaped && status == 0 ? 0 : 1;
}
