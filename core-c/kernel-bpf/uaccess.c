// SPDX-License-Identifier: GPL-2.0-only
/*
 * User memory. Stands in for lib/usercopy.c and arch/x86/lib/. The host passes the pieces of the
 * current call; any other address faults. Without pieces every address is valid.
 */
#include <linux/types.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "glue.h"

#define PIECES_MAX 1024

static struct piece {
	u64 at;
	u64 length;
} pieces[PIECES_MAX];
static u32 piece_count;

/* The kernel reads strings by words, so a piece starts at a word. */
EXPORT(kernel_user_add) int kernel_user_add(u32 at, u32 length)
{
	if (piece_count == PIECES_MAX)
		return -1;
	pieces[piece_count++] = (struct piece){ at & ~7u, length + (at & 7) };
	return 0;
}

EXPORT(kernel_user_clear) void kernel_user_clear(void)
{
	piece_count = 0;
}

static u64 valid_bytes(u64 at)
{
	u32 i;

	if (!piece_count)
		return U64_MAX;
	for (i = 0; i < piece_count; i++) {
		const struct piece *piece = &pieces[i];

		if (at >= piece->at && at < piece->at + piece->length)
			return piece->at + piece->length - at;
	}
	return 0;
}

unsigned long wasm_copy_from_user(void *to, const void *from, unsigned long n)
{
	u64 valid = min_t(u64, n, valid_bytes((u64)(unsigned long)from));

	if (valid)
		memcpy(to, from, valid);
	return n - valid;
}

unsigned long wasm_copy_to_user(void *to, const void *from, unsigned long n)
{
	u64 valid = min_t(u64, n, valid_bytes((u64)(unsigned long)to));

	if (valid)
		memcpy(to, from, valid);
	return n - valid;
}
