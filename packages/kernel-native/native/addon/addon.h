/* SPDX-License-Identifier: MIT */
/*
 * System calls of the Node process itself, for a caller in JavaScript. The addon
 * copies memory to places of its own before a call and back after it. JavaScript
 * never sees an address, and a call with a wrong length faults at the exact byte
 * instead of overwriting other memory.
 *
 * The addon uses no C library, so one binary works with all of them.
 */
#ifndef _ADDON_H
#define _ADDON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "frame.h"

/* Places for small segments; one thread uses them at a time. */
struct places {
	char *base;
	uint32_t used;
};

/* A call taken out of a frame. */
struct call {
	long nr;
	unsigned long args[FRAME_ARGS];
	struct segment *segments;
	uint32_t count;			/* of the segments that have memory */
};

/* How a frame was understood. */
enum call_error {
	CALL_OK,
	CALL_MALFORMED,
	CALL_UNKNOWN,		/* not one of the calls of this process */
	CALL_NO_MEMORY,
};

/* memory.c */
size_t page_size(void);
void *pages_get(size_t size);
void pages_put(void *mem, size_t size);
bool places_make(struct places *places);
void places_end(struct places *places);
unsigned long places_bad(const struct places *places);
bool segment_place(struct places *places, struct segment *segment);
void segments_release(struct places *places, struct segment *segments, uint32_t count);

/* call.c */
enum call_error call_parse(struct places *places, struct call *call, char *data, size_t size);
long call_run(const struct call *call);

/* napi.c: functions that the compiler may call implicitly */
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *at, int value, size_t size);

#endif
