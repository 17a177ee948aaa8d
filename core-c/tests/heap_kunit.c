// SPDX-License-Identifier: GPL-2.0-only
/* LINK: lib/heap.c */
/* The heap of WebAssembly, on a static array. */
#include <linux/arch.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kunit.h"

#define POOL (1UL << 20)

void abort(void) __attribute__((__noreturn__));

static char pool[POOL] __aligned(16);
static unsigned long granted;
static unsigned int reserves;

unsigned long arch_heap_start(void)
{
	return (unsigned long)pool;
}

unsigned long arch_heap_reserve(unsigned long end)
{
	unsigned long wanted = (end - (unsigned long)pool + 4095) & ~4095UL;

	reserves++;
	if (wanted > POOL)
		return 0;
	granted = wanted;
	return (unsigned long)pool + wanted;
}

void arch_bug(const char *file, int line)
{
	printf("%s:%d: BUG\n", file, line);
	abort();
}

void arch_warn(const char *file, int line)
{
	arch_bug(file, line);
}

static unsigned long used(void)
{
	return heap_end() - (unsigned long)pool;
}

static void aligned_and_sized(void)
{
	void *p[40];
	size_t i;

	for (i = 0; i < 40; i++) {
		p[i] = heap_alloc(i * 7);
		KUNIT_EXPECT_TRUE(p[i]);
		KUNIT_EXPECT_EQ((unsigned long)p[i] % 16, 0);
		KUNIT_EXPECT_EQ(heap_size(p[i]), i ? i * 7 : 1);
	}
	for (i = 0; i < 40; i += 2)
		heap_free(p[i]);
	for (i = 1; i < 40; i += 2)
		heap_free(p[i]);
	KUNIT_EXPECT_EQ(used(), 0);
}

/* Frees the middle chunk last: all three merge, and the end moves down. */
static void merges_both_neighbours(void)
{
	void *a = heap_alloc(100), *b = heap_alloc(100), *c = heap_alloc(100);
	void *end = heap_alloc(16);
	unsigned long top = used();
	void *whole;

	heap_free(a);
	heap_free(c);
	heap_free(b);
	/* 3 payloads of 112 bytes and the 2 headers between them */
	whole = heap_alloc(3 * 112 + 2 * 16);
	KUNIT_EXPECT_EQ((unsigned long)whole, (unsigned long)a);
	KUNIT_EXPECT_EQ(used(), top);
	heap_free(whole);
	heap_free(end);
	KUNIT_EXPECT_EQ(used(), 0);
}

static void splits_and_reuses(void)
{
	void *big = heap_alloc(1000), *guard = heap_alloc(16);
	void *small, *other;

	heap_free(big);
	small = heap_alloc(32);
	KUNIT_EXPECT_EQ((unsigned long)small, (unsigned long)big);
	other = heap_alloc(900);
	KUNIT_EXPECT_EQ((unsigned long)other, (unsigned long)big + 32 + 16);
	heap_free(small);
	heap_free(other);
	heap_free(guard);
	KUNIT_EXPECT_EQ(used(), 0);
}

static void fails_without_memory(void)
{
	void *p;

	KUNIT_EXPECT_EQ((unsigned long)heap_alloc(POOL), 0);
	KUNIT_EXPECT_EQ((unsigned long)heap_alloc((size_t)1 << 31), 0);
	KUNIT_EXPECT_EQ((unsigned long)heap_alloc((size_t)-1), 0);
	p = heap_alloc(POOL / 2);
	KUNIT_EXPECT_TRUE(p);
	heap_free(p);
	KUNIT_EXPECT_EQ(used(), 0);
	KUNIT_EXPECT_TRUE(reserves > 0 && granted <= POOL);
}

struct block {
	unsigned char *p;
	size_t size;
	unsigned char mark;
};

static bool intact(const struct block *b)
{
	size_t i;

	for (i = 0; i < b->size; i++)
		if (b->p[i] != b->mark)
			return false;
	return true;
}

/* Random allocations: no overlaps and no leaks. */
static void random_allocations(void)
{
	static struct block blocks[200];
	unsigned int seed = 12345, i, bad = 0, failed = 0;

	for (i = 0; i < 100000; i++) {
		struct block *b;

		seed = seed * 1664525 + 1013904223;
		b = &blocks[(seed >> 8) % 200];
		if (b->p) {
			bad += !intact(b);
			heap_free(b->p);
			b->p = NULL;
			continue;
		}
		b->size = (seed >> 16) % 100 ? (seed >> 4) % 700 : (seed >> 4) % 20000;
		b->mark = (unsigned char)(seed >> 24);
		b->p = heap_alloc(b->size);
		if (b->p)
			__builtin_memset(b->p, b->mark, b->size);
		else
			failed++;
	}
	for (i = 0; i < 200; i++) {
		if (!blocks[i].p)
			continue;
		bad += !intact(&blocks[i]);
		heap_free(blocks[i].p);
	}
	KUNIT_EXPECT_EQ(bad, 0);
	KUNIT_EXPECT_EQ(failed, 0);
	KUNIT_EXPECT_EQ(used(), 0);
}

KUNIT_SUITE(heap, KUNIT_CASE(aligned_and_sized), KUNIT_CASE(merges_both_neighbours),
	    KUNIT_CASE(splits_and_reuses), KUNIT_CASE(fails_without_memory),
	    KUNIT_CASE(random_allocations))
