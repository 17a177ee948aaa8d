/* SPDX-License-Identifier: MIT */
/*
 * Requests have the numbers, flags and structures of x86-64 on every machine, as
 * in the facade. Where another machine differs, this and executor/abi.c translate.
 */
#ifndef _NATIVE_ABI_H
#define _NATIVE_ABI_H

#include <stdint.h>

/* Four flags of open(2) have other bits on arm64, in pairs. */
#define OPEN_PAIR_LOW 0x0c000u
#define OPEN_PAIR_HIGH 0x30000u

/* Translates flags of open(2) from x86-64 to this machine, and also back. */
static inline uint64_t open_flags_translate(uint64_t flags)
{
#if defined(__x86_64__)
	return flags;
#elif defined(__aarch64__)
	return (flags & ~(uint64_t)(OPEN_PAIR_LOW | OPEN_PAIR_HIGH)) |
	       (flags & OPEN_PAIR_LOW) << 2 | (flags & OPEN_PAIR_HIGH) >> 2;
#else
#error "no flags for this machine"
#endif
}

#endif
