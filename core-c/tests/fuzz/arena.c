// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzer's heap instead of libc's. It hands out ascending addresses and reuses none before the
 * kernel is restored, so freed memory stays poisoned, as are the gaps between allocations.
 * Restoring costs as much as the memory in use, not as much as a boot.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "arena.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONS 1
void __asan_poison_memory_region(const volatile void *at, size_t size);
void __asan_unpoison_memory_region(const volatile void *at, size_t size);
#endif
#endif

/* MSan: allocated memory is uninitialised. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define FORGETS 1
void __msan_allocated_memory(const volatile void *at, size_t size);
#endif
#endif

#define NO_ASAN __attribute__((no_sanitize("address")))
#define ARENA_SIZE (64UL << 20)
#define REDZONE 16UL
#define SHADOW_OFFSET 0x7fff8000UL
#define IN_USE 0x6b6d616c6c6f6321ULL

void *heap_alloc(size_t size);
size_t heap_free(void *p);
size_t heap_size(const void *p);
unsigned long heap_end(void);

/* Sections with the model's variables: see sections.h. */
extern char __start_model_bss[], __stop_model_bss[], __start_model_data[], __stop_model_data[];

/* Precedes each allocation, and is poisoned. */
struct prefix {
	uint64_t size;
	uint64_t state;
};

struct image {
	size_t room;		/* capacity of bytes[] */
	size_t bss, data, heap;
	char bytes[];
};

static char *arena, *top;

/*
 * ASan's own copies would report the poisoned memory. Under MSan the loop copies word by word,
 * because uninitialised words must stay uninitialised.
 */
static NO_ASAN void copy(void *to, const void *from, size_t size)
{
#if defined(__x86_64__) && !defined(FORGETS)
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
#else
	uint64_t *t = to;
	const uint64_t *f = from;
	size_t i;

	for (i = 0; i < size / 8; i++)
		t[i] = f[i];
	for (i *= 8; i < size; i++)
		((char *)to)[i] = ((const char *)from)[i];
#endif
}

static void poison(const void *at, size_t size)
{
#ifdef POISONS
	__asan_poison_memory_region(at, size);
#else
	(void)at;
	(void)size;
#endif
}

static void unpoison(const void *at, size_t size)
{
#ifdef POISONS
	__asan_unpoison_memory_region(at, size);
#else
	(void)at;
	(void)size;
#endif
}

static void arena_init(void)
{
	arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		abort();
	top = arena;
	poison(arena, ARENA_SIZE);
}

static NO_ASAN struct prefix *prefix_of(const void *p)
{
	struct prefix *prefix = (struct prefix *)((uintptr_t)p - sizeof(*prefix));

	if ((const char *)p < arena || (const char *)p >= top || prefix->state != IN_USE)
		abort();
	return prefix;
}

NO_ASAN void *heap_alloc(size_t size)
{
	size_t room = (size + sizeof(struct prefix) + REDZONE + 15) & ~15UL;
	struct prefix *prefix;

	if (!arena)
		arena_init();
	if (size > ARENA_SIZE || room > (size_t)(arena + ARENA_SIZE - top))
		return NULL;
	prefix = (struct prefix *)top;
	top += room;
	prefix->size = size;
	prefix->state = IN_USE;
	unpoison(prefix + 1, size);
#ifdef FORGETS
	__msan_allocated_memory(prefix + 1, size);
#endif
	return prefix + 1;
}

NO_ASAN size_t heap_free(void *p)
{
	struct prefix *prefix = prefix_of(p);

	prefix->state = 0;
	poison(p, prefix->size);
	return prefix->size;
}

NO_ASAN size_t heap_size(const void *p)
{
	return prefix_of(p)->size;
}

unsigned long heap_end(void)
{
	return 0;
}

#ifdef POISONS
static char *shadow(const void *p)
{
	return (char *)(((uintptr_t)p >> 3) + SHADOW_OFFSET);
}
#endif

struct image *image_save(struct image *image)
{
	size_t bss = (size_t)(__stop_model_bss - __start_model_bss);
	size_t data = (size_t)(__stop_model_data - __start_model_data);
	size_t heap, size;
	char *at;

	if (!arena)
		arena_init();
	heap = (size_t)(top - arena);
	size = bss + data + heap + heap / 8;
	if (!image || image->room < size) {
		free(image);
		image = malloc(sizeof(*image) + size);
		if (!image)
			abort();
		image->room = size;
	}
	image->bss = bss;
	image->data = data;
	image->heap = heap;
	at = image->bytes;
	copy(at, __start_model_bss, bss);
	copy(at += bss, __start_model_data, data);
	copy(at += data, arena, heap);
#ifdef POISONS
	copy(at += heap, shadow(arena), heap / 8);
#endif
	return image;
}

void image_restore(const struct image *image)
{
	const char *at = image->bytes;

	copy(__start_model_bss, at, image->bss);
	copy(__start_model_data, at += image->bss, image->data);
	copy(arena, at += image->data, image->heap);
	if (top > arena + image->heap)
		poison(arena + image->heap, (size_t)(top - arena) - image->heap);
	top = arena + image->heap;
#ifdef POISONS
	copy(shadow(arena), at += image->heap, image->heap / 8);
#endif
}
