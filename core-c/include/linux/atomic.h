/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_ATOMIC_H
#define _LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

/* One CPU without preemption: plain operations are atomic. */
#define ATOMIC_INIT(i) { (i) }
#define ATOMIC64_INIT(i) { (i) }
#define ATOMIC_LONG_INIT(i) { (i) }

#define __DEFINE_ATOMIC_OPS(prefix, atomic_type, type) \
static inline type prefix##_read(const atomic_type *v) { return v->counter; } \
static inline void prefix##_set(atomic_type *v, type i) { v->counter = i; } \
static inline void prefix##_inc(atomic_type *v) { v->counter++; } \
static inline void prefix##_dec(atomic_type *v) { v->counter--; } \
static inline void prefix##_add(type i, atomic_type *v) { v->counter += i; } \
static inline void prefix##_sub(type i, atomic_type *v) { v->counter -= i; } \
static inline type prefix##_inc_return(atomic_type *v) { return ++v->counter; } \
static inline type prefix##_dec_return(atomic_type *v) { return --v->counter; } \
static inline type prefix##_add_return(type i, atomic_type *v) { return v->counter += i; } \
static inline bool prefix##_dec_and_test(atomic_type *v) { return --v->counter == 0; } \
static inline bool prefix##_sub_and_test(type i, atomic_type *v) { return (v->counter -= i) == 0; } \
static inline bool prefix##_inc_not_zero(atomic_type *v) \
{ \
	if (!v->counter) \
		return false; \
	v->counter++; \
	return true; \
}

__DEFINE_ATOMIC_OPS(atomic, atomic_t, int)
__DEFINE_ATOMIC_OPS(atomic64, atomic64_t, s64)
__DEFINE_ATOMIC_OPS(atomic_long, atomic_long_t, long)

#define xchg(ptr, val) \
	({ \
		__typeof__(*(ptr)) __old = *(ptr); \
		*(ptr) = (val); \
		__old; \
	})
#define cmpxchg(ptr, old, new) \
	({ \
		__typeof__(*(ptr)) __cur = *(ptr); \
		if (__cur == (old)) \
			*(ptr) = (new); \
		__cur; \
	})

#endif /* _LINUX_ATOMIC_H */
