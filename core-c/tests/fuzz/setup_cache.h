/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FUZZ_SETUP_CACHE_H
#define _FUZZ_SETUP_CACHE_H

#include <linux/types.h>

/* Number of releases that the first byte selects from: see fuzz.c. */
#define NR_FUZZ_RELEASES 13

bool setup_restore(const u8 *bytes, u32 len);
void setup_save(const u8 *bytes, u32 len);

#endif /* _FUZZ_SETUP_CACHE_H */
