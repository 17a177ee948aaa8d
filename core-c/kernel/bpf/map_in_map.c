// SPDX-License-Identifier: GPL-2.0-only
/* Maps of maps: which inner maps they accept. Models: kernel/bpf/map_in_map.c. */
#include <linux/kernel.h>
#include <linux/slab.h>

#include "internal.h"
#include "map_elem.h"

/* These types have no ->map_meta_equal(), so they cannot be inner maps. */
static bool has_meta_equal(u32 type)
{
	return type != BPF_MAP_TYPE_PROG_ARRAY && type != BPF_MAP_TYPE_CGROUP_STORAGE &&
	       type != BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE && type != BPF_MAP_TYPE_STRUCT_OPS;
}

/**
 * bpf_map_meta_alloc() - Record the properties that inner maps must have.
 *
 * Models: kernel/bpf/map_in_map.c:bpf_map_meta_alloc(); spec MC-13.
 */
int bpf_map_meta_alloc(struct bpf_map *map, u32 inner_fd)
{
	struct bpf_map *inner = bpf_map_get(inner_fd), *meta;
	int err = 0;

	if (IS_ERR(inner))
		return PTR_ERR(inner);
	if (inner->inner_map_meta) {
		err = refuse(-EINVAL, CHK_MAP_CREATE_INNER, 0, inner->map_type);
		goto put;
	}
	if (inner->excl) {
		err = refuse(-ENOTSUPP, CHK_MAP_CREATE_INNER_EXCL, 0, 0);
		goto put;
	}
	if (inner->map_type == BPF_MAP_TYPE_INSN_ARRAY) {
		err = not_modelled(UNMODELLED_INSN_ARRAY_BTF);
		goto put;
	}
	if (!has_meta_equal(inner->map_type)) {
		err = refuse(-ENOTSUPP, CHK_MAP_CREATE_INNER_TYPE, 0, inner->map_type);
		goto put;
	}
	meta = kzalloc(sizeof(*meta), GFP_USER);
	if (!meta) {
		err = -ENOMEM;
		goto put;
	}
	meta->map_type = inner->map_type;
	meta->key_size = inner->key_size;
	meta->value_size = inner->value_size;
	meta->map_flags = inner->map_flags;
	meta->max_entries = inner->max_entries;
	meta->has_fields = inner->has_fields;
	map->inner_map_meta = meta;
put:
	bpf_map_put(inner);
	return err;
}

/* Models: the ->map_meta_equal() of the map types. */
static bool meta_equal(const struct bpf_map *a, const struct bpf_map *b)
{
	return a->map_type == b->map_type && a->key_size == b->key_size &&
	       a->value_size == b->value_size && a->map_flags == b->map_flags &&
	       a->has_fields == b->has_fields &&
	       (a->map_type != BPF_MAP_TYPE_ARRAY || a->map_flags & BPF_F_INNER_MAP ||
		a->max_entries == b->max_entries);
}

/**
 * bpf_map_fd_get_ptr() - Get the map of an fd, if @map accepts it as inner map.
 *
 * Takes a reference.
 *
 * Models: kernel/bpf/map_in_map.c:bpf_map_fd_get_ptr().
 */
void *bpf_map_fd_get_ptr(struct bpf_map *map, u32 ufd)
{
	struct bpf_map *inner = bpf_map_get(ufd);
	bool excl;

	if (IS_ERR(inner))
		return inner;
	excl = inner->excl;
	if (!excl && meta_equal(map->inner_map_meta, inner))
		return inner;
	bpf_map_put(inner);
	if (excl)
		return refuse_ptr(-ENOTSUPP, CHK_MAP_ELEM_INNER_EXCL, 0, ufd);
	return refuse_ptr(-EINVAL, CHK_MAP_ELEM_INNER, 0, ufd);
}
