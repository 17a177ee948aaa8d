// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps without keys. Models: kernel/bpf/queue_stack_maps.c, bloom_filter.c.
 * Deviation: a bloom filter of this model is never wrong about what it has.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "internal.h"
#include "map_elem.h"

/* The oldest stands first. */
static struct bpf_map_elem **last_slot(struct bpf_map *map)
{
	struct bpf_map_elem **slot = map->elems.buckets;

	while (*slot && (*slot)->next)
		slot = &(*slot)->next;
	return slot;
}

static struct bpf_map_elem **top(struct bpf_map *map)
{
	return map->map_type == BPF_MAP_TYPE_STACK ? last_slot(map) : map->elems.buckets;
}

static int queue_stack_map_peek_elem(struct bpf_map *map, const void *key, void *value)
{
	struct bpf_map_elem *elem = *top(map);

	if (!elem)
		return map_elem_missing(map);
	memcpy(value, map_elem_value(map, elem), map->value_size);
	return 0;
}

static int queue_stack_map_pop_elem(struct bpf_map *map, const void *key, void *value)
{
	int err = queue_stack_map_peek_elem(map, key, value);

	if (!err)
		map_elem_remove(map, top(map));
	return err;
}

/* Models: kernel/bpf/queue_stack_maps.c:queue_stack_map_push_elem(). */
static int queue_stack_map_push_elem(struct bpf_map *map, const void *key, const void *value,
				     u64 flags)
{
	struct bpf_map_elem **slot;

	if (flags & BPF_NOEXIST || flags > BPF_EXIST)
		return map_elem_flags(BPF_EXIST, flags);
	if (map->elems.count >= map->max_entries) {
		if (!(flags & BPF_EXIST))
			return map_elem_full(map);
		map_elem_remove(map, map->elems.buckets);
	}
	slot = last_slot(map);
	return map_elem_insert(map, *slot ? &(*slot)->next : slot, key, value, NULL);
}

static int queue_stack_map_delete_elem(struct bpf_map *map, const void *key)
{
	return refuse(-EINVAL, CHK_MAP_ELEM_DELETE, 0, map->map_type);
}

static int queue_stack_map_get_next_key(struct bpf_map *map, void *key, void *next_key)
{
	return refuse(-EINVAL, CHK_MAP_ELEM_NO_KEYS, 0, map->map_type);
}

const struct bpf_map_ops queue_map_ops = {
	.map_lookup_elem	= queue_stack_map_peek_elem,
	.map_update_elem	= queue_stack_map_push_elem,
	.map_delete_elem	= queue_stack_map_delete_elem,
	.map_get_next_key	= queue_stack_map_get_next_key,
	.map_pop_elem		= queue_stack_map_pop_elem,
};

static struct bpf_map_elem **bloom_find(struct bpf_map *map, const void *value)
{
	struct bpf_map_elem **slot = map->elems.buckets;

	while (*slot && memcmp(map_elem_value(map, *slot), value, map->value_size))
		slot = &(*slot)->next;
	return slot;
}

/* The value is the question. */
static int bloom_map_peek_elem(struct bpf_map *map, const void *key, void *value)
{
	return *bloom_find(map, value) ? 0 : map_elem_missing(map);
}

static int bloom_map_push_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	struct bpf_map_elem **slot;

	if (flags != BPF_ANY)
		return map_elem_flags(0, flags);
	slot = bloom_find(map, value);
	return *slot ? 0 : map_elem_insert(map, slot, key, value, NULL);
}

static int bloom_map_delete_elem(struct bpf_map *map, const void *key)
{
	return refuse(-EOPNOTSUPP, CHK_MAP_ELEM_UNSUPPORTED, 0, map->map_type);
}

static int bloom_map_get_next_key(struct bpf_map *map, void *key, void *next_key)
{
	return refuse(-EOPNOTSUPP, CHK_MAP_ELEM_UNSUPPORTED, 0, map->map_type);
}

const struct bpf_map_ops bloom_filter_map_ops = {
	.map_lookup_elem	= bloom_map_peek_elem,
	.map_update_elem	= bloom_map_push_elem,
	.map_delete_elem	= bloom_map_delete_elem,
	.map_get_next_key	= bloom_map_get_next_key,
};
