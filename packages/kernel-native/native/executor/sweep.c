// SPDX-License-Identifier: MIT
/*
 * Makes calls that differ in a few words, from one request. For each call the
 * words are copied into the request, which is then parsed, checked and executed
 * like any other.
 */
#include <string.h>
#include <unistd.h>
#include "call.h"

/* A sweep as a task receives it. */
struct sweep {
	struct exec_sweep head;
	const char *places;
	char *call;
	const char *words;
};

static bool take_apart(struct sweep *sweep, char *data, size_t size)
{
	const struct exec_sweep *head = &sweep->head;
	size_t places, words;

	if (size < sizeof(*head))
		return false;
	memcpy(&sweep->head, data, sizeof(*head));
	if (!head->ncalls || head->ncalls > LIMIT_SWEEP_CALLS ||
	    head->nplaces > LIMIT_SWEEP_PLACES || head->call_length > LIMIT_PAYLOAD)
		return false;
	places = head->nplaces * sizeof(struct exec_place);
	words = (size_t)head->ncalls * head->nplaces * sizeof(uint32_t);
	sweep->places = data + sizeof(*head);
	sweep->call = data + sizeof(*head) + places;
	sweep->words = sweep->call + head->call_length;
	return size == sizeof(*head) + places + head->call_length + words;
}

/* One call; STATUS_OK: it was made or refused, and its cell says which. */
static enum status run(const struct sweep *sweep, uint16_t *cell)
{
	struct call call;
	enum status status = call_parse(&call, sweep->call, sweep->head.call_length);
	long ret = status == STATUS_OK ? call_run(&call) : 0;

	if (status == STATUS_OK && !call.rule && ret >= 0 && sweep->head.close)
		close(ret);
	*cell = call.rule ? STATUS_REFUSED << LIMIT_CELL_SHIFT | call.rule : ret < 0 ? -ret : 0;
	mem_release(call.segs, call.nsegs);
	return status;
}

/* Makes every call; sets @count of @cells. */
enum status sweep_run(char *data, size_t size, uint16_t *cells, uint32_t *count)
{
	char *at[LIMIT_SWEEP_PLACES];
	struct exec_place place;
	struct frame frame;
	struct sweep sweep;

	if (!take_apart(&sweep, data, size) ||
	    !frame_parse(&frame, sweep.call, sweep.head.call_length))
		return STATUS_BAD_FRAME;
	for (uint32_t i = 0; i < sweep.head.nplaces; i++) {
		memcpy(&place, sweep.places + i * sizeof(place), sizeof(place));
		at[i] = frame_word(&frame, place.segment, place.offset);
		if (!at[i])
			return STATUS_BAD_FRAME;
	}
	for (uint32_t i = 0; i < sweep.head.ncalls; i++) {
		enum status status;

		for (uint32_t j = 0; j < sweep.head.nplaces; j++, sweep.words += sizeof(uint32_t))
			memcpy(at[j], sweep.words, sizeof(uint32_t));
		status = run(&sweep, &cells[i]);
		if (status != STATUS_OK)
			return status;
	}
	*count = sweep.head.ncalls;
	return STATUS_OK;
}
