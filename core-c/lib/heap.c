// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heap below kmalloc(): adjacent chunks that fill the whole heap, with free chunks in
 * lists by size. A freed chunk is merged with its free neighbours. When the last chunk is free,
 * the end moves down again, so that a snapshot of an idle kernel stays small.
 *
 * A native build may use libc's allocator instead, which sanitizers know.
 */
#include <linux/align.h>
#include <linux/arch.h>
#include <linux/bug.h>
#include <linux/log2.h>
#include <linux/slab.h>

#define CHUNK_MAGIC 0x6b6d656du
#define CHUNK_ALIGN 16
#define MIN_PAYLOAD 16
#define SMALL_BINS 32			/* exact sizes up to 512 bytes */
#define NR_BINS (SMALL_BINS + 24)	/* then powers of two */

/* Sizes are without this header. In a free chunk the list pointers follow @magic. */
struct chunk {
	u32 size;
	u32 prev_size;		/* 0 for the first chunk */
	u32 asked;		/* requested size; 0 if free */
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
static unsigned long heap_begin;	/* 0 before the first use */
static unsigned long heap_top;		/* end of the last chunk */
static unsigned long heap_limit;	/* end of the reserved memory */
static u32 last_size;			/* size of the last chunk */

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

/* Record the new size of @c in the next chunk. */
static void note_size(struct chunk *c)
{
	struct chunk *next = next_chunk(c);

	if (next)
		next->prev_size = c->size;
	else
		last_size = c->size;
}

/* Find a free chunk of at least @size bytes, in the smallest list that has one. */
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

/* Free the part of a chunk after @size bytes, if it is large enough for a chunk. */
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
 * heap_alloc() - Allocate at least @size bytes, 16-byte aligned; NULL on failure.
 * @size: number of bytes; not initialised
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
 * heap_free() - Free memory.
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

/** heap_size() - Get the size that was requested for @p. */
size_t heap_size(const void *p)
{
	return chunk_of(p)->asked;
}

/** heap_end() - Get the end of the memory that this kernel uses. */
unsigned long heap_end(void)
{
	return heap_begin ? heap_top : arch_heap_start();
}
