// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaces lib/heap.c: each allocation is a libc allocation, whose bounds sanitizers check. The
 * limit is that of the WebAssembly module.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define HEAP_LIMIT (64UL << 20)

/* Its size preserves the alignment of libc. */
struct prefix {
	size_t size;
	uint64_t magic;
};

#define PREFIX_MAGIC 0x6b6d616c6c6f6321ULL

static size_t in_use;

void *heap_alloc(size_t size);
size_t heap_free(void *p);
size_t heap_size(const void *p);
unsigned long heap_end(void);

static struct prefix *prefix_of(const void *p)
{
	struct prefix *prefix = (struct prefix *)((uintptr_t)p - sizeof(*prefix));

	if (prefix->magic != PREFIX_MAGIC)
		abort();
	return prefix;
}

void *heap_alloc(size_t size)
{
	struct prefix *prefix;

	if (size > HEAP_LIMIT - in_use)
		return NULL;
	prefix = malloc(sizeof(*prefix) + size);
	if (!prefix)
		return NULL;
	*prefix = (struct prefix){ .size = size, .magic = PREFIX_MAGIC };
	in_use += size;
	return prefix + 1;
}

size_t heap_free(void *p)
{
	struct prefix *prefix = prefix_of(p);
	size_t size = prefix->size;

	in_use -= size;
	prefix->magic = 0;
	free(prefix);
	return size;
}

size_t heap_size(const void *p)
{
	return prefix_of(p)->size;
}

/* The heap is not contiguous, so there are no snapshots. */
unsigned long heap_end(void)
{
	return 0;
}
