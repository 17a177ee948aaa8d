// SPDX-License-Identifier: GPL-2.0-only
/*
 * Map elements and hash maps. Models: kernel/bpf/hashtab.c.
 *
 * Deviations: each element is allocated when it is written, even where the kernel preallocates all
 * of them with the map; tables are small; and the hash has no random seed.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/release.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "map_elem.h"

int map_elem_missing(const struct bpf_map *map)
{
	return refuse(-ENOENT, CHK_MAP_ELEM_MISSING, 0, map->elems.count);
}

int map_elem_exists(const struct bpf_map *map, u64 flags)
{
	return refuse(-EEXIST, CHK_MAP_ELEM_EXISTS, 0, flags);
}

static int map_elem_full(const struct bpf_map *map)
{
	return refuse(-E2BIG, CHK_MAP_ELEM_FULL, map->max_entries, map->elems.count);
}

int map_elem_flags(u64 allowed, u64 flags)
{
	return refuse(-EINVAL, CHK_MAP_ELEM_UPDATE_FLAGS, allowed, flags);
}

/**
 * map_elem_check_flags() - Check the flags of an update, without BPF_F_LOCK.
 *
 * Since 7.0 a per-CPU map refuses only numbers above BPF_F_ALL_CPUS. It accepts BPF_NOEXIST with
 * BPF_EXIST, and then ignores both. Models: kernel/bpf/arraymap.c:
 * bpf_percpu_array_update(), kernel/bpf/hashtab.c:htab_map_check_update_flags(); spec CG-09.
 */
int map_elem_check_flags(const struct bpf_map *map, u64 flags)
{
	bool percpu = kernel_at_least(7, 0) && is_percpu(map->map_type);

	return flags > (percpu ? BPF_F_ALL_CPUS : BPF_EXIST) ?
		       map_elem_flags(BPF_NOEXIST | BPF_EXIST, flags) : 0;
}

/**
 * map_elems_alloc() - Allocate the buckets for a map's elements.
 * @n_buckets: rounded up to a power of two
 *
 * Return: 0 or -ENOMEM.
 */
int map_elems_alloc(struct bpf_map *map, u32 n_buckets)
{
	n_buckets = (u32)roundup_pow_of_two(n_buckets);
	map->elems.buckets = kcalloc(n_buckets, sizeof(*map->elems.buckets), GFP_USER);
	if (!map->elems.buckets)
		return -ENOMEM;
	map->elems.n_buckets = n_buckets;
	return 0;
}

/** map_elems_free() - Free all elements. */
void map_elems_free(struct bpf_map *map)
{
	u32 i;

	for (i = 0; i < map->elems.n_buckets; i++)
		while (map->elems.buckets[i])
			map_elem_remove(map, &map->elems.buckets[i]);
}

static u32 value_offset(const struct bpf_map *map)
{
	return round_up(map->key_size, 8);
}

void *map_elem_value(const struct bpf_map *map, struct bpf_map_elem *elem)
{
	return elem->data + value_offset(map);
}

static u32 bucket_of(const struct bpf_map *map, const u8 *key)
{
	u32 hash = 2166136261U, i;

	for (i = 0; i < map->key_size; i++)
		hash = (hash ^ key[i]) * 16777619U;
	return (hash ^ hash >> 16) & (map->elems.n_buckets - 1);
}

struct bpf_map_elem **map_elem_find(struct bpf_map *map, const void *key)
{
	struct bpf_map_elem **slot = &map->elems.buckets[bucket_of(map, key)];

	while (*slot && memcmp((*slot)->data, key, map->key_size))
		slot = &(*slot)->next;
	return slot;
}

static void put_object(struct bpf_map *map, void *object)
{
	if (!object)
		return;
	if (map->inner_map_meta)
		bpf_map_put(object);
	else
		bpf_prog_put(object);
}

void map_elem_write(struct bpf_map *map, struct bpf_map_elem *elem, const void *value,
		    void *object)
{
	void *old = elem->object;

	elem->object = object;
	memcpy(map_elem_value(map, elem), value, bpf_map_value_size(map));
	put_object(map, old);
}

int map_elem_insert(struct bpf_map *map, struct bpf_map_elem **slot, const void *key,
		    const void *value, void *object)
{
	struct bpf_map_elem *elem = kzalloc(sizeof(*elem) + value_offset(map) +
					    bpf_map_value_size(map), GFP_USER);

	if (!elem)
		return -ENOMEM;
	memcpy(elem->data, key, map->key_size);
	map_elem_write(map, elem, value, object);
	elem->next = *slot;
	*slot = elem;
	map->elems.count++;
	return 0;
}

void map_elem_remove(struct bpf_map *map, struct bpf_map_elem **slot)
{
	struct bpf_map_elem *elem = *slot;

	*slot = elem->next;
	map->elems.count--;
	put_object(map, elem->object);
	kfree(elem);
}

/* The key after @key in bucket order; the first key if @key is NULL or unknown. */
static int map_elem_next(struct bpf_map *map, void *key, void *next_key)
{
	struct bpf_map_elem *elem = key ? *map_elem_find(map, key) : NULL;
	u32 bucket = elem ? bucket_of(map, key) + 1 : 0;

	elem = elem ? elem->next : NULL;
	while (!elem && bucket < map->elems.n_buckets)
		elem = map->elems.buckets[bucket++];
	if (!elem)
		return refuse(-ENOENT, CHK_MAP_ELEM_LAST, 0, map->elems.count);
	memcpy(next_key, elem->data, map->key_size);
	return 0;
}

static int htab_map_lookup_elem(struct bpf_map *map, const void *key, void *value)
{
	struct bpf_map_elem *elem = *map_elem_find(map, key);

	if (!elem)
		return map_elem_missing(map);
	memcpy(value, map_elem_value(map, elem), bpf_map_value_size(map));
	return 0;
}

static bool is_lru(const struct bpf_map *map)
{
	return map->map_type == BPF_MAP_TYPE_LRU_HASH ||
	       map->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

/* Models: kernel/bpf/hashtab.c:htab_map_update_elem() and its variants. */
static int htab_update(struct bpf_map *map, const void *key, const void *value, u64 flags,
		       void *object)
{
	u64 how = map->map_type == BPF_MAP_TYPE_HASH ? flags & ~(u64)BPF_F_LOCK : flags;
	int err = map_elem_check_flags(map, how);
	struct bpf_map_elem **slot;

	if (err)
		return err;
	/* The kernel evicts before it looks up, and its choice depends on CPUs and time. */
	if (is_lru(map) && map->elems.count >= map->max_entries)
		return not_modelled(UNMODELLED_LRU_EVICTION);
	slot = map_elem_find(map, key);
	if (*slot) {
		if (how == BPF_NOEXIST)
			return map_elem_exists(map, flags);
		map_elem_write(map, *slot, value, object);
		return 0;
	}
	if (how == BPF_EXIST)
		return map_elem_missing(map);
	if (map->elems.count >= map->max_entries)
		return map_elem_full(map);
	return map_elem_insert(map, slot, key, value, object);
}

static int htab_map_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	return htab_update(map, key, value, flags, NULL);
}

static int htab_map_delete_elem(struct bpf_map *map, const void *key)
{
	struct bpf_map_elem **slot = map_elem_find(map, key);

	if (!*slot)
		return map_elem_missing(map);
	map_elem_remove(map, slot);
	return 0;
}

static int htab_map_lookup_and_delete_elem(struct bpf_map *map, const void *key, void *value)
{
	int err = htab_map_lookup_elem(map, key, value);

	return err ? err : htab_map_delete_elem(map, key);
}

const struct bpf_map_ops htab_map_ops = {
	.map_lookup_elem	= htab_map_lookup_elem,
	.map_update_elem	= htab_map_update_elem,
	.map_delete_elem	= htab_map_delete_elem,
	.map_get_next_key	= map_elem_next,
	.map_pop_elem		= htab_map_lookup_and_delete_elem,
	.batch			= BATCH_LOOKUP | BATCH_TAKE | BATCH_UPDATE | BATCH_DELETE,
};

/* The value is the id of a map. Models: kernel/bpf/hashtab.c:bpf_fd_htab_map_update_elem(). */
static int fd_htab_map_update_elem(struct bpf_map *map, const void *key, const void *value,
				   u64 flags)
{
	struct bpf_map *inner = bpf_map_fd_get_ptr(map, *(const u32 *)value);
	int err;

	if (IS_ERR(inner))
		return PTR_ERR(inner);
	err = htab_update(map, key, &inner->id, flags, inner);
	if (err)
		bpf_map_put(inner);
	return err;
}

const struct bpf_map_ops htab_of_maps_map_ops = {
	.map_lookup_elem	= htab_map_lookup_elem,
	.map_update_elem	= fd_htab_map_update_elem,
	.map_delete_elem	= htab_map_delete_elem,
	.map_get_next_key	= map_elem_next,
	.batch			= BATCH_LOOKUP | BATCH_TAKE | BATCH_UPDATE | BATCH_DELETE,
};

/* Copy one bucket to user space, after the @total elements that are already there. */
static int copy_bucket(struct bpf_map *map, u32 bucket, const union bpf_attr *attr, u32 total)
{
	u32 value_size = bpf_map_value_size(map);
	u64 ukey = attr->batch.keys + (u64)total * map->key_size;
	u64 uvalue = attr->batch.values + (u64)total * value_size;
	struct bpf_map_elem *elem;

	for (elem = map->elems.buckets[bucket]; elem; elem = elem->next) {
		if (copy_to_user(u64_to_user_ptr(ukey), elem->data, map->key_size) ||
		    copy_to_user(u64_to_user_ptr(uvalue), map_elem_value(map, elem), value_size))
			return refuse(-EFAULT, CHK_MAP_ELEM_VALUE_FAULT, value_size, 0);
		ukey += map->key_size;
		uvalue += value_size;
	}
	return 0;
}

/**
 * htab_map_lookup_and_delete_batch() - Copy whole buckets, as many as fit.
 * @take: also delete the elements that were copied
 *
 * Models: kernel/bpf/hashtab.c:__htab_map_lookup_and_delete_batch(); spec CG-09.
 */
int htab_map_lookup_and_delete_batch(struct bpf_map *map, const union bpf_attr *attr,
				     union bpf_attr __user *uattr, bool take)
{
	void __user *ubatch = u64_to_user_ptr(attr->batch.in_batch);
	u32 batch = 0, total = 0, count;
	struct bpf_map_elem *elem;
	int err = 0;

	if (ubatch && copy_from_user(&batch, ubatch, sizeof(batch)))
		return refuse(-EFAULT, CHK_MAP_ELEM_KEY_FAULT, sizeof(batch), 0);
	if (batch >= map->elems.n_buckets)
		return refuse(-ENOENT, CHK_MAP_ELEM_LAST, 0, batch);
	for (; batch < map->elems.n_buckets; batch++) {
		for (count = 0, elem = map->elems.buckets[batch]; elem; elem = elem->next)
			count++;
		if (count > attr->batch.count - total)
			break;
		err = copy_bucket(map, batch, attr, total);
		while (take && map->elems.buckets[batch])
			map_elem_remove(map, &map->elems.buckets[batch]);
		if (err)
			return err;
		total += count;
	}
	if (batch == map->elems.n_buckets)
		err = refuse(-ENOENT, CHK_MAP_ELEM_LAST, 0, total);
	else if (!total)
		err = refuse(-ENOSPC, CHK_MAP_BATCH_ROOM, count, attr->batch.count);
	if (copy_to_user(u64_to_user_ptr(attr->batch.out_batch), &batch, sizeof(batch)) ||
	    put_user(total, &uattr->batch.count))
		return refuse(-EFAULT, CHK_MAP_ELEM_KEY_FAULT, sizeof(batch), 0);
	return err;
}
