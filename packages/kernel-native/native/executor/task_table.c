// SPDX-License-Identifier: MIT
/*
 * The places for tasks, and every wait of the dispatcher.
 *
 * All connections exist before the first task does and every task inherits all
 * of them: a fork then needs no new descriptor in the task, where it would be
 * seen, or could not be had. A task's end is therefore not an end-of-file; its
 * pidfd tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "task_table.h"

/* How often the guard hears of us. */
#define BEAT_MS 1000
/* How long a killed process may take to end. */
#define KILL_MS 2000

static struct slot slots[LIMIT_TASKS];
static int64_t last_beat;

/* Connects both ends; the second one at its fixed number. */
static bool make_pair(int type, int *end, int kept)
{
	int ends[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends))
		return false;
	if (dup2(ends[1], kept) != kept)
		return false;
	close(ends[1]);
	*end = ends[0];
	return true;
}

const char *slots_make(void)
{
	int out;

	for (int i = 0; i < LIMIT_TASKS; i++)
		if (!make_pair(SOCK_STREAM, &slots[i].fd, KEPT_SLOT + i))
			return "connect the tasks";
	if (!make_pair(SOCK_SEQPACKET, &out, KEPT_MAIL_IN) ||
	    dup2(out, KEPT_MAIL_OUT) != KEPT_MAIL_OUT)
		return "connect tasks with each other";
	close(out);
	return NULL;
}

unsigned int slot_index(const struct slot *slot)
{
	return slot - slots;
}

struct slot *slot_find(pid_t pid)
{
	for (int i = 0; i < LIMIT_TASKS; i++)
		if (pid > 0 && slots[i].pid == pid)
			return &slots[i];
	return NULL;
}

static bool has_ended(struct slot *slot)
{
	struct pollfd pfd = { .fd = slot->pidfd, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0;
}

/* A free place; those of tasks that ended meanwhile are free too. */
struct slot *slot_alloc(void)
{
	for (int i = 0; i < LIMIT_TASKS; i++) {
		struct slot *slot = &slots[i];

		if (slot->pid && has_ended(slot))
			slot_free(slot);
		if (!slot->pid && !slot->spoilt)
			return slot;
	}
	return NULL;
}

bool slot_adopt(struct slot *slot, pid_t pid)
{
	slot->pidfd = syscall(SYS_pidfd_open, pid, 0);
	slot->pid = slot->pidfd < 0 ? 0 : pid;
	return slot->pid;
}

static void drain(int fd)
{
	char scratch[4096];

	while (recv(fd, scratch, sizeof(scratch), MSG_DONTWAIT) > 0)
		;
}

/* The task is gone: nothing of what it was sent or said meets the next one. */
void slot_free(struct slot *slot)
{
	close(slot->pidfd);
	slot->pid = 0;
	drain(slot->fd);
	drain(KEPT_SLOT + slot_index(slot));
}

/* Kills a task and frees its place. False: the process does not end. */
bool slot_kill(struct slot *slot)
{
	syscall(SYS_pidfd_send_signal, slot->pidfd, SIGKILL, NULL, 0);
	if (slot_wait_end(slot, now_ms() + KILL_MS) == LATE)
		return false;
	slot_free(slot);
	return true;
}

static void beat(void)
{
	if (now_ms() - last_beat < BEAT_MS)
		return;
	last_beat = now_ms();
	send(DISPATCHER_LINE, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/*
 * The one place where the dispatcher sleeps. Whoever gave us work or watches over us
 * may go at any time; then we go, and the kernel ends every task with us.
 */
static int poll_all(struct pollfd *pfds, int count, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - now_ms();
		int n;

		beat();
		if (left < 0)
			left = 0;
		n = poll(pfds, count, left < BEAT_MS ? left : BEAT_MS);
		if (n < 0 && errno != EINTR)
			_exit(3);
		for (int i = 0; n > 0 && i < 2; i++) {
			/* Requests that came before the end are not looked at. */
			if (pfds[i].revents & (POLLHUP | POLLERR | POLLNVAL))
				_exit(0);
		}
		if (n > 0 || now_ms() >= deadline)
			return n;
	}
}

static const struct pollfd watched[2] = {
	{ .fd = STDIN_FILENO },
	{ .fd = DISPATCHER_LINE },
};

/* Waits for @fd, for ever. */
void dispatcher_poll(int fd, short events)
{
	struct pollfd pfds[3] = { watched[0], watched[1], { .fd = fd, .events = events } };

	while (!(pfds[2].revents))
		poll_all(pfds, 3, INT64_MAX);
}

/* Waits for @fd, or the end of the task, or the deadline. */
enum outcome slot_wait(struct slot *slot, int fd, short events, int64_t deadline)
{
	struct pollfd pfds[4] = {
		watched[0],
		watched[1],
		{ .fd = slot->pidfd, .events = POLLIN },
		{ .fd = fd, .events = events },
	};

	poll_all(pfds, 4, deadline);
	/* What a task said before it ended counts. */
	if (pfds[3].revents)
		return DONE;
	return pfds[2].revents ? DIED : LATE;
}

enum outcome slot_wait_end(struct slot *slot, int64_t deadline)
{
	return slot_wait(slot, -1, 0, deadline);
}

enum outcome slot_send(struct slot *slot, const void *data, size_t size, int64_t deadline)
{
	const char *at = data;

	while (size) {
		ssize_t n = send(slot->fd, at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		enum outcome outcome;

		if (n > 0) {
			at += n;
			size -= n;
			continue;
		}
		outcome = slot_wait(slot, slot->fd, POLLOUT, deadline);
		if (outcome != DONE)
			return outcome;
	}
	return DONE;
}

/*
 * Receives at least @need bytes into a buffer of @size, of which there are
 * @have: a task says one thing at a time, so what comes along belongs to it.
 */
enum outcome slot_recv(struct slot *slot, void *data, size_t size, size_t *have, size_t need,
		       int64_t deadline)
{
	while (*have < need) {
		enum outcome outcome = slot_wait(slot, slot->fd, POLLIN, deadline);
		ssize_t n;

		if (outcome != DONE)
			return outcome;
		n = recv(slot->fd, (char *)data + *have, size - *have, MSG_DONTWAIT);
		if (n > 0)
			*have += n;
	}
	return DONE;
}
