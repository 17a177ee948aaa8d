/* SPDX-License-Identifier: GPL-2.0-only */
/* long has 64 bits, as on x86-64. */
#define __BITS_PER_LONG 64
#include <asm-generic/bitsperlong.h>
