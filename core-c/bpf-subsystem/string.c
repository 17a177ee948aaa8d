// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for arch/x86/lib/memset_64.S, memcpy_64.S and memmove_64.S. The compiler turns each of
 * these builtins into one instruction, memory.fill or memory.copy, where lib/string.c has loops.
 */
#include <linux/string.h>

void *memset(void *to, int value, size_t size)
{
	return __builtin_memset(to, value, size);
}

void *memcpy(void *to, const void *from, size_t size)
{
	return __builtin_memcpy(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
	return __builtin_memmove(to, from, size);
}
