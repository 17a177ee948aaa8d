// SPDX-License-Identifier: MIT
/*
 * The supervisor of a guest: starts a virtual machine whose process 1 is an
 * executor, and passes frames between that executor and Node. A serial line has
 * no end-of-file and carries no reason for one, so the supervisor provides both.
 * It passes on whole frames only, so that its own last message is a frame, too.
 *
 * It closes standard output last: its end-of-file means that no process of the
 * guest is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "exec.h"
#include "supervisor.h"

/* A guest enforces deadlines itself; one that is so late does not run at all. */
#define GRACE_MS 5000
/* How long a guest may take to read a request. */
#define SEND_MS 60000
/* How long the rest of a frame may take that the guest began to send. */
#define REST_MS 60000

static struct guest guest = { .console = -1 };
/* Whether the guest acknowledges each chunk of a frame. */
static bool flow_control;
static char *frame;
static size_t frame_size;

/* Ends with a reason and the end of the guest's console output. */
static _Noreturn void lost(const char *format, ...)
{
	static char text[CONSOLE_TEXT + 256];
	struct exec_reply reply = { .op = OP_LOST, .status = STATUS_FAILED };
	va_list args;
	size_t size;

	va_start(args, format);
	size = vsnprintf(text, 256, format, args);
	va_end(args);
	guest_end(&guest);
	size += console_format(text + size, sizeof(text) - size);
	reply.length = size;
	fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) & ~O_NONBLOCK);
	if (write_all(STDOUT_FILENO, &reply, sizeof(reply)))
		write_all(STDOUT_FILENO, text, size);
	_exit(1);
}

static _Noreturn void leave(void)
{
	guest_end(&guest);
	_exit(0);
}

static _Noreturn void guest_gone(void)
{
	const char *panic;
	int status = guest_end(&guest);

	panic = console_panic();
	if (panic)
		lost("the guest's kernel panicked: %s", panic);
	if (WIFSIGNALED(status))
		lost("the guest was ended by signal %d", WTERMSIG(status));
	lost("the guest ended by itself, with status %d", WEXITSTATUS(status));
}

/*
 * The one place where the supervisor sleeps: until @fd or @other is ready. Node
 * and the guest may end at any time. False: the deadline passed.
 */
static bool wait_for(int fd, short events, int other, int64_t deadline)
{
	struct pollfd pfds[] = {
		{ .fd = STDIN_FILENO },
		{ .fd = guest.console, .events = POLLIN },
		{ .fd = fd, .events = events },
		{ .fd = other, .events = POLLIN },
		{ .fd = guest.pidfd, .events = POLLIN },
	};

	for (;;) {
		int64_t left = deadline - now_ms();
		int n;

		if (left > 1000)
			left = 1000;
		n = poll(pfds, sizeof(pfds) / sizeof(pfds[0]), left < 0 ? 0 : left);
		if (n < 0 && errno != EINTR)
			leave();
		if (n > 0 && pfds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			leave();
		if (n > 0 && pfds[1].revents && !console_read(guest.console))
			pfds[1].fd = -1;
		if (n > 0 && (pfds[2].revents | pfds[3].revents) & POLLIN)
			return true;
		if (n > 0 && pfds[2].revents & POLLOUT)
			return true;
		if (n > 0 && pfds[4].revents)
			guest_gone();
		if (now_ms() >= deadline)
			return false;
		/* The line is closed: the guest ends soon, or the deadline passes. */
		if (n > 0 && pfds[2].revents & (POLLHUP | POLLERR))
			pfds[2].fd = -1;
		if (n > 0 && pfds[3].revents & (POLLHUP | POLLERR))
			pfds[3].fd = -1;
	}
}

/* The guest has closed its end: wait for its exit status, which says why. */
static _Noreturn void line_cut(void)
{
	wait_for(-1, 0, -1, now_ms() + GRACE_MS);
	lost("the guest cut its line and was killed");
}

static void frame_reserve(size_t size)
{
	char *fresh;

	if (size <= frame_size)
		return;
	fresh = xalloc(size);
	if (!fresh)
		lost("the guest's supervisor has no memory for a frame of %zu bytes", size);
	if (frame_size)
		memcpy(fresh, frame, frame_size);
	xfree(frame, frame_size);
	frame = fresh;
	frame_size = size;
}

static bool fill(int fd, size_t have, size_t size, int64_t deadline)
{
	while (have < size) {
		ssize_t n;

		if (!wait_for(fd, POLLIN, -1, deadline))
			return false;
		n = read(fd, frame + have, size - have);
		if (n > 0)
			have += n;
		if (n == 0 && fd == STDIN_FILENO)
			leave();
		if (n == 0)
			line_cut();
	}
	return true;
}

/* Reads a frame; 0: the deadline passed. Both headers begin with the length. */
static size_t take(int fd, size_t header, int64_t deadline)
{
	uint32_t length;

	frame_reserve(64 * 1024);
	if (!fill(fd, 0, header, deadline))
		return 0;
	memcpy(&length, frame, sizeof(length));
	if (length > LIMIT_PAYLOAD && fd == STDIN_FILENO)
		leave();
	if (length > LIMIT_PAYLOAD)
		lost("the guest sent an invalid frame of %u bytes", length);
	frame_reserve(header + length);
	return fill(fd, header, header + length, deadline) ? header + length : 0;
}

static bool give(int fd, size_t from, size_t size, int64_t deadline)
{
	for (size_t at = from; at < size;) {
		ssize_t n = write(fd, frame + at, size - at);

		if (n > 0) {
			at += n;
			continue;
		}
		/* The other end is closed, and poll() reports it as writable. */
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			if (fd == STDOUT_FILENO)
				leave();
			line_cut();
		}
		if (!wait_for(fd, POLLOUT, -1, deadline))
			return false;
	}
	return true;
}

/* Writes a frame to the guest, in chunks if its line has flow control. */
static bool give_guest(size_t size, int64_t deadline)
{
	size_t chunk = flow_control ? LIMIT_LINE_CHUNK : size;
	char byte;

	for (size_t at = 0; at < size; at += chunk) {
		size_t end = at + chunk < size ? at + chunk : size;

		if (!give(guest.line, at, end, deadline))
			return false;
		if (end < size && (!wait_for(guest.line, POLLIN, -1, deadline) ||
				   read(guest.line, &byte, 1) != 1))
			return false;
	}
	return true;
}

/* Passes a frame of the guest to Node. */
static size_t pass_answer(int64_t deadline, const char *late)
{
	size_t size = take(guest.line, sizeof(struct exec_reply), deadline);

	if (!size)
		lost("%s", late);
	give(STDOUT_FILENO, 0, size, INT64_MAX);
	return size;
}

static void pass_hello(long start_ms)
{
	struct exec_hello hello;
	char late[128];

	snprintf(late, sizeof(late), "the guest did not come up within %ld ms and was killed",
		 start_ms);
	if (pass_answer(now_ms() + start_ms, late) < sizeof(struct exec_reply) + sizeof(hello))
		return;
	memcpy(&hello, frame + sizeof(struct exec_reply), sizeof(hello));
	flow_control = hello.flags & HELLO_FLOW_CONTROL;
}

static void pass_request(void)
{
	struct exec_request request;
	size_t size = take(STDIN_FILENO, sizeof(request), INT64_MAX);
	char late[128];

	memcpy(&request, frame, sizeof(request));
	if (!give_guest(size, now_ms() + SEND_MS))
		lost("the guest did not listen for %d s and was killed", SEND_MS / 1000);
	snprintf(late, sizeof(late), "the guest did not answer for %u ms and was killed",
		 request.deadline_ms + GRACE_MS);
	pass_answer(now_ms() + request.deadline_ms + GRACE_MS, late);
}

/* argv: milliseconds until the guest must be up, and the command that starts it. */
int supervisor_main(char **argv)
{
	long start_ms = strtol(argv[0], NULL, 10);
	char late[128];

	clean_process();
	fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
	fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
	if (!guest_start(&guest, argv + 1)) {
		snprintf(late, sizeof(late), "start %.100s", argv[1]);
		send_failure(STDOUT_FILENO, errno, late);
		return 1;
	}
	pass_hello(start_ms);
	for (;;) {
		struct pollfd asked = { .fd = STDIN_FILENO, .events = POLLIN };

		wait_for(STDIN_FILENO, POLLIN, guest.line, INT64_MAX);
		if (poll(&asked, 1, 0) > 0 && asked.revents & POLLIN)
			pass_request();
		else
			pass_answer(now_ms() + REST_MS, "the guest spoke half a sentence");
	}
}
