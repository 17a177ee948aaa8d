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

static struct story {
	u8 bytes[MAX_BYTES];
	u32 len;
	struct seq_state state;
	struct image *image;
} stories[SLOTS];

/* By the two bytes that every story has. */
static struct story *slot_of(const u8 *bytes, u32 len)
{
	u32 first = bytes[0] % NR_FUZZ_RELEASES, second = len > 1 ? bytes[1] : 0;

	return &stories[(first * 37 + second) % SLOTS];
}

/**
 * story_recall() - put the kernel to where the story of some bytes ends
 * @bytes: the release, and what seq_begin() is given
 * @len: how many there are
 *
 * Return: whether the story is known; else nothing has changed.
 */
bool story_recall(const u8 *bytes, u32 len)
{
	struct story *story = slot_of(bytes, len);

	if (!story->len || story->len > len ||
	    story->bytes[0] % NR_FUZZ_RELEASES != bytes[0] % NR_FUZZ_RELEASES ||
	    memcmp(story->bytes + 1, bytes + 1, story->len - 1))
		return false;
	image_restore(story->image);
	seq = story->state;
	return true;
}

/**
 * story_keep() - remember the kernel as it is
 * @bytes: the release, and what seq_begin() was given
 * @len: how many of them told the story; none was missing
 */
void story_keep(const u8 *bytes, u32 len)
{
	struct story *story = slot_of(bytes, len);

	if (len > MAX_BYTES)
		return;
	story->image = image_save(story->image);
	story->state = seq;
	story->len = len;
	memcpy(story->bytes, bytes, len);
}
