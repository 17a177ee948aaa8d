// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stories that were lived through already. An input that begins as another one
 * did goes on from where that one's story ended, at the price of a copy.
 */
#include <linux/string.h>

#include "arena.h"
#include "sequence.h"
#include "setup_cache.h"

/* Few enough that what is kept of all of them stays near the processor. */
#define SLOTS 256u
#define MAX_BYTES 24

static struct setup {
	u8 bytes[MAX_BYTES];
	u32 len;
	struct seq_state state;
	struct image *image;
} setups[SLOTS];

/* By the two bytes that every story has. */
static struct setup *slot_of(const u8 *bytes, u32 len)
{
	u32 first = bytes[0] % NR_FUZZ_RELEASES, second = len > 1 ? bytes[1] : 0;

	return &setups[(first * 37 + second) % SLOTS];
}

/**
 * setup_restore() - put the kernel to where the story of some bytes ends
 * @bytes: the release, and what seq_begin() is given
 * @len: how many there are
 *
 * Return: whether the story is known; else nothing has changed.
 */
bool setup_restore(const u8 *bytes, u32 len)
{
	struct setup *setup = slot_of(bytes, len);

	if (!setup->len || setup->len > len ||
	    setup->bytes[0] % NR_FUZZ_RELEASES != bytes[0] % NR_FUZZ_RELEASES ||
	    memcmp(setup->bytes + 1, bytes + 1, setup->len - 1))
		return false;
	image_restore(setup->image);
	seq = setup->state;
	return true;
}

/**
 * setup_save() - remember the kernel as it is
 * @bytes: the release, and what seq_begin() was given
 * @len: how many of them told the story; none was missing
 */
void setup_save(const u8 *bytes, u32 len)
{
	struct setup *setup = slot_of(bytes, len);

	if (len > MAX_BYTES)
		return;
	setup->image = image_save(setup->image);
	setup->state = seq;
	setup->len = len;
	memcpy(setup->bytes, bytes, len);
}
