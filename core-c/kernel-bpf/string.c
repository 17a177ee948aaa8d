// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for arch/x86/lib/memset_64.S, memcpy_64.S and memmove_64.S. The compiler turns each of
 * these builtins into one instruction, memory.fill or memory.copy, where lib/string.c has loops.
 */
#include <linux/string.h>

/* Engines call a function for memory.fill, which costs more than a few stores. */
#define FEW 128

void *memset(void *to, int value, size_t size)
{
	u64 word = (u8)value * 0x0101010101010101ULL;
	u8 *at = to;

	if (size > FEW)
		return __builtin_memset(to, value, size);
	for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word))
		*(u64 *)at = word;
	while (size--)
		*at++ = value;
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	return __builtin_memcpy(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
	return __builtin_memmove(to, from, size);
}
