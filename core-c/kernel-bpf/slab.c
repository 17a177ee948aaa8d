// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the kernel. Stands in for mm/slub.c, mm/slab_common.c, mm/percpu.c and
 * mm/mm_init.c. Blocks have sizes that are powers of two. A header precedes each block.
 */
#include <linux/memblock.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "glue.h"

#define BLOCK_MAGIC 0x6b6d616c
#define ALIAS_MAGIC 0x616c6973
#define BLOCK_MAX (1UL << 28)

int live_blocks;

extern u8 __heap_base;
static u8 *heap_end;

struct free_block {
	struct free_block *next;
};

static struct free_block *free_blocks[32];

struct block_header {
	u32 size;
	u32 magic;
	u32 block; /* of an alias: the address of its block */
	u32 unused;
};

struct kmem_cache {
	unsigned int size;
	void (*ctor)(void *object);
};

kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];

static int class_of(size_t size)
{
	size_t total = size + sizeof(struct block_header);

	return total <= 32 ? 5 : 32 - __builtin_clz((u32)total - 1);
}

static void *grow_heap(size_t bytes)
{
	void *at;

	if (!heap_end)
		heap_end = (u8 *)(((uintptr_t)&__heap_base + 63) & ~63UL);
	while ((uintptr_t)heap_end + bytes > __builtin_wasm_memory_size(0) * 65536UL) {
		if (__builtin_wasm_memory_grow(0, (bytes >> 16) + 1) == (size_t)-1)
			return NULL;
	}
	at = heap_end;
	heap_end += bytes;
	return at;
}

void *memory_alloc(size_t size, gfp_t flags)
{
	struct block_header *header;
	int class;

	if (size >= BLOCK_MAX)
		return NULL;
	class = class_of(size);
	header = (void *)free_blocks[class];
	if (header) {
		free_blocks[class] = free_blocks[class]->next;
		if (flags & __GFP_ZERO)
			memset(header + 1, 0, size);
	} else {
		/* Memory that was never used is zero. */
		header = grow_heap(1UL << class);
	}
	if (!header)
		return NULL;
	header->size = size;
	header->magic = BLOCK_MAGIC;
	live_blocks++;
	return header + 1;
}

/* The header below the aligned address is an alias: it names the block to free. */
void *memory_alloc_aligned(size_t size, gfp_t flags)
{
	struct block_header *header;
	u8 *block, *aligned;

	if (size >= BLOCK_MAX)
		return NULL;
	block = memory_alloc(size + PAGE_SIZE + 64, flags);
	if (!block)
		return NULL;
	aligned = (u8 *)(((uintptr_t)block + sizeof(*header) + PAGE_SIZE - 1) & PAGE_MASK);
	header = (struct block_header *)aligned - 1;
	header->size = size;
	header->magic = ALIAS_MAGIC;
	header->block = (u32)(uintptr_t)block;
	return aligned;
}

void kfree(const void *object)
{
	struct block_header *header = (struct block_header *)object - 1;
	int class;

	/* kfree_const() frees constants: this module has no read-only section. */
	if (ZERO_OR_NULL_PTR(object) || (uintptr_t)object < (uintptr_t)&__heap_base)
		return;
	if (header->magic == ALIAS_MAGIC) {
		header->magic = 0;
		header = (struct block_header *)(uintptr_t)header->block - 1;
	}
	if (header->magic != BLOCK_MAGIC)
		__builtin_trap();
	header->magic = 0;
	live_blocks--;
	class = class_of(header->size);
	((struct free_block *)header)->next = free_blocks[class];
	free_blocks[class] = (void *)header;
}

EXPORT(kernel_live) int kernel_live(void)
{
	return live_blocks;
}

EXPORT(kernel_alloc) u32 kernel_alloc(u32 size)
{
	return (u32)(unsigned long)memory_alloc(size, __GFP_ZERO);
}

EXPORT(kernel_free) void kernel_free(u32 at)
{
	kfree((void *)(unsigned long)at);
}

struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int size,
					    struct kmem_cache_args *args, slab_flags_t flags)
{
	struct kmem_cache *cache = memory_alloc(sizeof(*cache), 0);

	if (!cache)
		return NULL;
	cache->size = size;
	cache->ctor = args ? args->ctor : NULL;
	return cache;
}

void *kmem_cache_alloc_noprof(struct kmem_cache *c, gfp_t g)
{
	void *p;

	/* The boot did not create the cache: reading address 0 would not trap. */
	if (!c)
		__builtin_trap();
	p = memory_alloc(c->size, g);
	if (p && c->ctor)
		c->ctor(p);
	return p;
}

void *kmem_cache_alloc_lru_noprof(struct kmem_cache *c, struct list_lru *l, gfp_t g)
{
	return kmem_cache_alloc_noprof(c, g);
}

void *kmem_cache_alloc_node_noprof(struct kmem_cache *c, gfp_t g, int n)
{
	return kmem_cache_alloc_noprof(c, g);
}

void kmem_cache_free(struct kmem_cache *c, void *p)
{
	kfree(p);
}

unsigned int kmem_cache_size(struct kmem_cache *c)
{
	return c->size;
}

#if SINCE_7
bool kmem_cache_alloc_bulk_noprof(struct kmem_cache *cache, gfp_t flags, size_t count, void **objects)
#else
int kmem_cache_alloc_bulk_noprof(struct kmem_cache *cache, gfp_t flags, size_t count, void **objects)
#endif
{
	size_t i;

	for (i = 0; i < count; i++) {
		objects[i] = kmem_cache_alloc_noprof(cache, flags);
		if (!objects[i]) {
			kmem_cache_free_bulk(cache, i, objects);
			return 0;
		}
	}
	return count;
}

void kmem_cache_free_bulk(struct kmem_cache *c, size_t n, void **p)
{
	while (n--)
		kfree(p[n]);
}

kmem_buckets *kmem_buckets_create(const char *name, slab_flags_t f, unsigned int u, unsigned int us,
				  void (*ctor)(void *))
{
	return NULL;
}

void *__kmalloc_noprof(size_t n, gfp_t g)
{
	return memory_alloc(n, g);
}

void *__kmalloc_cache_noprof(struct kmem_cache *c, gfp_t g, size_t n)
{
	return memory_alloc(n, g);
}

void *__kmalloc_cache_node_noprof(struct kmem_cache *c, gfp_t g, int node, size_t n)
{
	return __kmalloc_noprof(n, g);
}

void *__kmalloc_node_noprof(size_t n, gfp_t g, int node)
{
	return memory_alloc(n, g);
}

void *__kmalloc_node_track_caller_noprof(size_t n, gfp_t g, int node, unsigned long c)
{
	return memory_alloc(n, g);
}

void *__kmalloc_large_noprof(size_t n, gfp_t g)
{
	return __kmalloc_noprof(n, g);
}

static size_t room_of(size_t size)
{
	return (1UL << class_of(size)) - sizeof(struct block_header);
}

size_t kmalloc_size_roundup(size_t size)
{
	return size ? room_of(size) : 0;
}

size_t ksize(const void *object)
{
	const struct block_header *header = (struct block_header *)object - 1;

	if (ZERO_OR_NULL_PTR(object))
		return 0;
	return header->magic == BLOCK_MAGIC ? room_of(header->size) : header->size;
}

#if SINCE_7
void *krealloc_node_align_noprof(const void *object, DECL_TOKEN_PARAMS(size, token),
				 unsigned long align, gfp_t flags, int node)
#else
void *krealloc_noprof(const void *object, size_t size, gfp_t flags)
#endif
{
	struct block_header *header = (struct block_header *)object - 1;
	void *moved;

	if (!size) {
		kfree(object);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(object))
		return memory_alloc(size, flags);
	if (header->magic == BLOCK_MAGIC && room_of(header->size) == room_of(size)) {
		if (size > header->size && (flags & __GFP_ZERO))
			memset((u8 *)object + header->size, 0, size - header->size);
		header->size = size;
		return (void *)object;
	}
	moved = memory_alloc(size, flags);
	if (!moved)
		return NULL;
	memcpy(moved, object, min_t(size_t, header->size, size));
	kfree(object);
	return moved;
}

bool slab_is_available(void)
{
	return true;
}

/* Stands in for mm/mm_init.c. Every table has 64 buckets. */
void *alloc_large_system_hash(const char *name, unsigned long bucket, unsigned long entries,
			      int scale, int flags, unsigned int *shift, unsigned int *mask,
			      unsigned long low, unsigned long high)
{
	if (shift)
		*shift = 6;
	if (mask)
		*mask = 63;
	return memory_alloc(bucket << 6, __GFP_ZERO);
}

/* Stands in for mm/percpu.c. There is one CPU. */

void __percpu *pcpu_alloc_noprof(size_t n, size_t al, bool r, gfp_t g)
{
	return memory_alloc(n, __GFP_ZERO);
}

void free_percpu(void __percpu *p)
{
	kfree(p);
}

#if SINCE_7
void kfree_nolock(const void *object)
{
	kfree(object);
}

void *_kmalloc_nolock_noprof(DECL_TOKEN_PARAMS(size, token), gfp_t flags, int node)
{
	return memory_alloc(size, flags);
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	kfree(cache);
}

/* No one reads at the same time: there is one thread, and a call ends before the next one starts. */
void kvfree_call_rcu(struct kvfree_rcu_head *head, void *object)
{
	kfree(object);
}
#endif
