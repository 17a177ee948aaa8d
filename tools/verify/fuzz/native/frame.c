// SPDX-License-Identifier: MIT
/* The parser of calls. The payload and each segment are allocations of their exact size. */
#include <stdlib.h>
#include <string.h>
#include "frame.h"

static void fill(const struct frame *frame, const char *data, size_t size, unsigned int choice)
{
	struct segment segments[LIMIT_SEGMENTS], *pointed[FRAME_ARGS];
	unsigned long args[FRAME_ARGS];
	uint32_t count = frame->head->nsegs;
	char *word = frame_word(frame, choice & 7, choice >> 3), *reply;

	if (word && (word < data || word + sizeof(uint32_t) > data + size))
		abort();
	frame_sizes(frame, segments);
	for (uint32_t i = 0; i < count; i++)
		segments[i].mem = malloc(segments[i].size);
	frame_fill(frame, segments, 1, args, choice & 1 ? pointed : NULL);
	reply = malloc(frame_reply_size(segments, count));
	frame_reply(segments, count, reply);
	free(reply);
	for (uint32_t i = 0; i < count; i++)
		free(segments[i].mem);
}

/* The last byte chooses a word, and whether the caller wants the pointed segments. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct frame frame;
	char *data;

	if (!size)
		return 0;
	data = malloc(--size);
	memcpy(data, input, size);
	if (frame_parse(&frame, data, size))
		fill(&frame, data, size, input[size]);
	free(data);
	return 0;
}
