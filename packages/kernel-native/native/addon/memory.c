// SPDX-License-Identifier: MIT
/* Memory of calls: an inaccessible page follows each segment. */
#include <linux/fcntl.h>
#include <linux/mman.h>
#include "addon.h"
#include "sys.h"

/* This many segments of a call get a place that is mapped already. */
#define PLACES 8
/* Bytes of a place, and of the gap after it: a multiple of every page size. */
#define PLACE_BYTES 65536u

#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
#define AT_NULL 0
#define AT_PAGESZ 6

static long map(size_t size, int prot)
{
	return sys6(__NR_mmap, 0, size, prot, PRIVATE, -1, 0);
}

static bool failed(long ret)
{
	return ret < 0 && ret > -4096;
}

/* From the auxiliary vector that the kernel passes to each program. */
size_t page_size(void)
{
	unsigned long pair[2];
	size_t page = 4096;
	int fd = sys6(__NR_openat, AT_FDCWD, (long)"/proc/self/auxv", O_RDONLY | O_CLOEXEC, 0, 0, 0);

	if (fd < 0)
		return page;
	while (sys(__NR_read, fd, pair, sizeof(pair)) == sizeof(pair) && pair[0] != AT_NULL)
		if (pair[0] == AT_PAGESZ)
			page = pair[1];
	sys(__NR_close, fd, 0, 0);
	return page;
}

void *pages_get(size_t size)
{
	long ret = map(size, PROT_READ | PROT_WRITE);

	return failed(ret) ? NULL : (void *)ret;
}

void pages_put(void *mem, size_t size)
{
	if (mem)
		sys(__NR_munmap, mem, size, 0);
}

/* One mapping: place, gap, place, gap, …, and a last gap for places_bad(). */
bool places_make(struct places *places)
{
	long base = map((2 * PLACES + 1) * PLACE_BYTES, PROT_NONE);

	places->used = 0;
	places->base = NULL;
	if (failed(base))
		return false;
	places->base = (char *)base;
	for (uint32_t i = 0; i < PLACES; i++)
		if (sys(__NR_mprotect, base + 2 * i * PLACE_BYTES, PLACE_BYTES, PROT_READ | PROT_WRITE)) {
			places_end(places);
			return false;
		}
	return true;
}

void places_end(struct places *places)
{
	pages_put(places->base, (2 * PLACES + 1) * PLACE_BYTES);
	places->base = NULL;
}

/* The address that always faults. */
unsigned long places_bad(const struct places *places)
{
	return (unsigned long)places->base + 2 * PLACES * PLACE_BYTES;
}

/* Gives a segment its memory; the contents are undefined. */
bool segment_place(struct places *places, struct segment *segment)
{
	size_t length = ((size_t)segment->size + PLACE_BYTES - 1) / PLACE_BYTES * PLACE_BYTES;
	long base;

	segment->map = NULL;
	if (segment->size <= PLACE_BYTES && places->used < PLACES) {
		char *place = places->base + 2 * (size_t)places->used++ * PLACE_BYTES;

		segment->mem = place + PLACE_BYTES - segment->size;
		return true;
	}
	base = map(length + PLACE_BYTES, PROT_NONE);
	if (failed(base))
		return false;
	segment->map = (void *)base;
	segment->map_size = length + PLACE_BYTES;
	segment->mem = (char *)base + length - segment->size;
	return !length || !sys(__NR_mprotect, base, length, PROT_READ | PROT_WRITE);
}

/* Releases the memory of all segments; the places are free again. */
void segments_release(struct places *places, struct segment *segments, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		pages_put(segments[i].map, segments[i].map_size);
	places->used = 0;
}
