/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_BITOPS_H
#define _LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/compiler.h>

static inline void set_bit(unsigned int nr, unsigned long *addr)
{
	addr[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void clear_bit(unsigned int nr, unsigned long *addr)
{
	addr[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline bool test_bit(unsigned int nr, const unsigned long *addr)
{
	return (addr[BIT_WORD(nr)] >> (nr % BITS_PER_LONG)) & 1;
}

static inline bool test_and_set_bit(unsigned int nr, unsigned long *addr)
{
	bool old = test_bit(nr, addr);

	set_bit(nr, addr);
	return old;
}

#define __set_bit(nr, addr) set_bit(nr, addr)
#define __clear_bit(nr, addr) clear_bit(nr, addr)

#define hweight64(w) ((unsigned int)__builtin_popcountll(w))
#define hweight32(w) ((unsigned int)__builtin_popcount(w))
#define __ffs64(w) ((unsigned int)__builtin_ctzll(w))
#define fls64(w) ((w) ? 64 - __builtin_clzll(w) : 0)
#define fls(w) ((w) ? 32 - __builtin_clz(w) : 0)
#define ffs(w) __builtin_ffs(w)

unsigned int find_next_bit(const unsigned long *addr, unsigned int size, unsigned int from);
unsigned int find_next_zero_bit(const unsigned long *addr, unsigned int size, unsigned int from);

#endif /* _LINUX_BITOPS_H */
