// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps of prefixes. Models: kernel/bpf/lpm_trie.c. Deviation: a list in the
 * order in which the kernel walks its trie stands for the trie.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "internal.h"
#include "map_elem.h"

struct trie_key {
	u32 prefixlen;
	u8 data[];
};

static u32 max_prefixlen(const struct bpf_map *map)
{
	return (map->key_size - (u32)sizeof(u32)) * 8;
}

static bool bit(const struct trie_key *key, u32 n)
{
	return key->data[n / 8] >> (7 - n % 8) & 1;
}

/* Models: kernel/bpf/lpm_trie.c:longest_prefix_match(). */
static u32 common_bits(const struct trie_key *a, const struct trie_key *b)
{
	u32 limit = min(a->prefixlen, b->prefixlen), n = 0;

	while (n < limit && bit(a, n) == bit(b, n))
		n++;
	return n;
}

static const struct trie_key *key_of(const struct bpf_map_elem *elem)
{
	return (const struct trie_key *)elem->data;
}

/* Is @a met before @b on the walk? Longer prefixes are met before what they begin with. */
static bool before(const struct trie_key *a, const struct trie_key *b)
{
	u32 n = common_bits(a, b);

	if (n < a->prefixlen && n < b->prefixlen)
		return !bit(a, n);
	return a->prefixlen > b->prefixlen;
}

static bool same(const struct trie_key *a, const struct trie_key *b)
{
	return a->prefixlen == b->prefixlen && common_bits(a, b) == a->prefixlen;
}

/* The element of exactly this prefix, or where it would be. */
static struct bpf_map_elem **trie_slot(struct bpf_map *map, const struct trie_key *key)
{
	struct bpf_map_elem **slot = map->elems.buckets;

	while (*slot && before(key_of(*slot), key))
		slot = &(*slot)->next;
	return slot;
}

static struct bpf_map_elem **trie_find(struct bpf_map *map, const struct trie_key *key)
{
	struct bpf_map_elem **slot = trie_slot(map, key);

	return *slot && same(key_of(*slot), key) ? slot : NULL;
}

static bool too_long(const struct bpf_map *map, const struct trie_key *key)
{
	return key->prefixlen > max_prefixlen(map);
}

static int bad_prefix(const struct bpf_map *map, const struct trie_key *key)
{
	return refuse(-EINVAL, CHK_MAP_ELEM_PREFIX, max_prefixlen(map), key->prefixlen);
}

/* The longest prefix comes first on the walk: the first that matches is it. */
static int trie_lookup_elem(struct bpf_map *map, const void *key, void *value)
{
	struct bpf_map_elem *elem = map->elems.buckets[0];

	if (too_long(map, key))
		return map_elem_missing(map);
	while (elem && common_bits(key_of(elem), key) != key_of(elem)->prefixlen)
		elem = elem->next;
	if (!elem)
		return map_elem_missing(map);
	memcpy(value, map_elem_value(map, elem), map->value_size);
	return 0;
}

/* Models: kernel/bpf/lpm_trie.c:trie_update_elem(). */
static int trie_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	struct bpf_map_elem **slot;

	if (flags > BPF_EXIST)
		return map_elem_flags(BPF_NOEXIST | BPF_EXIST, flags);
	if (too_long(map, key))
		return bad_prefix(map, key);
	slot = trie_find(map, key);
	if (slot) {
		if (flags == BPF_NOEXIST)
			return map_elem_exists(map, flags);
		/* bits behind the prefix may differ */
		memcpy((*slot)->data, key, map->key_size);
		map_elem_write(map, *slot, value, NULL);
		return 0;
	}
	if (flags == BPF_EXIST)
		return map_elem_missing(map);
	if (map->elems.count >= map->max_entries)
		return refuse(-ENOSPC, CHK_MAP_ELEM_TRIE_FULL, map->max_entries,
			      map->elems.count);
	return map_elem_insert(map, trie_slot(map, key), key, value, NULL);
}

static int trie_delete_elem(struct bpf_map *map, const void *key)
{
	struct bpf_map_elem **slot;

	if (too_long(map, key))
		return bad_prefix(map, key);
	slot = trie_find(map, key);
	if (!slot)
		return map_elem_missing(map);
	map_elem_remove(map, slot);
	return 0;
}

static int trie_get_next_key(struct bpf_map *map, void *key, void *next_key)
{
	struct bpf_map_elem **slot = key && !too_long(map, key) ? trie_find(map, key) : NULL;
	struct bpf_map_elem *elem = slot ? (*slot)->next : map->elems.buckets[0];

	if (!elem)
		return refuse(-ENOENT, CHK_MAP_ELEM_LAST, 0, map->elems.count);
	memcpy(next_key, elem->data, map->key_size);
	return 0;
}

const struct bpf_map_ops trie_map_ops = {
	.map_lookup_elem	= trie_lookup_elem,
	.map_update_elem	= trie_update_elem,
	.map_delete_elem	= trie_delete_elem,
	.map_get_next_key	= trie_get_next_key,
	.batch			= BATCH_LOOKUP | BATCH_UPDATE | BATCH_DELETE,
};
