// SPDX-License-Identifier: GPL-2.0-only
/* Searching bitmaps, one word at a time. */
#include <linux/bitops.h>

static unsigned int find_next(const unsigned long *addr, unsigned int size, unsigned int from,
			      unsigned long invert)
{
	while (from < size) {
		unsigned long word = (addr[BIT_WORD(from)] ^ invert) >> (from % BITS_PER_LONG);

		if (word) {
			from += (unsigned int)__builtin_ctzl(word);
			return from < size ? from : size;
		}
		from = (from / BITS_PER_LONG + 1) * BITS_PER_LONG;
	}
	return size;
}

/** find_next_bit() - Find the first set bit from @from on; @size if there is none. */
unsigned int find_next_bit(const unsigned long *addr, unsigned int size, unsigned int from)
{
	return find_next(addr, size, from, 0);
}

/** find_next_zero_bit() - Find the first clear bit from @from on; @size if there is none. */
unsigned int find_next_zero_bit(const unsigned long *addr, unsigned int size, unsigned int from)
{
	return find_next(addr, size, from, ~0UL);
}
