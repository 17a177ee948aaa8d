// SPDX-License-Identifier: MIT
/*
 * Memory of calls. Each segment ends where an inaccessible page begins, so a
 * kernel that reads or writes too far faults at the exact byte.
 */
#include <sys/mman.h>
#include <unistd.h>
#include "call.h"

/* Small segments get a place that is mapped already; larger ones are mapped for the call. */
#define PLACES 12
#define PLACE_PAGES 2

static char *places;
static size_t page;

/* Once per program image: forked tasks inherit it. */
bool mem_make(void)
{
	size_t stride;

	page = sysconf(_SC_PAGESIZE);
	stride = (PLACE_PAGES + 1) * page;
	/* One page more, which is never accessible: mem_bad(). */
	places = mmap(NULL, PLACES * stride + page, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (places == MAP_FAILED)
		return false;
	for (int i = 0; i < PLACES; i++)
		if (mprotect(places + i * stride, PLACE_PAGES * page, PROT_READ | PROT_WRITE))
			return false;
	return true;
}

unsigned long mem_bad(void)
{
	return (unsigned long)places + PLACES * (PLACE_PAGES + 1) * page;
}

static bool place_large(struct segment *seg)
{
	size_t length = (seg->size + page - 1) / page * page;
	char *map = mmap(NULL, length + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return false;
	seg->map = map;
	seg->map_size = length + page;
	if (length && mprotect(map, length, PROT_READ | PROT_WRITE))
		return false;
	seg->mem = map + length - seg->size;
	return true;
}

/* Gives every segment its memory; the contents are undefined. */
bool mem_place(struct segment *segs, uint32_t count)
{
	size_t stride = (PLACE_PAGES + 1) * page;
	uint32_t used = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct segment *seg = &segs[i];

		seg->map = NULL;
		if (seg->size <= PLACE_PAGES * page && used < PLACES) {
			char *end = places + used++ * stride + PLACE_PAGES * page;

			seg->mem = end - seg->size;
		} else if (!place_large(seg)) {
			mem_release(segs, i + 1);
			return false;
		}
	}
	return true;
}

void mem_release(struct segment *segs, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		xfree(segs[i].map, segs[i].map_size);
}
