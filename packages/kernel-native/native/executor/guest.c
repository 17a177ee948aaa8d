// SPDX-License-Identifier: MIT
/* Start and end of the processes of a guest. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "supervisor.h"

/* How long a killed process may take to end. */
#define END_MS 60000

/*
 * The child: executes the guest with the line as fd 3 and the console as standard
 * output. @ends: of the line, of the console, and of a pipe for the errno of exec.
 */
static _Noreturn void exec_guest(char **command, const int *ends, pid_t supervisor)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int failed = fcntl(ends[2], F_DUPFD_CLOEXEC, 10);
	int line = fcntl(ends[0], F_DUPFD_CLOEXEC, 10);
	int err;

	/* It must not outlive the supervisor, whatever ends that. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor || failed < 0 || line < 0)
		_exit(1);
	if (dup2(null, 0) < 0 || dup2(ends[1], 1) < 0 || dup2(1, 2) < 0 || dup2(line, 3) < 0)
		_exit(1);
	setsid();
	signal(SIGPIPE, SIG_DFL);
	xstate_hide();
	execvp(command[0], command);
	err = errno;
	write_all(failed, &err, sizeof(err));
	_exit(1);
}

/* False: it cannot be started; errno is set. */
bool guest_start(struct guest *guest, char **command)
{
	int line[2], console[2], failed[2];
	pid_t supervisor = getpid();
	int err;

	/* Orphans of the guest's processes are reparented to the supervisor, which ends them. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) ||
	    pipe2(console, O_CLOEXEC) || pipe2(failed, O_CLOEXEC))
		return false;
	guest->pid = fork();
	if (guest->pid < 0)
		return false;
	if (guest->pid == 0)
		exec_guest(command, (int[]){ line[1], console[1], failed[1] }, supervisor);
	close(line[1]);
	close(console[1]);
	close(failed[1]);
	guest->line = line[0];
	guest->console = console[0];
	fcntl(guest->line, F_SETFL, O_RDWR | O_NONBLOCK);
	fcntl(guest->console, F_SETFL, O_RDONLY | O_NONBLOCK);
	guest->pidfd = syscall(SYS_pidfd_open, guest->pid, 0);
	/* A successful exec closes it. */
	if (read_all(failed[0], &err, sizeof(err))) {
		guest_end(guest);
		errno = err;
		return false;
	}
	close(failed[0]);
	return guest->pidfd >= 0;
}

/* The parent of a process, from /proc; 0 if it is gone. */
static pid_t parent_of(const char *pid)
{
	char path[64], text[512];
	const char *at;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	if (!read_file(AT_FDCWD, path, text, sizeof(text)))
		return 0;
	/* The name in parentheses may contain anything. */
	at = strrchr(text, ')');
	if (at)
		sscanf(at + 1, " %*c %d", &parent);
	return parent;
}

/* Kills and reaps all children: a guest may be more than one process. */
static void end_children(void)
{
	int64_t end = now_ms() + END_MS;

	do {
		DIR *dir = opendir("/proc");
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			if (atoi(entry->d_name) > 0 && parent_of(entry->d_name) == getpid())
				kill(atoi(entry->d_name), SIGKILL);
		if (dir)
			closedir(dir);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0)
			return;
		poll(NULL, 0, 2);
	} while (now_ms() < end);
}

/* Ends what is left of the guest. Returns its wait status. */
int guest_end(struct guest *guest)
{
	struct pollfd pfd = { .fd = guest->pidfd, .events = POLLIN };

	if (guest->ended)
		return guest->status;
	guest->ended = true;
	if (guest->pid <= 0)
		return 0;
	kill(guest->pid, SIGKILL);
	poll(&pfd, 1, END_MS);
	waitpid(guest->pid, &guest->status, WNOHANG);
	end_children();
	while (console_read(guest->console))
		;
	return guest->status;
}
