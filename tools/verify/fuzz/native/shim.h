/* SPDX-License-Identifier: MIT */
/*
 * Included before each source of a native program: system calls go to kernel.c, and the strings
 * functions of programs without a C library get other names than those of the sanitizers.
 */
#ifndef _FUZZ_SHIM_H
#define _FUZZ_SHIM_H

/* In place of addon/sys.h. */
#define _ADDON_SYS_H
#include <asm/unistd.h>

long sys6(long nr, long a, long b, long c, long d, long e, long f);
#define sys(nr, a, b, c) sys6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)

#define memcpy fuzzed_memcpy
#define memset fuzzed_memset
#define strlen fuzzed_strlen

#endif
