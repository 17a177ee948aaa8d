/* SPDX-License-Identifier: GPL-2.0-only */
/* The size of a cache line, for alignment. */
#ifndef _ASM_CACHE_H
#define _ASM_CACHE_H
#define L1_CACHE_SHIFT 5
#define L1_CACHE_BYTES 32
#endif
