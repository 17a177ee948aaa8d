// SPDX-License-Identifier: MIT
/* Batches: requests that hold others. */
#include <string.h>
#include <unistd.h>
#include "dispatcher.h"

/* This much fits into the connection with a task while nobody reads. */
#define RUN_BYTES (16 * 1024)

/* Answers of a batch, until it is complete. */
static struct {
	bool on;
	char *data;
	size_t size;
	size_t capacity;
} batch;

/*
 * Keeps the output while a batch runs. False: no batch runs. Without memory for
 * the answers the executor cannot go on.
 */
bool batch_add(const void *data, size_t size)
{
	size_t capacity = batch.capacity ? batch.capacity : KEEP_BYTES;
	char *fresh;

	if (!batch.on)
		return false;
	while (capacity < batch.size + size)
		capacity *= 2;
	if (capacity != batch.capacity) {
		fresh = xalloc(capacity);
		if (!fresh)
			_exit(4);
		if (batch.size)
			memcpy(fresh, batch.data, batch.size);
		xfree(batch.data, batch.capacity);
		batch.data = fresh;
		batch.capacity = capacity;
	}
	memcpy(batch.data + batch.size, data, size);
	batch.size += size;
	return true;
}

/* Pids of tasks that the batch created and named; 0: no task has this name. */
static pid_t named[LIMIT_NAMES];

/* The pid for a pid or a name. */
static pid_t find_named(uint32_t pid)
{
	if (pid < LIMIT_NAME_BASE)
		return pid;
	return pid - LIMIT_NAME_BASE < LIMIT_NAMES ? named[pid - LIMIT_NAME_BASE] : 0;
}

/* Replaces names by pids. */
static void resolve_names(struct exec_request *request)
{
	request->pid = find_named(request->pid);
	if (request->op == OP_WAIT || request->op == OP_OPENNS)
		request->a = find_named(request->a);
	if (request->op == OP_SENDFD)
		request->b = find_named(request->b);
}

/* Records the child of a fork, if the request names it. */
static void give_name(const struct exec_request *request, size_t at)
{
	struct exec_reply reply;

	if (request->op != OP_FORK || request->b < LIMIT_NAME_BASE ||
	    request->b - LIMIT_NAME_BASE >= LIMIT_NAMES)
		return;
	memcpy(&reply, batch.data + at, sizeof(reply));
	named[request->b - LIMIT_NAME_BASE] = reply.status == STATUS_OK ? reply.pid : 0;
}

/* Consecutive calls of one task. */
struct run {
	const char *data;
	size_t size;
	uint32_t count;
};

/*
 * The calls that can be sent in one piece: the task never waits for the dispatcher,
 * and so neither waits for the other, while all of them fit into the connection.
 */
static struct run find_run(const char *data, size_t size)
{
	struct run run = { .data = data };
	struct exec_request first, request;

	while (size - run.size >= sizeof(request)) {
		memcpy(&request, data + run.size, sizeof(request));
		if (!run.count)
			first = request;
		if (request.op != OP_SYSCALL || request.pid != first.pid ||
		    request.length > size - run.size - sizeof(request) ||
		    run.size + sizeof(request) + request.length > RUN_BYTES)
			break;
		run.size += sizeof(request) + request.length;
		run.count++;
	}
	return run;
}

/* Forwards the next answer of a run; the frame has @have bytes already. */
static enum outcome run_answer(struct task *task, size_t *have, int64_t deadline)
{
	struct exec_reply reply;
	enum outcome outcome = task_recv(task, frame, frame_size, have, sizeof(reply), deadline);
	size_t size;

	if (outcome != DONE)
		return outcome;
	memcpy(&reply, frame, sizeof(reply));
	/* As in forward(): the test has overwritten the task. */
	size = sizeof(reply) + reply.length;
	if (size > frame_size)
		return LATE;
	outcome = task_recv(task, frame, frame_size, have, size, deadline);
	if (outcome != DONE)
		return outcome;
	write_out(frame, size);
	*have -= size;
	memmove(frame, frame + size, *have);
	return DONE;
}

/* Each call has its own deadline and answer. Calls after a lost task are answered NO_TASK. */
static void forward_run(const struct run *run, struct task *task)
{
	struct exec_request request;
	enum outcome outcome = DONE;
	size_t have = 0, at = 0;
	pid_t pid = task->pid;

	frame_reserve(0, 0);
	for (uint32_t i = 0; i < run->count; i++) {
		memcpy(&request, run->data + at, sizeof(request));
		at += sizeof(request) + request.length;
		if (outcome != DONE) {
			answer(&request, STATUS_NO_TASK, 0, pid, 0);
			continue;
		}
		if (i == 0)
			outcome = task_send(task, run->data, run->size,
					    now_ms() + request.deadline_ms);
		if (outcome == DONE)
			outcome = run_answer(task, &have, now_ms() + request.deadline_ms);
		if (outcome != DONE)
			answer_lost(&request, task, outcome);
	}
}

/*
 * Executes the next requests of a batch, of which @size bytes are left. Returns
 * how many bytes it consumed; 0: malformed.
 */
static size_t batch_next(const char *data, size_t size)
{
	struct run run = find_run(data, size);
	struct exec_request request;
	struct task *task;
	size_t whole, at;

	if (run.count > 1 && batch.size <= LIMIT_PAYLOAD / 2) {
		memcpy(&request, data, sizeof(request));
		task = task_find(find_named(request.pid));
		if (task) {
			forward_run(&run, task);
			return run.size;
		}
	}
	if (size < sizeof(request))
		return 0;
	memcpy(&request, data, sizeof(request));
	whole = sizeof(request) + request.length;
	if (request.length > size - sizeof(request) || request.op == OP_BATCH ||
	    request.op == OP_SWEEP || batch.size > LIMIT_PAYLOAD / 2)
		return 0;
	resolve_names(&request);
	frame_reserve(whole, 0);
	memcpy(frame, &request, sizeof(request));
	memcpy(frame + sizeof(request), data + sizeof(request), request.length);
	at = batch.size;
	serve(&request);
	give_name(&request, at);
	return whole;
}

/*
 * Executes requests that do not depend on each other's answers, for one round
 * trip to Node. A malformed one ends the batch after those before it.
 */
void do_batch(const struct exec_request *request)
{
	struct exec_reply reply = { .op = OP_BATCH };
	size_t size = request->length;
	char *data = payload_copy(size);
	size_t taken = 1;

	batch.on = true;
	batch.size = 0;
	memset(named, 0, sizeof(named));
	for (size_t at = 0; at < size && taken; at += taken)
		taken = batch_next(data + at, size - at);
	batch.on = false;
	payload_free(data, size);
	reply.status = taken ? STATUS_OK : STATUS_BAD_FRAME;
	reply.length = batch.size;
	write_out(&reply, sizeof(reply));
	write_out(batch.data, batch.size);
	if (batch.capacity > KEEP_BYTES) {
		xfree(batch.data, batch.capacity);
		batch.data = NULL;
		batch.capacity = 0;
	}
}
