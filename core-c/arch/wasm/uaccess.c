// SPDX-License-Identifier: GPL-2.0-only
/*
 * User memory: segments that the host allocates for one call. Small ones come from an arena, large
 * ones from the heap. They bypass kmalloc(), because fault injection and accounting must not see
 * them.
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

/* An address outside of all segments; stands for addresses that do not fit in a pointer. */
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

/** user_place() - Set the address of the arena as callers see it; see linux/uaccess.h. */
void user_place(unsigned long address)
{
	user_bias = address - (unsigned long)arena;
}
#endif

/** user_alloc() - Allocate a zeroed segment; see linux/uaccess.h. */
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

/** user_reset() - Free all segments; see linux/uaccess.h. */
void user_reset(void)
{
	while (nr_segments) {
		struct segment *segment = &segments[--nr_segments];

		if (segment->in_heap)
			heap_free(segment->memory);
	}
	arena_used = 0;
}

/* Memory of @p; sets @room to the bytes accessible there, 0 outside of all segments. */
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

/** __u64_to_user_ptr() - Convert a 64-bit address of the caller. */
void __user *__u64_to_user_ptr(u64 addr)
{
	return (void __user *)(addr > ~0UL ? BAD_USER_POINTER : (unsigned long)addr);
}

/** copy_from_user() - Read user memory; returns the number of bytes not read. */
unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long room;
	const char *memory = reach(from, &room);
	unsigned long len = min(n, room);

	if (len)
		memcpy(to, memory, len);
	/* as in the kernel, the missing bytes read as zero */
	if (len < n)
		memset((char *)to + len, 0, n - len);
	return n - len;
}

/** copy_to_user() - Write user memory; returns the number of bytes not written. */
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

/** clear_user() - Zero user memory; returns the number of bytes not written. */
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

/** user_written() - Was user memory written since the last call? See linux/uaccess.h. */
bool user_written(void)
{
	bool was = written;

	written = false;
	return was;
}

/** strncpy_from_user() - Read a string; see linux/uaccess.h. */
long strncpy_from_user(char *to, const char __user *from, long count)
{
	unsigned long room, len, n;
	const char *memory = reach(from, &room);

	if (count <= 0)
		return 0;
	len = min((unsigned long)count, room);
	n = len ? strnlen(memory, len) : 0;
	/* on WebAssembly, a copy of 0 bytes at an address outside of memory traps */
	if (n)
		memcpy(to, memory, n);
	if (n < len) {
		to[n] = '\0';
		return (long)n;
	}
	return n == (unsigned long)count ? count : -EFAULT;
}

/** strnlen_user() - Get the length of a string with its NUL; see linux/uaccess.h. */
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

/** check_zeroed_user() - Return 1 if all bytes are zero, 0 if not, -EFAULT on a fault. */
int check_zeroed_user(const void __user *from, size_t size)
{
	unsigned long room;
	const char *memory = reach(from, &room);

	if (!size)
		return 1;
	/* a nonzero byte before the fault wins */
	if (!mem_is_zero(memory, min((unsigned long)size, room)))
		return 0;
	return size > room ? -EFAULT : 1;
}
