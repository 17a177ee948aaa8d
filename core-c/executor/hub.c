// SPDX-License-Identifier: MIT
/*
 * The hub: process 1 of the tasks' namespace. One request at a time comes in
 * on standard input, goes to a task, and the task's answer goes out on
 * standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <grp.h>
#include <time.h>
#include <unistd.h>
#include "slots.h"

/* Buffers beyond this size are given back after the request. */
#define KEEP_BYTES (256 * 1024)

/*
 * One frame at a time, header and payload together: a request until it was
 * sent to a task, then the answer. What fits goes in and out in one piece.
 */
static char *frame;
static size_t frame_size;

/* Room for @size bytes; the first @keep of them stay. */
static void make_room(size_t size, size_t keep)
{
	size_t want = size < KEEP_BYTES ? KEEP_BYTES : size;
	char *fresh;

	if (frame_size == want)
		return;
	fresh = xalloc(want);
	if (!fresh)
		_exit(4);
	if (keep)
		memcpy(fresh, frame, keep);
	xfree(frame, frame_size);
	frame = fresh;
	frame_size = want;
}

static void write_out(const void *data, size_t size);

/* Whether the line loses what it has no room for: then we say when there is room again. */
static bool paced;

/* A byte for each piece that has come in of a frame of @size, unless it is the last. */
static void pace(size_t before, size_t have, size_t size)
{
	size_t at = (before / LIMIT_LINE_ROOM + 1) * LIMIT_LINE_ROOM;

	for (; paced && at <= have && at < size; at += LIMIT_LINE_ROOM)
		write_out("", 1);
}

/* Reads until the frame has @size bytes, of which there are @have; answers how many there are. */
static size_t read_in(size_t have, size_t size)
{
	while (have < size) {
		ssize_t n;

		hub_poll(STDIN_FILENO, POLLIN);
		n = read(STDIN_FILENO, frame + have, frame_size - have);
		if (n == 0)
			_exit(0);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			_exit(3);
		if (n <= 0)
			continue;
		pace(have, have + n, size);
		have += n;
	}
	return have;
}

/* Reads a request into the frame. More than one at a time is nothing that we understand. */
static struct exec_request read_request(void)
{
	struct exec_request request;
	size_t have, size;

	make_room(0, 0);
	have = read_in(0, sizeof(request));
	memcpy(&request, frame, sizeof(request));
	if (request.length > LIMIT_PAYLOAD)
		_exit(5);
	size = sizeof(request) + request.length;
	make_room(size, have);
	pace(0, have, size);
	if (read_in(have, size) != size)
		_exit(5);
	return request;
}

/* Answers of a batch, until all of them are there. */
static struct {
	bool on;
	char *data;
	size_t size;
	size_t room;
} batch;

/* The answers grow; where there is no memory for them the executor cannot go on. */
static void batch_add(const void *data, size_t size)
{
	size_t room = batch.room ? batch.room : KEEP_BYTES;
	char *fresh;

	while (room < batch.size + size)
		room *= 2;
	if (room != batch.room) {
		fresh = xalloc(room);
		if (!fresh)
			_exit(4);
		if (batch.size)
			memcpy(fresh, batch.data, batch.size);
		xfree(batch.data, batch.room);
		batch.data = fresh;
		batch.room = room;
	}
	memcpy(batch.data + batch.size, data, size);
	batch.size += size;
}

static void write_out(const void *data, size_t size)
{
	const char *at = data;

	if (batch.on)
		return batch_add(data, size);
	while (size) {
		ssize_t n = write(STDOUT_FILENO, at, size);

		if (n > 0) {
			at += n;
			size -= n;
			continue;
		}
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			_exit(0);
		hub_poll(STDOUT_FILENO, POLLOUT);
	}
}

static void answer(const struct exec_request *request, enum status status, int64_t ret,
		   uint32_t pid, uint32_t detail)
{
	struct exec_reply reply = {
		.op = request->op,
		.status = status,
		.detail = detail,
		.pid = pid,
		.ret = ret,
	};

	write_out(&reply, sizeof(reply));
}

/* A task did not answer: the reason, in a form for the other side. */
static void answer_lost(const struct exec_request *request, struct slot *slot,
			enum outcome outcome)
{
	pid_t pid = slot->pid;

	if (outcome == DIED)
		slot_free(slot);
	else
		slot_kill(slot);
	answer(request, outcome == DIED ? STATUS_TASK_LOST : STATUS_TIMEOUT, 0, pid, 0);
}

/* The usual way: the frame to the task, and its answer back. */
static void forward(const struct exec_request *request, struct slot *slot, int64_t deadline)
{
	size_t size = sizeof(*request) + request->length;
	struct exec_reply reply;
	enum outcome outcome = slot_send(slot, frame, size, deadline);
	size_t have = 0;

	if (outcome == DONE)
		outcome = slot_recv(slot, frame, frame_size, &have, sizeof(reply), deadline);
	if (outcome != DONE)
		return answer_lost(request, slot, outcome);
	memcpy(&reply, frame, sizeof(reply));
	/* A task that says nonsense has been overwritten by its test. */
	if (reply.length > LIMIT_PAYLOAD)
		return answer_lost(request, slot, LATE);
	size = sizeof(reply) + reply.length;
	make_room(size, have);
	outcome = slot_recv(slot, frame, frame_size, &have, size, deadline);
	if (outcome != DONE)
		return answer_lost(request, slot, outcome);
	write_out(frame, size);
}

/* Sends a request of the hub's own to a task; neither it nor the answer has a payload. */
static enum outcome ask(struct slot *slot, const struct exec_request *request,
			struct exec_reply *reply, int64_t deadline)
{
	size_t have = 0;
	enum outcome outcome;

	outcome = slot_send(slot, request, sizeof(*request), deadline);
	if (outcome != DONE)
		return outcome;
	return slot_recv(slot, reply, sizeof(*reply), &have, sizeof(*reply), deadline);
}

static void do_fork(const struct exec_request *request, struct slot *parent, int64_t deadline)
{
	struct slot *slot = slot_alloc();
	struct exec_request ask_task = *request;
	struct exec_reply reply;
	enum outcome outcome;

	if (!slot)
		return answer(request, STATUS_REFUSED, 0, 0, RULE_TASKS);
	ask_task.length = 0;
	ask_task.a = slot_index(slot);
	outcome = ask(parent, &ask_task, &reply, deadline);
	if (outcome != DONE) {
		/* There may be a child that never told its number. */
		slot->spoilt = true;
		return answer_lost(request, parent, outcome);
	}
	if (reply.ret > 0 && !slot_adopt(slot, reply.ret)) {
		slot->spoilt = true;
		kill(reply.ret, SIGKILL);
		reply.ret = -EAGAIN;
	}
	answer(request, STATUS_OK, reply.ret, reply.ret > 0 ? reply.ret : 0, 0);
}

/* The task says nothing: its end is the answer. */
static void do_exit(const struct exec_request *request, struct slot *slot, int64_t deadline)
{
	enum outcome outcome = slot_send(slot, request, sizeof(*request), deadline);

	if (outcome == DONE)
		outcome = slot_wait_end(slot, deadline);
	if (outcome != DIED)
		return answer_lost(request, slot, outcome);
	slot_free(slot);
	answer(request, STATUS_OK, 0, 0, 0);
}

static void do_kill(const struct exec_request *request, struct slot *slot)
{
	if (slot && !slot_kill(slot))
		return answer(request, STATUS_TIMEOUT, 0, request->pid, 0);
	/* Children of the hub itself; others are reaped by their parents. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	answer(request, STATUS_OK, 0, 0, 0);
}

/* A descriptor nobody took is closed when its message is dropped. */
static void drop_mail(void)
{
	char byte;

	while (recv(KEPT_MAIL_IN, &byte, 1, MSG_DONTWAIT) > 0)
		;
}

static void do_sendfd(const struct exec_request *request, struct slot *from, int64_t deadline)
{
	struct slot *to = slot_find(request->b);
	struct exec_request half = *request;
	struct exec_reply reply;
	enum outcome outcome;

	if (!to)
		return answer(request, STATUS_NO_TASK, 0, request->b, 0);
	half.length = 0;
	outcome = ask(from, &half, &reply, deadline);
	if (outcome != DONE) {
		drop_mail();
		return answer_lost(request, from, outcome);
	}
	if (reply.ret < 0)
		return answer(request, STATUS_OK, reply.ret, 0, 0);
	half.op = OP_RECVFD;
	outcome = ask(to, &half, &reply, deadline);
	if (outcome != DONE) {
		drop_mail();
		return answer_lost(request, to, outcome);
	}
	answer(request, STATUS_OK, reply.ret, 0, 0);
}

/*
 * Deferred work is done by the kernel when it likes. A grace period of RCU is
 * what most of it waits for; for the rest there is only time.
 */
static void do_settle(const struct exec_request *request)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	answer(request, STATUS_OK, 0, 0, 0);
}

static void serve(const struct exec_request *request);

/* One request of a batch; @size is what is left of it. Answers how much it took, 0 if it is none. */
static size_t batch_one(const char *data, size_t size)
{
	struct exec_request request;
	size_t whole;

	if (size < sizeof(request))
		return 0;
	memcpy(&request, data, sizeof(request));
	whole = sizeof(request) + request.length;
	if (request.length > size - sizeof(request) || request.op == OP_BATCH ||
	    request.op == OP_SWEEP || batch.size > LIMIT_PAYLOAD / 2)
		return 0;
	make_room(whole, 0);
	memcpy(frame, data, whole);
	serve(&request);
	return whole;
}

/* The payload of a request that needs the frame for other things; it is one byte too large. */
static char *copy_payload(size_t size)
{
	char *data = xalloc(size + 1);

	if (!data)
		_exit(4);
	memcpy(data, frame + sizeof(struct exec_request), size);
	return data;
}

/*
 * Requests that need no answer of each other: they cost one trip over the line.
 * One that is malformed ends the batch; those before it were made.
 */
static void do_batch(const struct exec_request *request)
{
	struct exec_reply reply = { .op = OP_BATCH };
	size_t size = request->length;
	char *data = copy_payload(size);
	size_t taken = 1;

	batch.on = true;
	batch.size = 0;
	for (size_t at = 0; at < size && taken; at += taken)
		taken = batch_one(data + at, size - at);
	batch.on = false;
	xfree(data, size + 1);
	reply.status = taken ? STATUS_OK : STATUS_BAD_FRAME;
	reply.length = batch.size;
	write_out(&reply, sizeof(reply));
	write_out(batch.data, batch.size);
	if (batch.room > KEEP_BYTES) {
		xfree(batch.data, batch.room);
		batch.data = NULL;
		batch.room = 0;
	}
}

/* What a task is told of a sweep, and the cells that it answers. */
struct share {
	const char *data;
	size_t size;
	uint32_t each_ms;
	size_t cells_size;
};

/* Has one task make its share. False: there are no cells, and that was answered. */
static bool sweep_task(const struct exec_request *request, const struct share *share,
		       struct slot *slot, char *cells)
{
	struct exec_request part = { .length = share->size, .op = OP_SWEEP, .pid = slot->pid };
	int64_t deadline = now_ms() + share->each_ms;
	size_t whole = sizeof(struct exec_reply) + share->cells_size, have = 0;
	struct exec_reply reply = { 0 };
	enum outcome outcome;

	make_room(sizeof(part) + share->size, 0);
	memcpy(frame, &part, sizeof(part));
	memcpy(frame + sizeof(part), share->data, share->size);
	outcome = slot_send(slot, frame, sizeof(part) + share->size, deadline);
	if (outcome == DONE)
		outcome = slot_recv(slot, frame, frame_size, &have, sizeof(reply), deadline);
	if (outcome == DONE)
		memcpy(&reply, frame, sizeof(reply));
	if (outcome == DONE && !reply.status)
		outcome = reply.length == share->cells_size ?
			slot_recv(slot, frame, frame_size, &have, whole, deadline) : LATE;
	if (outcome != DONE)
		answer_lost(request, slot, outcome);
	else if (reply.status)
		answer(request, reply.status, 0, 0, 0);
	else
		memcpy(cells, frame + sizeof(reply), share->cells_size);
	return outcome == DONE && !reply.status;
}

/* Every task gets the same share, one after the other: they are told from each other by their cells. */
static void sweep_tasks(const struct exec_request *request, const char *data)
{
	struct exec_reply reply = { .op = OP_SWEEP };
	struct exec_sweep sweep = { 0 };
	size_t size = request->length, pids;
	struct share share;
	struct slot *slot;
	bool made = true;
	char *cells;
	pid_t pid;

	if (size >= sizeof(sweep))
		memcpy(&sweep, data, sizeof(sweep));
	pids = sweep.ntasks * sizeof(pid);
	if (!sweep.ntasks || sweep.ntasks > LIMIT_TASKS || !sweep.ncalls ||
	    sweep.ncalls > LIMIT_SWEEP_CALLS || size < sizeof(sweep) + pids)
		return answer(request, STATUS_BAD_FRAME, 0, 0, 0);
	share = (struct share){
		.data = data,
		.size = size - pids,
		.each_ms = sweep.each_ms,
		.cells_size = sweep.ncalls * sizeof(uint16_t),
	};
	reply.length = sweep.ntasks * share.cells_size;
	cells = xalloc(reply.length);
	if (!cells)
		_exit(4);
	for (uint32_t i = 0; i < sweep.ntasks && made; i++) {
		memcpy(&pid, data + share.size + i * sizeof(pid), sizeof(pid));
		slot = slot_find(pid);
		made = slot && sweep_task(request, &share, slot, cells + i * share.cells_size);
		if (!slot)
			answer(request, STATUS_NO_TASK, 0, pid, 0);
	}
	if (made) {
		write_out(&reply, sizeof(reply));
		write_out(cells, reply.length);
	}
	xfree(cells, sweep.ntasks * share.cells_size);
}

static void do_sweep(const struct exec_request *request)
{
	char *data = copy_payload(request->length);

	sweep_tasks(request, data);
	xfree(data, request->length + 1);
}

static void serve(const struct exec_request *request)
{
	int64_t deadline = now_ms() + request->deadline_ms;
	struct slot *slot = slot_find(request->pid);

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (request->op == OP_SETTLE)
		return do_settle(request);
	if (request->op == OP_BATCH)
		return do_batch(request);
	if (request->op == OP_SWEEP)
		return do_sweep(request);
	if (request->op == OP_KILL)
		return do_kill(request, slot);
	if (!slot)
		return answer(request, STATUS_NO_TASK, 0, request->pid, 0);
	switch (request->op) {
	case OP_SYSCALL:
	case OP_EXEC:
	case OP_WAIT:
	case OP_OPENNS:
	case OP_FDS:
		return forward(request, slot, deadline);
	case OP_FORK:
		return do_fork(request, slot, deadline);
	case OP_EXIT:
		return do_exit(request, slot, deadline);
	case OP_SENDFD:
		return do_sendfd(request, slot, deadline);
	default:
		return answer(request, STATUS_BAD_FRAME, 0, 0, 0);
	}
}

/* Moves a descriptor to its fixed number, where exec leaves it open. */
static bool keep(int fd, int kept)
{
	if (fd < 0 || dup2(fd, kept) != kept)
		return false;
	close(fd);
	return true;
}

static bool limit_fds(rlim_t soft, rlim_t hard)
{
	struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };

	return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* Everything that is done once. Returns what failed, with errno set, or NULL. */
static const char *prepare(bool boxed)
{
	const char *failed;

	if (unshare(CLONE_NEWCGROUP))
		return "unshare the cgroup namespace";
	if (!limit_fds(LIMIT_NOFILE_HARD, LIMIT_NOFILE_HARD))
		return "set the limit of descriptors to 4096 (is the hard limit lower?)";
	/* Before the root changes: it looks at the machine's processors. */
	failed = own_make(boxed);
	if (failed)
		return failed;
	failed = rootfs_make();
	if (failed || !own_set_root())
		return failed ? failed : "look at the root";
	if (!keep(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), KEPT_PROC))
		return "open /proc";
	if (!keep(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), KEPT_EXE))
		return "open the executor's program file";
	failed = slots_make();
	if (failed)
		return failed;
	if (setgroups(0, NULL))
		return "leave all groups";
	umask(022);
	return NULL;
}

/* The first task, which all others descend from. */
static pid_t start_init(void)
{
	struct slot *slot = slot_alloc();
	pid_t pid = fork();
	int null;

	if (pid > 0)
		return slot_adopt(slot, pid) ? pid : -1;
	if (pid < 0)
		return -1;
	syscall(SYS_close_range, 0, LIMIT_FD_BASE - 1, 0);
	syscall(SYS_close_range, KEPT_END, ~0U, 0);
	null = open("/dev/null", O_RDWR);
	if (null != 0 || dup(null) != 1 || dup(null) != 2)
		_exit(1);
	/* When memory runs out it must be a task that goes. */
	write_file(AT_FDCWD, "/proc/self/oom_score_adj", "1000");
	if (!limit_fds(LIMIT_NOFILE_SOFT, LIMIT_NOFILE_HARD))
		_exit(1);
	task_main(slot_index(slot));
}

static void say_hello(uint32_t flags, pid_t init)
{
	struct exec_reply reply = { .length = sizeof(struct exec_hello), .op = OP_HELLO };
	struct exec_hello hello = {
		.magic = PROTOCOL_MAGIC,
		.version = PROTOCOL_VERSION,
		.flags = flags,
		.init_pid = init,
	};

	write_out(&reply, sizeof(reply));
	write_out(&hello, sizeof(hello));
}

int hub_main(void)
{
	struct exec_request request;
	const char *failed;
	uint32_t flags;
	pid_t init;

	if (!read_all(HUB_LINE, &flags, sizeof(flags)))
		return 1;
	paced = flags & HELLO_PACED;
	failed = prepare(flags & HELLO_BOXED);
	init = failed ? -1 : start_init();
	if (init < 0) {
		send_failure(STDOUT_FILENO, errno, failed ? failed : "start the first task");
		return 1;
	}
	fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
	say_hello(flags, init);
	for (;;) {
		request = read_request();
		serve(&request);
	}
}
