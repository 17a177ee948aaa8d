// SPDX-License-Identifier: MIT
/*
 * The task table, and every wait of the dispatcher.
 *
 * All connections exist before the first task, and every task inherits all of
 * them. So a fork needs no new descriptor in the task: a test would see it, and
 * the task's limits may allow none. The dispatcher therefore gets no end-of-file
 * when a task ends; it watches the task's pidfd.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "task_table.h"

/* How often the dispatcher sends a byte to the guard. */
#define BEAT_MS 1000
/* How long a killed process may take to end. */
#define KILL_MS 60000

static struct task tasks[LIMIT_TASKS];
static int64_t last_beat;

/* Creates a socket pair; the second end gets its fixed number. */
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

const char *task_table_make(void)
{
	int out;

	for (int i = 0; i < LIMIT_TASKS; i++)
		if (!make_pair(SOCK_STREAM, &tasks[i].fd, KEPT_TASK + i))
			return "connect the tasks";
	if (!make_pair(SOCK_SEQPACKET, &out, KEPT_MAIL_IN) ||
	    dup2(out, KEPT_MAIL_OUT) != KEPT_MAIL_OUT)
		return "connect tasks with each other";
	close(out);
	return NULL;
}

unsigned int task_index(const struct task *task)
{
	return task - tasks;
}

struct task *task_find(pid_t pid)
{
	for (int i = 0; i < LIMIT_TASKS; i++)
		if (pid > 0 && tasks[i].pid == pid)
			return &tasks[i];
	return NULL;
}

static bool has_ended(struct task *task)
{
	struct pollfd pfd = { .fd = task->pidfd, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0;
}

/* A free entry; those of tasks that ended meanwhile are free too. */
struct task *task_alloc(void)
{
	for (int i = 0; i < LIMIT_TASKS; i++) {
		struct task *task = &tasks[i];

		if (task->pid && has_ended(task))
			task_free(task);
		if (!task->pid && !task->unusable)
			return task;
	}
	return NULL;
}

bool task_adopt(struct task *task, pid_t pid)
{
	task->pidfd = syscall(SYS_pidfd_open, pid, 0);
	task->pid = task->pidfd < 0 ? 0 : pid;
	return task->pid;
}

static void drain(int fd)
{
	char scratch[4096];

	while (recv(fd, scratch, sizeof(scratch), MSG_DONTWAIT) > 0)
		;
}

/* The task is gone: the next one must not read what this one was sent or wrote. */
void task_free(struct task *task)
{
	close(task->pidfd);
	task->pid = 0;
	drain(task->fd);
	drain(KEPT_TASK + task_index(task));
}

/* Kills a task and frees its entry. False: the process does not end. */
bool task_kill(struct task *task)
{
	syscall(SYS_pidfd_send_signal, task->pidfd, SIGKILL, NULL, 0);
	if (task_wait_end(task, now_ms() + KILL_MS) == LATE)
		return false;
	task_free(task);
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
 * The one place where the dispatcher sleeps. Node and the guard may end at any
 * time; then the dispatcher ends, and the kernel ends every task with it.
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
			/* Requests before the end are dropped. */
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

/* Waits for @fd, without a deadline. */
void dispatcher_poll(int fd, short events)
{
	struct pollfd pfds[3] = { watched[0], watched[1], { .fd = fd, .events = events } };

	while (!(pfds[2].revents))
		poll_all(pfds, 3, INT64_MAX);
}

/* Waits for @fd, or the end of the task, or the deadline. */
enum outcome task_wait(struct task *task, int fd, short events, int64_t deadline)
{
	struct pollfd pfds[4] = {
		watched[0],
		watched[1],
		{ .fd = task->pidfd, .events = POLLIN },
		{ .fd = fd, .events = events },
	};

	poll_all(pfds, 4, deadline);
	/* What a task sent before it ended counts. */
	if (pfds[3].revents)
		return DONE;
	return pfds[2].revents ? DIED : LATE;
}

enum outcome task_wait_end(struct task *task, int64_t deadline)
{
	return task_wait(task, -1, 0, deadline);
}

enum outcome task_send(struct task *task, const void *data, size_t size, int64_t deadline)
{
	const char *at = data;

	while (size) {
		ssize_t n = send(task->fd, at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		enum outcome outcome;

		if (n > 0) {
			at += n;
			size -= n;
			continue;
		}
		outcome = task_wait(task, task->fd, POLLOUT, deadline);
		if (outcome != DONE)
			return outcome;
	}
	return DONE;
}

/*
 * Receives at least @need bytes into a buffer of @size, which has @have. More may
 * arrive: it belongs to the same answer or the same run.
 */
enum outcome task_recv(struct task *task, void *data, size_t size, size_t *have, size_t need,
		       int64_t deadline)
{
	while (*have < need) {
		enum outcome outcome = task_wait(task, task->fd, POLLIN, deadline);
		ssize_t n;

		if (outcome != DONE)
			return outcome;
		n = recv(task->fd, (char *)data + *have, size - *have, MSG_DONTWAIT);
		if (n > 0)
			*have += n;
	}
	return DONE;
}
