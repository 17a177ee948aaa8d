/* SPDX-License-Identifier: GPL-2.0-only */
/* Atomic operations: plain ones, because there is one thread. */
#ifndef _WASM_ATOMIC_H
#define _WASM_ATOMIC_H
#include <asm-generic/atomic.h>
#define ATOMIC64_INIT(i) {(i)}
#define arch_atomic64_read(v) READ_ONCE((v)->counter)
#define arch_atomic64_set(v, i) WRITE_ONCE((v)->counter, (i))
#define A64(op, c)                                                                                 \
	static inline void arch_atomic64_##op(s64 i, atomic64_t *v)                                \
	{                                                                                          \
		v->counter = v->counter c i;                                                       \
	}                                                                                          \
	static inline s64 arch_atomic64_fetch_##op(s64 i, atomic64_t *v)                           \
	{                                                                                          \
		s64 o = v->counter;                                                                \
		v->counter = o c i;                                                                \
		return o;                                                                          \
	}
#define A64R(op, c)                                                                                \
	A64(op, c) static inline s64 arch_atomic64_##op##_return(s64 i, atomic64_t *v)             \
	{                                                                                          \
		return v->counter = v->counter c i;                                                \
	}
A64R(add, +)
A64R(sub, -) A64(and, &) A64(or, |) A64(xor, ^)
#define arch_atomic64_add arch_atomic64_add
#define arch_atomic64_add_return arch_atomic64_add_return
#define arch_atomic64_sub_return arch_atomic64_sub_return
#define arch_atomic64_fetch_add arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and arch_atomic64_fetch_and
#define arch_atomic64_fetch_or arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor arch_atomic64_fetch_xor
    static inline s64 arch_atomic64_cmpxchg(atomic64_t *v, s64 o, s64 n)
{
	s64 p = v->counter;
	if (p == o)
		v->counter = n;
	return p;
}
#define arch_atomic64_cmpxchg arch_atomic64_cmpxchg
static inline s64 arch_atomic64_xchg(atomic64_t *v, s64 n)
{
	s64 p = v->counter;
	v->counter = n;
	return p;
}
#define arch_atomic64_xchg arch_atomic64_xchg
#endif
