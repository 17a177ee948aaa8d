// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heap below kmalloc(): chunks that lie side by side from the heap's start
 * to its end, free ones in lists by size. A freed chunk joins its free
 * neighbours, and the end moves down again when the last chunk is free, so
 * that a snapshot of an idle kernel stays small.
 *
 * A native build may leave this file out and use libc's allocator, which
 * sanitizers know.
 */
#include <linux/align.h>
#include <linux/arch.h>
#include <linux/bug.h>
#include <linux/log2.h>
#include <linux/slab.h>

#define CHUNK_MAGIC 0x6b6d656du
#define CHUNK_ALIGN 16
#define MIN_PAYLOAD 16
#define SMALL_BINS 32			/* payloads up to 512 bytes, exact */
#define NR_BINS (SMALL_BINS + 24)	/* then by power of two */

/* Sizes are of payloads. What stands behind @magic of a free chunk is its list. */
struct chunk {
	u32 size;
	u32 prev_size;		/* 0: the first chunk */
	u32 asked;		/* 0: free */
	u32 magic;
};

struct free_chunk {
	struct chunk head;
	struct free_chunk *next;
	struct free_chunk *prev;
};

static_assert(sizeof(struct chunk) == CHUNK_ALIGN);

static struct free_chunk *bins[NR_BINS];
static u64 bins_used;
static unsigned long heap_begin;	/* 0: not used yet */
static unsigned long heap_top;		/* end of the last chunk */
static unsigned long heap_limit;	/* what the machine has given */
static u32 last_size;			/* of the last chunk */

static unsigned long payload(const struct chunk *c)
{
	return (unsigned long)c + sizeof(*c);
}

static struct chunk *chunk_of(const void *p)
{
	struct chunk *c = (struct chunk *)((unsigned long)p - sizeof(*c));

	BUG_ON(c->magic != CHUNK_MAGIC);
	return c;
}

static struct chunk *next_chunk(const struct chunk *c)
{
	unsigned long at = payload(c) + c->size;

	return at == heap_top ? NULL : (struct chunk *)at;
}

static struct chunk *prev_chunk(const struct chunk *c)
{
	if (!c->prev_size)
		return NULL;
	return (struct chunk *)((unsigned long)c - c->prev_size - sizeof(*c));
}

static unsigned int bin_of(u32 size)
{
	if (size <= SMALL_BINS * CHUNK_ALIGN)
		return size / CHUNK_ALIGN - 1;
	return SMALL_BINS + (unsigned int)ilog2(size) - 9;
}

static void bin_add(struct chunk *c)
{
	struct free_chunk *f = (struct free_chunk *)c;
	unsigned int bin = bin_of(c->size);

	c->asked = 0;
	f->prev = NULL;
	f->next = bins[bin];
	if (f->next)
		f->next->prev = f;
	bins[bin] = f;
	bins_used |= 1ULL << bin;
}

static void bin_del(struct chunk *c)
{
	struct free_chunk *f = (struct free_chunk *)c;
	unsigned int bin = bin_of(c->size);

	if (f->next)
		f->next->prev = f->prev;
	if (f->prev)
		f->prev->next = f->next;
	else
		bins[bin] = f->next;
	if (!bins[bin])
		bins_used &= ~(1ULL << bin);
}

/* The size of @c changed: tell the one behind it. */
static void note_size(struct chunk *c)
{
	struct chunk *next = next_chunk(c);

	if (next)
		next->prev_size = c->size;
	else
		last_size = c->size;
}

/* A free chunk of at least @size: the first that fits, from the smallest sizes up. */
static struct chunk *bin_find(u32 size)
{
	unsigned int bin = bin_of(size);
	struct free_chunk *f;
	u64 above;

	for (f = bins[bin]; f; f = f->next)
		if (f->head.size >= size)
			return &f->head;
	above = bins_used & ~((2ULL << bin) - 1);
	return above ? &bins[__builtin_ctzll(above)]->head : NULL;
}

static struct chunk *heap_extend(u32 size)
{
	struct chunk *c;
	unsigned long end;

	if (!heap_begin) {
		heap_begin = arch_heap_start();
		heap_top = heap_begin;
		heap_limit = heap_begin;
	}
	c = (struct chunk *)heap_top;
	end = payload(c) + size;
	if (end < heap_top)
		return NULL;
	if (end > heap_limit) {
		unsigned long limit = arch_heap_reserve(end);

		if (!limit)
			return NULL;
		heap_limit = limit;
	}
	*c = (struct chunk){ .size = size, .prev_size = last_size, .magic = CHUNK_MAGIC };
	heap_top = end;
	last_size = size;
	return c;
}

/* Give back what is more than @size, if a chunk can be made of it. */
static void split(struct chunk *c, u32 size)
{
	struct chunk *rest;

	if (c->size < size + sizeof(*c) + MIN_PAYLOAD)
		return;
	rest = (struct chunk *)(payload(c) + size);
	*rest = (struct chunk){
		.size = c->size - size - (u32)sizeof(*c),
		.prev_size = size,
		.magic = CHUNK_MAGIC,
	};
	c->size = size;
	note_size(rest);
	bin_add(rest);
}

/**
 * heap_alloc() - memory of at least @size bytes, 16-aligned, or NULL
 * @size: bytes; what is in them is left over
 */
void *heap_alloc(size_t size)
{
	struct chunk *c;
	u32 want;

	if (size > 1U << 30)
		return NULL;
	want = size ? (u32)ALIGN(size, CHUNK_ALIGN) : MIN_PAYLOAD;
	c = bin_find(want);
	if (c) {
		bin_del(c);
		split(c, want);
	} else {
		c = heap_extend(want);
		if (!c)
			return NULL;
	}
	c->asked = size ? (u32)size : 1;
	return (void *)payload(c);
}

/**
 * heap_free() - give memory back
 * @p: from heap_alloc()
 *
 * Return: its heap_size().
 */
size_t heap_free(void *p)
{
	struct chunk *c = chunk_of(p), *next, *prev;
	size_t asked = c->asked;

	BUG_ON(!asked);
	next = next_chunk(c);
	if (next && !next->asked) {
		bin_del(next);
		c->size += next->size + (u32)sizeof(*next);
		next->magic = 0;
	}
	prev = prev_chunk(c);
	if (prev && !prev->asked) {
		bin_del(prev);
		prev->size += c->size + (u32)sizeof(*c);
		c->magic = 0;
		c = prev;
	}
	note_size(c);
	if (payload(c) + c->size == heap_top) {
		heap_top = (unsigned long)c;
		last_size = c->prev_size;
		c->magic = 0;
		return asked;
	}
	bin_add(c);
	return asked;
}

/** heap_size() - the size that @p was asked for with */
size_t heap_size(const void *p)
{
	return chunk_of(p)->asked;
}

/** heap_end() - the first address behind everything this kernel uses */
unsigned long heap_end(void)
{
	return heap_begin ? heap_top : arch_heap_start();
}
