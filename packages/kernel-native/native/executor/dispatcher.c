// SPDX-License-Identifier: MIT
/*
 * The dispatcher: process 1 of the tasks' namespace. It reads one request at a
 * time from standard input, sends it to a task, and writes the task's answer to
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
#include "dispatcher.h"

/*
 * One frame at a time, header and payload together: the request until it was
 * sent to a task, then the answer. One read and one write are enough if it fits.
 */
char *frame;
size_t frame_size;

/* Makes the buffer hold @size bytes and keeps the first @keep of them. */
void frame_reserve(size_t size, size_t keep)
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

/* Whether the line drops what does not fit: then each chunk is acknowledged. */
static bool flow_control;

/* Whether the kernel is a guest's that was started for this executor. */
static bool in_guest;

/* Acknowledges each complete chunk of a frame of @size bytes but the last, with one byte. */
static void acknowledge(size_t before, size_t have, size_t size)
{
	size_t at = (before / LIMIT_LINE_CHUNK + 1) * LIMIT_LINE_CHUNK;

	for (; flow_control && at <= have && at < size; at += LIMIT_LINE_CHUNK)
		write_out("", 1);
}

/* Reads until the frame has @size bytes; it has @have. Returns how many it has then. */
static size_t read_in(size_t have, size_t size)
{
	while (have < size) {
		ssize_t n;

		dispatcher_poll(STDIN_FILENO, POLLIN);
		n = read(STDIN_FILENO, frame + have, frame_size - have);
		if (n == 0)
			_exit(0);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			_exit(3);
		if (n <= 0)
			continue;
		acknowledge(have, have + n, size);
		have += n;
	}
	return have;
}

/* Reads a request into the frame. A second request in the same read is an error. */
static struct exec_request read_request(void)
{
	struct exec_request request;
	size_t have, size;

	frame_reserve(0, 0);
	have = read_in(0, sizeof(request));
	memcpy(&request, frame, sizeof(request));
	if (request.length > LIMIT_PAYLOAD)
		_exit(5);
	size = sizeof(request) + request.length;
	frame_reserve(size, have);
	acknowledge(0, have, size);
	if (read_in(have, size) != size)
		_exit(5);
	return request;
}

/* A copy of a request's payload: the frame is reused meanwhile. See payload_free(). */
char *payload_copy(size_t size)
{
	/* One byte more: an empty mapping is an error. */
	char *data = xalloc(size + 1);

	if (!data)
		_exit(4);
	memcpy(data, frame + sizeof(struct exec_request), size);
	return data;
}

void payload_free(char *data, size_t size)
{
	xfree(data, size + 1);
}

void write_out(const void *data, size_t size)
{
	const char *at = data;

	if (batch_add(data, size))
		return;
	while (size) {
		ssize_t n = write(STDOUT_FILENO, at, size);

		if (n > 0) {
			at += n;
			size -= n;
			continue;
		}
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			_exit(0);
		dispatcher_poll(STDOUT_FILENO, POLLOUT);
	}
}

void answer(const struct exec_request *request, enum status status, int64_t ret,
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

/* Answers a request whose task ended or did not answer in time. */
void answer_lost(const struct exec_request *request, struct task *task, enum outcome outcome)
{
	pid_t pid = task->pid;

	if (outcome == DIED)
		task_free(task);
	else
		task_kill(task);
	answer(request, outcome == DIED ? STATUS_TASK_LOST : STATUS_TIMEOUT, 0, pid, 0);
}

/* Forwards the frame to the task, and its answer to Node. */
static void forward(const struct exec_request *request, struct task *task, int64_t deadline)
{
	size_t size = sizeof(*request) + request->length;
	struct exec_reply reply;
	enum outcome outcome = task_send(task, frame, size, deadline);
	size_t have = 0;

	if (outcome == DONE)
		outcome = task_recv(task, frame, frame_size, &have, sizeof(reply), deadline);
	if (outcome != DONE)
		return answer_lost(request, task, outcome);
	memcpy(&reply, frame, sizeof(reply));
	/* The test has overwritten the memory of a task that sends such a length. */
	if (reply.length > LIMIT_PAYLOAD)
		return answer_lost(request, task, LATE);
	size = sizeof(reply) + reply.length;
	frame_reserve(size, have);
	outcome = task_recv(task, frame, frame_size, &have, size, deadline);
	if (outcome != DONE)
		return answer_lost(request, task, outcome);
	write_out(frame, size);
}

/* Sends the dispatcher's own request to a task; request and answer have no payload. */
static enum outcome ask(struct task *task, const struct exec_request *request,
			struct exec_reply *reply, int64_t deadline)
{
	size_t have = 0;
	enum outcome outcome;

	outcome = task_send(task, request, sizeof(*request), deadline);
	if (outcome != DONE)
		return outcome;
	return task_recv(task, reply, sizeof(*reply), &have, sizeof(*reply), deadline);
}

static void do_fork(const struct exec_request *request, struct task *parent, int64_t deadline)
{
	struct task *task = task_alloc();
	struct exec_request ask_task = *request;
	struct exec_reply reply;
	enum outcome outcome;

	if (!task)
		return answer(request, STATUS_REFUSED, 0, 0, RULE_TASKS);
	ask_task.length = 0;
	ask_task.a = task_index(task);
	outcome = ask(parent, &ask_task, &reply, deadline);
	if (outcome != DONE) {
		/* There may be a child that never reported its pid. */
		task->unusable = true;
		return answer_lost(request, parent, outcome);
	}
	if (reply.ret > 0 && !task_adopt(task, reply.ret)) {
		task->unusable = true;
		kill(reply.ret, SIGKILL);
		reply.ret = -EAGAIN;
	}
	answer(request, STATUS_OK, reply.ret, reply.ret > 0 ? reply.ret : 0, 0);
}

/* The task sends no answer: it ends. */
static void do_exit(const struct exec_request *request, struct task *task, int64_t deadline)
{
	enum outcome outcome = task_send(task, request, sizeof(*request), deadline);

	if (outcome == DONE)
		outcome = task_wait_end(task, deadline);
	if (outcome != DIED)
		return answer_lost(request, task, outcome);
	task_free(task);
	answer(request, STATUS_OK, 0, 0, 0);
}

/* A task of a guest may change owner and mode of /proc; later tasks need the original. */
static void restore_proc(void)
{
	struct stat st;

	if (!in_guest || fstat(KEPT_PROC, &st))
		return;
	if (st.st_uid || st.st_gid)
		(void)!chown("/proc", 0, 0);
	if ((st.st_mode & 07777) != 0555)
		(void)!chmod("/proc", 0555);
}

static void do_kill(const struct exec_request *request, struct task *task)
{
	if (task && !task_kill(task))
		return answer(request, STATUS_TIMEOUT, 0, request->pid, 0);
	restore_proc();
	/* Children of the dispatcher; others are reaped by their parents. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	answer(request, STATUS_OK, 0, 0, 0);
}

/* Receiving and dropping the message closes the fd that nobody took. */
static void drop_mail(void)
{
	char byte;

	while (recv(KEPT_MAIL_IN, &byte, 1, MSG_DONTWAIT) > 0)
		;
}

static void do_sendfd(const struct exec_request *request, struct task *from, int64_t deadline)
{
	struct task *to = task_find(request->b);
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

/* How often a guest's kernel threads get the processor: work may queue work. */
#define SETTLE_TURNS 8
#define SETTLE_ROUNDS 3

/*
 * Most deferred work waits for an RCU grace period; for the rest there is only
 * time. In a guest time is not enough: its clock runs on while a busy host does
 * not schedule it. So its only processor is yielded to whatever wants to run.
 */
static void settle_once(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	if (!in_guest)
		return;
	sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){ 0 });
	for (int i = 0; i < SETTLE_TURNS; i++)
		sched_yield();
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
}

/* A grace period frees a task, another its credentials, and a worker their namespace. */
static void do_settle(const struct exec_request *request)
{
	for (int i = 0; i < SETTLE_ROUNDS; i++)
		settle_once();
	answer(request, STATUS_OK, 0, 0, 0);
}

void serve(const struct exec_request *request)
{
	int64_t deadline = now_ms() + request->deadline_ms;
	struct task *task = task_find(request->pid);

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (request->op == OP_SETTLE)
		return do_settle(request);
	if (request->op == OP_BATCH)
		return do_batch(request);
	if (request->op == OP_SWEEP)
		return do_sweep(request);
	if (request->op == OP_KILL)
		return do_kill(request, task);
	if (!task)
		return answer(request, STATUS_NO_TASK, 0, request->pid, 0);
	switch (request->op) {
	case OP_SYSCALL:
	case OP_EXEC:
	case OP_WAIT:
	case OP_OPENNS:
	case OP_FDS:
		return forward(request, task, deadline);
	case OP_FORK:
		return do_fork(request, task, deadline);
	case OP_EXIT:
		return do_exit(request, task, deadline);
	case OP_SENDFD:
		return do_sendfd(request, task, deadline);
	default:
		return answer(request, STATUS_BAD_FRAME, 0, 0, 0);
	}
}

/* Moves an fd to its fixed number, without close-on-exec. */
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

/* Everything that happens once. Returns what failed, with errno set, or NULL. */
static const char *prepare(bool in_guest)
{
	const char *failed;

	if (unshare(CLONE_NEWCGROUP))
		return "unshare the cgroup namespace";
	if (!limit_fds(LIMIT_NOFILE_HARD, LIMIT_NOFILE_HARD))
		return "set the limit of file descriptors to 4096";
	/* Before the root changes: it counts the host's processors. */
	failed = shared_state_make(in_guest);
	if (failed)
		return failed;
	failed = sandbox_root_make();
	if (failed || !shared_set_sandbox_root())
		return failed ? failed : "look at the sandbox root";
	if (!keep(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), KEPT_PROC))
		return "open /proc";
	if (!keep(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), KEPT_EXE))
		return "open the executor's program file";
	failed = task_table_make();
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
	struct task *task = task_alloc();
	pid_t pid = fork();
	int null;

	if (pid > 0)
		return task_adopt(task, pid) ? pid : -1;
	if (pid < 0)
		return -1;
	syscall(SYS_close_range, 0, LIMIT_FD_BASE - 1, 0);
	syscall(SYS_close_range, KEPT_END, ~0U, 0);
	null = open("/dev/null", O_RDWR);
	if (null != 0 || dup(null) != 1 || dup(null) != 2)
		_exit(1);
	/* When memory runs out, the kernel must kill a task and not the dispatcher. */
	write_file(AT_FDCWD, "/proc/self/oom_score_adj", "1000");
	if (!limit_fds(LIMIT_NOFILE_SOFT, LIMIT_NOFILE_HARD))
		_exit(1);
	task_main(task_index(task));
}

static void send_hello(uint32_t flags, pid_t init)
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

int dispatcher_main(uint32_t flags)
{
	struct exec_request request;
	const char *failed;
	pid_t init;

	flow_control = flags & HELLO_FLOW_CONTROL;
	in_guest = flags & HELLO_GUEST;
	failed = prepare(in_guest);
	init = failed ? -1 : start_init();
	if (init < 0) {
		send_failure(STDOUT_FILENO, errno, failed ? failed : "start the first task");
		return 1;
	}
	fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
	send_hello(flags, init);
	for (;;) {
		request = read_request();
		serve(&request);
	}
}
