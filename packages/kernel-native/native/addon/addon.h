/* SPDX-License-Identifier: MIT */
/*
 * System calls of the Node process itself, for a caller in JavaScript. Memory is
 * copied to places of our own before a call and back after it: JavaScript never
 * sees an address, and a kernel that is told a wrong length faults at the exact
 * byte instead of writing over somebody's memory.
 *
 * There is no C library in here, so that one file serves every one of them.
 */
#ifndef _ADDON_H
#define _ADDON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "generated/protocol.h"

/* A piece of memory of one call; the byte behind the last one faults. */
struct piece {
	char *mem;
	uint32_t size;
	bool copy_back;
	void *map;		/* memory of its own, or NULL */
	size_t map_size;
};

/* Places for small pieces, that one thread uses at a time. */
struct places {
	char *base;
	uint32_t used;
};

/* A call taken out of a frame. */
struct frame_call {
	long nr;
	unsigned long args[6];
	struct piece *pieces;
	uint32_t npieces;
};

/* How a frame was understood. */
enum frame {
	FRAME_OK,
	FRAME_MALFORMED,
	FRAME_NO_CALL,		/* not one of the calls of this process */
	FRAME_NO_MEMORY,
};

/* memory.c */
size_t page_size(void);
void *pages_get(size_t size);
void pages_put(void *mem, size_t size);
bool places_make(struct places *places);
void places_end(struct places *places);
unsigned long places_bad(const struct places *places);
bool piece_place(struct places *places, struct piece *piece);
void pieces_release(struct places *places, struct piece *pieces, uint32_t count);

/* frame.c */
enum frame frame_take(struct places *places, struct frame_call *call, char *data, size_t size);
long frame_run(const struct frame_call *call);

/* napi.c: what the compiler may call by itself */
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *at, int value, size_t size);

#endif
