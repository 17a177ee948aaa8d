/* SPDX-License-Identifier: GPL-2.0-only */
/* The functions of memory that WebAssembly has as instructions; lib/string.c has the others. */
#ifndef _ASM_STRING_H
#define _ASM_STRING_H
#define __HAVE_ARCH_MEMSET
#define __HAVE_ARCH_MEMCPY
#define __HAVE_ARCH_MEMMOVE
void *memset(void *to, int value, __kernel_size_t size);
void *memcpy(void *to, const void *from, __kernel_size_t size);
void *memmove(void *to, const void *from, __kernel_size_t size);
#endif
