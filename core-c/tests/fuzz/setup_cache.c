// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches the state after a setup prefix. An input with a known setup prefix continues from there,
 * at the cost of a copy.
 */
#include <linux/string.h>

#include "arena.h"
#include "sequence.h"
#include "setup_cache.h"

/* Few enough for the snapshots to stay in the CPU cache. */
#define SLOTS 256u
#define MAX_BYTES 48

static struct setup {
	u8 bytes[MAX_BYTES];
	u32 len;
	struct seq_state state;
	struct image *image;
} setups[SLOTS];

/* Every setup prefix has these two bytes. */
static struct setup *slot_of(const u8 *bytes, u32 len)
{
	u32 first = bytes[0] % NR_FUZZ_RELEASES, second = len > 1 ? bytes[1] : 0;

	return &setups[(first * 37 + second) % SLOTS];
}

/**
 * setup_restore() - Restore the kernel to the end of an input's setup prefix.
 * @bytes: the release, followed by the bytes for seq_tell()
 * @len: their number
 *
 * Return: true if the setup prefix was cached; otherwise nothing changes.
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
 * setup_save() - Cache the current state as the end of a setup prefix.
 * @bytes: the release, followed by the bytes for seq_tell()
 * @len: how many bytes decided the setup prefix; all of them were present
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
