// SPDX-License-Identifier: MIT
/*
 * Process 1 of a guest that runs nothing else. It mounts the usual file systems,
 * starts an executor on the line to the supervisor, and turns the guest off when
 * the executor has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "exec.h"

/* How long a device may take to appear. */
#define DEVICE_MS 60000

static const struct {
	const char *type;
	const char *path;
	bool needed;
} mounts[] = {
	{ "devtmpfs", "/dev", true },
	{ "proc", "/proc", true },
	{ "sysfs", "/sys", true },
	{ "tmpfs", "/tmp", true },
	{ "securityfs", "/sys/kernel/security", false },
	{ "cgroup2", "/sys/fs/cgroup", false },
};

static _Noreturn void off(const char *failed)
{
	if (failed)
		dprintf(STDERR_FILENO, "init: cannot %s: %s\n", failed, strerror(errno));
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/* Opens the line, once its other end is open. */
static int open_line(const char *device)
{
	int64_t end = now_ms() + DEVICE_MS;
	struct termios tty;
	struct pollfd pfd;
	int fd;

	do {
		fd = open(device, O_RDWR | O_NOCTTY);
		if (fd < 0)
			poll(NULL, 0, 2);
	} while (fd < 0 && now_ms() < end);
	if (fd < 0)
		return -1;
	if (tcgetattr(fd, &tty) == 0) {
		cfmakeraw(&tty);
		tty.c_cflag |= CLOCAL | CREAD;
		if (tcsetattr(fd, TCSANOW, &tty))
			return -1;
	}
	pfd = (struct pollfd){ .fd = fd };
	while (poll(&pfd, 1, 0) > 0 && pfd.revents & POLLHUP && now_ms() < end)
		poll(NULL, 0, 2);
	return fd;
}

/* argv: the device of the line. */
_Noreturn void init_main(char **argv)
{
	pid_t guard, ended;
	int line;

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].path, 0755);
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type, 0, NULL) &&
		    mounts[i].needed)
			off(mounts[i].path);
	}
	/* If the kernel has these controllers, the executor limits its tasks. */
	write_file(AT_FDCWD, "/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	write_file(AT_FDCWD, "/sys/fs/cgroup/cgroup.subtree_control", "+pids");
	line = argv[0] ? open_line(argv[0]) : -1;
	if (line < 0)
		off("open the line");
	guard = fork();
	if (guard == 0) {
		if (dup2(line, STDIN_FILENO) < 0 || dup2(line, STDOUT_FILENO) < 0)
			_exit(1);
		/* A terminal buffers one page; User-mode Linux reorders what waits for more. */
		_exit(guard_main(HELLO_GUEST | (isatty(line) ? HELLO_FLOW_CONTROL : 0)));
	}
	close(line);
	do {
		ended = wait(NULL);
	} while (ended != guard && (ended > 0 || errno == EINTR));
	off(NULL);
}
