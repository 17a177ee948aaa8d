/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MINMAX_H
#define _LINUX_MINMAX_H

#include <linux/compiler.h>

#define __cmp_once(op, x, y, ux, uy) \
	({ \
		__auto_type ux = (x); \
		__auto_type uy = (y); \
		ux op uy ? ux : uy; \
	})
#define min(x, y) __cmp_once(<, x, y, __UNIQUE_ID(x_), __UNIQUE_ID(y_))
#define max(x, y) __cmp_once(>, x, y, __UNIQUE_ID(x_), __UNIQUE_ID(y_))
#define min_t(type, x, y) min((type)(x), (type)(y))
#define max_t(type, x, y) max((type)(x), (type)(y))
#define clamp(val, lo, hi) min(max(val, lo), hi)
#define swap(a, b) \
	do { \
		__typeof__(a) __tmp = (a); \
		(a) = (b); \
		(b) = __tmp; \
	} while (0)

#endif /* _LINUX_MINMAX_H */
