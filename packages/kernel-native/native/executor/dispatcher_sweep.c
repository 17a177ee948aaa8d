// SPDX-License-Identifier: MIT
/* Sweeps: the dispatcher's half. sweep.c has that of a task. */
#include <string.h>
#include <unistd.h>
#include "dispatcher.h"

/* What each task receives of a sweep, and how many bytes of cells it answers. */
struct share {
	const char *data;
	size_t size;
	uint32_t each_ms;
	size_t cells_size;
};

/* Has one task make its share. False: there are no cells, and an answer was sent. */
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

/* Every task gets the same share, one after the other; only the cells differ. */
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
	char *data = payload_copy(request->length);

	sweep_tasks(request, data);
	payload_free(data, request->length);
}
