// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps that BTF describes. Models: kernel/bpf/syscall.c:map_check_btf() and the
 * ->map_check_btf() of the types; spec MC-15.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/kernel.h>

#include "internal.h"

static bool is_int(const struct btf_type *t, u32 bits)
{
	u32 data;

	if (BTF_INFO_KIND(t->info) != BTF_KIND_INT)
		return false;
	data = *(const u32 *)(t + 1);
	return BTF_INT_BITS(data) == bits && !BTF_INT_OFFSET(data);
}

/* A member that is an integer of so many bits, and no bit field, at a place in bits. */
static bool is_int_member(const struct btf *btf, const struct btf_type *t, u32 which, u32 bits,
			  u32 at)
{
	const struct btf_member *member = (const struct btf_member *)(t + 1) + which;
	u32 size;

	return is_int(btf_type_id_size(btf, member->type, &size), bits) && member->offset == at;
}

/* What the kernel keeps such storage under: the cgroup, and how programs are attached. */
static bool is_cgroup_key(const struct btf *btf, const struct btf_type *key)
{
	return BTF_INFO_KIND(key->info) == BTF_KIND_STRUCT && BTF_INFO_VLEN(key->info) == 2 &&
	       is_int_member(btf, key, 0, 64, 0) && is_int_member(btf, key, 1, 32, 64);
}

static int check_key(const struct bpf_map *map, const struct btf *btf, u32 key_id,
		     const struct btf_type *key, const struct btf_type *value)
{
	bool ok = true;

	switch (bpf_map_type_btf(map->map_type)) {
	case MAP_BTF_NO_BTF:
		return refuse(-ENOTSUPP, CHK_MAP_CREATE_BTF_TYPE, 0, map->map_type);
	case MAP_BTF_ARRAY:
		ok = key_id ? is_int(key, 32) :
			      map->map_type == BPF_MAP_TYPE_ARRAY && map->max_entries == 1 &&
			      BTF_INFO_KIND(value->info) == BTF_KIND_DATASEC;
		break;
	case MAP_BTF_INT:
		ok = is_int(key, 32);
		break;
	case MAP_BTF_TRIE:
		ok = BTF_INFO_KIND(key->info) == BTF_KIND_STRUCT;
		break;
	case MAP_BTF_CGROUP:
		ok = map->key_size == 8 ? is_int(key, 64) : is_cgroup_key(btf, key);
		break;
	case MAP_BTF_VOID:
		ok = !key_id;
		break;
	default:	/* MAP_BTF_NONE, MAP_BTF_ANY */
		break;
	}
	return ok ? 0 : refuse(-EINVAL, CHK_MAP_CREATE_BTF_KEY, map->key_size, key_id);
}

/**
 * btf_check_map() - does a description fit a map, and may the caller have what it holds?
 * @map: the map
 * @btf: the types
 * @token: the token in force, or NULL
 * @key_id: the key's type; 0 for a map without keys
 * @value_id: the value's type
 *
 * Models: kernel/bpf/syscall.c:map_check_btf(). Deviation: which special field
 * fits which type of map is not looked at.
 */
int btf_check_map(struct bpf_map *map, const struct btf *btf, const struct bpf_token *token,
		  u32 key_id, u32 value_id)
{
	const struct btf_type *key = btf_type_by_id(btf, 0), *value;
	u32 size = 0;

	if (key_id) {
		key = btf_type_id_size(btf, key_id, &size);
		if (!key || size != map->key_size)
			return refuse(-EINVAL, CHK_MAP_CREATE_BTF_KEY, map->key_size, size);
	} else if (bpf_map_type_btf(map->map_type) == MAP_BTF_NONE) {
		return refuse(-EINVAL, CHK_MAP_CREATE_BTF_KEY, map->key_size, 0);
	}
	value = btf_type_id_size(btf, value_id, &size);
	if (!value || size != map->value_size)
		return refuse(-EINVAL, CHK_MAP_CREATE_BTF_VALUE, map->value_size, size);
	map->has_fields = btf_has_fields(btf, value);
	if (map->has_fields) {
		if (!bpf_token_capable(token, CAP_BPF))
			return refuse(-EPERM, CHK_MAP_CREATE_BTF_CAPABLE,
				      bpf_evidence_cap(token, CAP_BPF), evidence_caps_held());
		if (map->map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
			return refuse(-EACCES, CHK_MAP_CREATE_BTF_READ_ONLY, 0, map->map_flags);
	}
	return check_key(map, btf, key_id, key, value);
}
