// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multiplies 128-bit integers. Stands in for the compiler's runtime library.
 */
#include <linux/types.h>

#include "glue.h"

typedef int int128 __attribute__((mode(TI)));

union words {
	int128 all;
	struct {
		u64 low;
		s64 high;
	};
};

__attribute__((used)) int128 __multi3(int128 left, int128 right)
{
	const u64 half = 0xffffffff;
	union words a = { .all = left }, b = { .all = right }, product;
	u64 x = a.low, y = b.low, carry;

	product.low = (x & half) * (y & half);
	carry = product.low >> 32;
	product.low &= half;
	carry += (x >> 32) * (y & half);
	product.low += (carry & half) << 32;
	product.high = carry >> 32;
	carry = product.low >> 32;
	product.low &= half;
	carry += (y >> 32) * (x & half);
	product.low += (carry & half) << 32;
	product.high += carry >> 32;
	product.high += (x >> 32) * (y >> 32);
	product.high += (u64)a.high * y + x * (u64)b.high;
	return product.all;
}
