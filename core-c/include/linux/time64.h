/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_TIME64_H
#define _LINUX_TIME64_H

#include <linux/types.h>

/* The model has no clock: every timestamp is 0. */
struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

#endif
