// SPDX-License-Identifier: GPL-2.0-only
/*
 * User memory: segments that the host makes for one call. Small ones come out
 * of an arena, large ones from the heap, below kmalloc: they are the host's,
 * so no fault hits them and nothing counts them.
 */
#include <linux/align.h>
#include <linux/arch.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define ARENA_SIZE 16384
#define SEGMENT_ALIGN 16
#define MAX_SEGMENTS 128

/* An address that is never in a segment; what addresses beyond this machine's become. */
#define BAD_USER_POINTER 0xdead0000UL

struct segment {
	char *memory;
	u32 size;
	bool in_heap;
};

static char arena[ARENA_SIZE] __aligned(SEGMENT_ALIGN);
static u32 arena_used;
static struct segment segments[MAX_SEGMENTS];
static u32 nr_segments;
static bool written;
#ifndef CONFIG_NATIVE
unsigned long user_bias;

/** user_place() - the address of the arena, as callers know it; see linux/uaccess.h */
void user_place(unsigned long address)
{
	user_bias = address - (unsigned long)arena;
}
#endif

/** user_alloc() - a fresh, zeroed segment; see linux/uaccess.h */
unsigned long user_alloc(u32 size)
{
	struct segment *segment = &segments[nr_segments];
	u64 room = ALIGN((u64)size + 1, SEGMENT_ALIGN);
	void *p;

	if (nr_segments == MAX_SEGMENTS)
		return 0;
	segment->in_heap = room > ARENA_SIZE - arena_used;
	if (segment->in_heap) {
		p = heap_alloc(size);
		if (!p)
			return 0;
	} else {
		p = arena + arena_used;
		arena_used += (u32)room;
	}
	memset(p, 0, size);
	segment->memory = p;
	segment->size = size;
	nr_segments++;
	return arch_user_address(p);
}

/** user_reset() - drop all segments; see linux/uaccess.h */
void user_reset(void)
{
	while (nr_segments) {
		struct segment *segment = &segments[--nr_segments];

		if (segment->in_heap)
			heap_free(segment->memory);
	}
	arena_used = 0;
}

/* Where @p is, and in @room how many bytes the caller may touch there: 0 outside of all segments. */
static char *reach(const void __user *p, unsigned long *room)
{
	u32 i;

	for (i = 0; i < nr_segments; i++) {
		unsigned long at = (unsigned long)p - arch_user_address(segments[i].memory);

		if (at < segments[i].size) {
			*room = segments[i].size - at;
			return segments[i].memory + at;
		}
	}
	*room = 0;
	return NULL;
}

/** __u64_to_user_ptr() - an address as the caller wrote it, 64 bits wide */
void __user *__u64_to_user_ptr(u64 addr)
{
	return (void __user *)(addr > ~0UL ? BAD_USER_POINTER : (unsigned long)addr);
}

/** copy_from_user() - read; returns how many bytes could not be read */
unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long room;
	const char *memory = reach(from, &room);
	unsigned long len = min(n, room);

	if (len)
		memcpy(to, memory, len);
	/* what is missing reads as zeroes, as in the kernel */
	if (len < n)
		memset((char *)to + len, 0, n - len);
	return n - len;
}

/** copy_to_user() - write; returns how many bytes could not be written */
unsigned long copy_to_user(void __user *to, const void *from, unsigned long n)
{
	unsigned long room;
	char *memory = reach(to, &room);
	unsigned long len = min(n, room);

	if (len) {
		memcpy(memory, from, len);
		written = true;
	}
	return n - len;
}

/** clear_user() - write zeroes; returns how many bytes could not be written */
unsigned long clear_user(void __user *to, unsigned long n)
{
	unsigned long room;
	char *memory = reach(to, &room);
	unsigned long len = min(n, room);

	if (len) {
		memset(memory, 0, len);
		written = true;
	}
	return n - len;
}

/** user_written() - whether the caller's memory was written since the last time; see linux/uaccess.h */
bool user_written(void)
{
	bool was = written;

	written = false;
	return was;
}

/** strncpy_from_user() - read a string; see linux/uaccess.h */
long strncpy_from_user(char *to, const char __user *from, long count)
{
	unsigned long room, len, n;
	const char *memory = reach(from, &room);

	if (count <= 0)
		return 0;
	len = min((unsigned long)count, room);
	n = len ? strnlen(memory, len) : 0;
	/* a copy of nothing from beyond all memory traps, too */
	if (n)
		memcpy(to, memory, n);
	if (n < len) {
		to[n] = '\0';
		return (long)n;
	}
	return n == (unsigned long)count ? count : -EFAULT;
}

/** strnlen_user() - length of a string with its NUL; see linux/uaccess.h */
long strnlen_user(const char __user *s, long n)
{
	unsigned long room, len;
	const char *memory = reach(s, &room);

	if (n <= 0)
		return 0;
	len = room ? strnlen(memory, min(room, (unsigned long)n)) : 0;
	if (len < room && len < (unsigned long)n)
		return (long)len + 1;
	return len == (unsigned long)n ? n + 1 : 0;
}

/** check_zeroed_user() - 1 if all is zero, 0 if not, -EFAULT */
int check_zeroed_user(const void __user *from, size_t size)
{
	unsigned long room;
	const char *memory = reach(from, &room);

	if (!size)
		return 1;
	/* what is readable is looked at first */
	if (!mem_is_zero(memory, min((unsigned long)size, room)))
		return 0;
	return size > room ? -EFAULT : 1;
}
