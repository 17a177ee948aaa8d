/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_RELEASE_H
#define _LINUX_RELEASE_H

#include <linux/types.h>

/*
 * The kernel release to model, chosen at boot; not in the kernel. Codes increase with time: first
 * the posted series, then X * 1000 + Y for Linux X.Y.
 */
#define RELEASE_V10_03 1
#define RELEASE_V10 2
#define RELEASE_V10_REVIEWED 3
#define RELEASE_NEWEST 7003

extern u32 kernel_release;

#define kernel_at_least(x, y) (kernel_release >= (u32)((x) * 1000 + (y)))
#define kernel_is(x, y) (kernel_release == (u32)((x) * 1000 + (y)))
#define kernel_is_v10_03() (kernel_release == RELEASE_V10_03)
#define kernel_is_v10() (kernel_release == RELEASE_V10)
#define kernel_is_v10_reviewed() (kernel_release == RELEASE_V10_REVIEWED)
/* Any revision of the posted series, which no kernel release contained. */
#define kernel_is_series() (kernel_release <= RELEASE_V10_REVIEWED)

#endif /* _LINUX_RELEASE_H */
