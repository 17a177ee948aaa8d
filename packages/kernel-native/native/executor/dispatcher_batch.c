// SPDX-License-Identifier: MIT
/* Requests that hold others: batches and sweeps. */
#include <string.h>
#include <unistd.h>
#include "dispatcher.h"

/* As much surely fits into the connection with a task, also while nobody reads. */
#define RUN_BYTES (16 * 1024)

/* Answers of a batch, until all of them are there. */
static struct {
	bool on;
	char *data;
	size_t size;
	size_t capacity;
} batch;

/*
 * Keeps what would go out, if there is a batch. The answers grow; where there is
 * no memory for them the executor cannot go on.
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

/* Tasks that a batch made and gave names to; 0: there is none of this name. */
static pid_t named[LIMIT_NAMES];

/* The task that @pid is the number or the name of. */
static pid_t find_named(uint32_t pid)
{
	if (pid < LIMIT_NAME_BASE)
		return pid;
	return pid - LIMIT_NAME_BASE < LIMIT_NAMES ? named[pid - LIMIT_NAME_BASE] : 0;
}

/* Puts numbers in the place of names. */
static void resolve_names(struct exec_request *request)
{
	request->pid = find_named(request->pid);
	if (request->op == OP_WAIT || request->op == OP_OPENNS)
		request->a = find_named(request->a);
	if (request->op == OP_SENDFD)
		request->b = find_named(request->b);
}

/* Remembers the child that a fork has answered, if it is to have a name. */
static void give_name(const struct exec_request *request, size_t at)
{
	struct exec_reply reply;

	if (request->op != OP_FORK || request->b < LIMIT_NAME_BASE ||
	    request->b - LIMIT_NAME_BASE >= LIMIT_NAMES)
		return;
	memcpy(&reply, batch.data + at, sizeof(reply));
	named[request->b - LIMIT_NAME_BASE] = reply.status == STATUS_OK ? reply.pid : 0;
}

/* Calls of one task, one behind the other. */
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

/* The next answer of a run out of the frame, that has @have bytes by now. */
static enum outcome run_answer(struct task *task, size_t *have, int64_t deadline)
{
	struct exec_reply reply;
	enum outcome outcome = task_recv(task, frame, frame_size, have, sizeof(reply), deadline);
	size_t size;

	if (outcome != DONE)
		return outcome;
	memcpy(&reply, frame, sizeof(reply));
	/* As in forward(): it has been overwritten by its test. */
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

/* Every call has its answer, and its own time for it; those behind one that got none have no task. */
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
 * The next requests of a batch; @size is what is left of it. Answers how much it
 * took, 0 if there is none.
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
void do_batch(const struct exec_request *request)
{
	struct exec_reply reply = { .op = OP_BATCH };
	size_t size = request->length;
	char *data = copy_payload(size);
	size_t taken = 1;

	batch.on = true;
	batch.size = 0;
	memset(named, 0, sizeof(named));
	for (size_t at = 0; at < size && taken; at += taken)
		taken = batch_next(data + at, size - at);
	batch.on = false;
	xfree(data, size + 1);
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

/* What a task is told of a sweep, and the cells that it answers. */
struct share {
	const char *data;
	size_t size;
	uint32_t each_ms;
	size_t cells_size;
};

/* Has one task make its share. False: there are no cells, and that was answered. */
static bool sweep_task(const struct exec_request *request, const struct share *share,
		       struct task *task, char *cells)
{
	struct exec_request part = { .length = share->size, .op = OP_SWEEP, .pid = task->pid };
	int64_t deadline = now_ms() + share->each_ms;
	size_t whole = sizeof(struct exec_reply) + share->cells_size, have = 0;
	struct exec_reply reply = { 0 };
	enum outcome outcome;

	frame_reserve(sizeof(part) + share->size, 0);
	memcpy(frame, &part, sizeof(part));
	memcpy(frame + sizeof(part), share->data, share->size);
	outcome = task_send(task, frame, sizeof(part) + share->size, deadline);
	if (outcome == DONE)
		outcome = task_recv(task, frame, frame_size, &have, sizeof(reply), deadline);
	if (outcome == DONE)
		memcpy(&reply, frame, sizeof(reply));
	if (outcome == DONE && !reply.status)
		outcome = reply.length == share->cells_size ?
			task_recv(task, frame, frame_size, &have, whole, deadline) : LATE;
	if (outcome != DONE)
		answer_lost(request, task, outcome);
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
	struct task *task;
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
		task = task_find(pid);
		made = task && sweep_task(request, &share, task, cells + i * share.cells_size);
		if (!task)
			answer(request, STATUS_NO_TASK, 0, pid, 0);
	}
	if (made) {
		write_out(&reply, sizeof(reply));
		write_out(cells, reply.length);
	}
	xfree(cells, sweep.ntasks * share.cells_size);
}

void do_sweep(const struct exec_request *request)
{
	char *data = copy_payload(request->length);

	sweep_tasks(request, data);
	xfree(data, request->length + 1);
}
