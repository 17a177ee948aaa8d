/* SPDX-License-Identifier: MIT */
/*
 * The payload of SYSCALL (protocol.json, struct call), for the executor and the
 * addon. Each of them brings its own memory for the segments, and its own list
 * of system calls.
 */
#ifndef _NATIVE_FRAME_H
#define _NATIVE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "generated/protocol.h"

#define FRAME_ARGS 6

/* Memory of one call; the byte after the last one faults. */
struct segment {
	char *mem;
	uint32_t size;
	bool copy_back;
	void *map;		/* a mapping of its own, or NULL */
	size_t map_size;
};

/* A payload whose tables are complete and whose lengths add up. */
struct frame {
	const struct exec_call *head;
	const struct exec_arg *args;
	const struct exec_segment *lengths;
	const struct exec_fixup *fixups;
	char *bytes;		/* of all segments, one after the other */
};

bool frame_parse(struct frame *frame, char *data, size_t size);
void frame_sizes(const struct frame *frame, struct segment *segments);
bool frame_fill(const struct frame *frame, struct segment *segments, unsigned long bad,
		unsigned long *args, struct segment **pointed);
char *frame_word(const struct frame *frame, uint32_t segment, uint32_t offset);

size_t frame_reply_size(const struct segment *segments, uint32_t count);
void frame_reply(const struct segment *segments, uint32_t count, char *to);

#endif
