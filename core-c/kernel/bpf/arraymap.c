// SPDX-License-Identifier: GPL-2.0-only
/*
 * Array maps, program arrays and arrays of maps. Models: kernel/bpf/arraymap.c.
 * Deviation: an element takes no memory until it is first written.
 */
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/string.h>

#include "internal.h"
#include "map_elem.h"

static u32 index_of(const void *key)
{
	u32 index;

	memcpy(&index, key, sizeof(index));
	return index;
}

/* Read the index from @key; refuse an index outside of the array. */
static int array_index(const struct bpf_map *map, const void *key, u32 *index)
{
	*index = index_of(key);
	if (*index >= map->max_entries)
		return refuse(-E2BIG, CHK_MAP_ELEM_INDEX, map->max_entries, *index);
	return 0;
}

static int array_map_lookup_elem(struct bpf_map *map, const void *key, void *value)
{
	struct bpf_map_elem *elem;

	if (index_of(key) >= map->max_entries)
		return map_elem_missing(map);
	elem = *map_elem_find(map, key);
	if (elem)
		memcpy(value, map_elem_value(map, elem), bpf_map_value_size(map));
	else
		memset(value, 0, bpf_map_value_size(map));
	return 0;
}

/* Models: kernel/bpf/arraymap.c:array_map_update_elem(). */
static int array_map_update_elem(struct bpf_map *map, const void *key, const void *value,
				 u64 flags)
{
	struct bpf_map_elem **slot;
	u32 index;
	int err;

	err = map_elem_check_flags(map, flags & ~(u64)BPF_F_LOCK);
	if (err)
		return err;
	err = array_index(map, key, &index);
	if (err)
		return err;
	if ((flags & ~(u64)BPF_F_LOCK) == BPF_NOEXIST)
		return map_elem_exists(map, flags);
	slot = map_elem_find(map, key);
	if (!*slot)
		return map_elem_insert(map, slot, key, value, NULL);
	map_elem_write(map, *slot, value, NULL);
	return 0;
}

static int array_map_delete_elem(struct bpf_map *map, const void *key)
{
	return refuse(-EINVAL, CHK_MAP_ELEM_DELETE, 0, map->map_type);
}

/* A key outside of the array, or no key, starts again at index 0. */
static int array_map_get_next_key(struct bpf_map *map, void *key, void *next_key)
{
	u32 index = key ? index_of(key) : UINT_MAX;

	if (index == map->max_entries - 1)
		return refuse(-ENOENT, CHK_MAP_ELEM_LAST, 0, index);
	index = index >= map->max_entries ? 0 : index + 1;
	memcpy(next_key, &index, sizeof(index));
	return 0;
}

const struct bpf_map_ops array_map_ops = {
	.map_lookup_elem	= array_map_lookup_elem,
	.map_update_elem	= array_map_update_elem,
	.map_delete_elem	= array_map_delete_elem,
	.map_get_next_key	= array_map_get_next_key,
	.batch			= BATCH_LOOKUP | BATCH_UPDATE,
};

/*
 * Models: kernel/bpf/arraymap.c:bpf_fd_array_map_lookup_elem(). The value is the id of the object.
 */
static int fd_array_map_lookup_elem(struct bpf_map *map, const void *key, void *value)
{
	struct bpf_map_elem *elem = *map_elem_find(map, key);

	if (!elem)
		return map_elem_missing(map);
	memcpy(value, map_elem_value(map, elem), sizeof(u32));
	return 0;
}

/*
 * All programs of one array have the type and attach type of the first one.
 * Models: kernel/bpf/core.c:bpf_prog_map_compatible().
 */
static bool bpf_prog_map_compatible(struct bpf_map *map, const struct bpf_prog *prog)
{
	if (!map->owned) {
		map->owned = true;
		map->owner_type = prog->type;
		map->owner_attach_type = prog->expected_attach_type;
	}
	return map->owner_type == prog->type &&
	       (!kernel_at_least(6, 12) || map->owner_attach_type == prog->expected_attach_type);
}

static struct bpf_prog *prog_fd_array_get_ptr(struct bpf_map *map, u32 ufd)
{
	struct bpf_prog *prog = bpf_prog_get(ufd);

	if (IS_ERR(prog))
		return prog;
	if (!bpf_prog_map_compatible(map, prog)) {
		u32 type = prog->type;

		bpf_prog_put(prog);
		return refuse_ptr(-EINVAL, CHK_MAP_ELEM_PROG, map->owner_type, type);
	}
	return prog;
}

/* Models: kernel/bpf/arraymap.c:bpf_fd_array_map_update_elem(). */
static int fd_array_map_update_elem(struct bpf_map *map, const void *key, const void *value,
				    u64 flags)
{
	u32 index, id, ufd = index_of(value);
	struct bpf_map_elem **slot;
	void *object;
	int err;

	if (flags)
		return map_elem_flags(0, flags);
	err = array_index(map, key, &index);
	if (err)
		return err;
	object = map->inner_map_meta ? bpf_map_fd_get_ptr(map, ufd) :
				       prog_fd_array_get_ptr(map, ufd);
	if (IS_ERR(object))
		return PTR_ERR(object);
	id = map->inner_map_meta ? ((struct bpf_map *)object)->id :
				   ((struct bpf_prog *)object)->aux->id;
	slot = map_elem_find(map, key);
	if (*slot) {
		map_elem_write(map, *slot, &id, object);
		return 0;
	}
	err = map_elem_insert(map, slot, key, &id, object);
	if (err && map->inner_map_meta)
		bpf_map_put(object);
	else if (err)
		bpf_prog_put(object);
	return err;
}

/* Models: kernel/bpf/arraymap.c:__fd_array_map_delete_elem(). */
static int fd_array_map_delete_elem(struct bpf_map *map, const void *key)
{
	struct bpf_map_elem **slot;
	u32 index;
	int err = array_index(map, key, &index);

	if (err)
		return err;
	slot = map_elem_find(map, key);
	if (!*slot)
		return map_elem_missing(map);
	map_elem_remove(map, slot);
	return 0;
}

const struct bpf_map_ops prog_array_map_ops = {
	.map_lookup_elem	= fd_array_map_lookup_elem,
	.map_update_elem	= fd_array_map_update_elem,
	.map_delete_elem	= fd_array_map_delete_elem,
	.map_get_next_key	= array_map_get_next_key,
};

const struct bpf_map_ops array_of_maps_map_ops = {
	.map_lookup_elem	= fd_array_map_lookup_elem,
	.map_update_elem	= fd_array_map_update_elem,
	.map_delete_elem	= fd_array_map_delete_elem,
	.map_get_next_key	= array_map_get_next_key,
	.batch			= BATCH_LOOKUP | BATCH_UPDATE,
};
