// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the BTF that describes a map. Models: kernel/bpf/syscall.c:map_check_btf() and the
 * ->map_check_btf() of the map types; spec MC-15.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/release.h>

#include "internal.h"

static bool is_int(const struct btf_type *t, u32 bits)
{
	u32 data;

	if (BTF_INFO_KIND(t->info) != BTF_KIND_INT)
		return false;
	data = *(const u32 *)(t + 1);
	return BTF_INT_BITS(data) == bits && !BTF_INT_OFFSET(data);
}

/* Is member number @which an integer of @bits bits at bit offset @at, and no bit-field? */
static bool is_int_member(const struct btf *btf, const struct btf_type *t, u32 which, u32 bits,
			  u32 at)
{
	const struct btf_member *member = (const struct btf_member *)(t + 1) + which;
	u32 size;

	return is_int(btf_type_id_size(btf, member->type, &size), bits) && member->offset == at;
}

/* struct bpf_cgroup_storage_key: the cgroup's inode id and the attach type. */
static bool is_cgroup_key(const struct btf *btf, const struct btf_type *key)
{
	return BTF_INFO_KIND(key->info) == BTF_KIND_STRUCT && BTF_INFO_VLEN(key->info) == 2 &&
	       is_int_member(btf, key, 0, 64, 0) && is_int_member(btf, key, 1, 32, 64);
}

static bool has_section(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY ||
	       (type == BPF_MAP_TYPE_PERCPU_ARRAY && kernel_at_least(7, 3));
}

/* Hash maps, which Linux 7.0 and 7.1 accept without the type of a key. */
static bool may_lack_key(u32 type)
{
	return kernel_at_least(7, 0) && !kernel_at_least(7, 2) &&
	       (type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH ||
		type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH);
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
			      has_section(map->map_type) && map->max_entries == 1 &&
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
	case MAP_BTF_UNMODELLED:
		return not_modelled(UNMODELLED_INSN_ARRAY_BTF);
	default:	/* MAP_BTF_NONE, MAP_BTF_ANY */
		break;
	}
	return ok ? 0 : refuse(-EINVAL, CHK_MAP_CREATE_BTF_KEY, map->key_size, key_id);
}

/**
 * btf_check_map() - Check that a description fits a map, and that the caller may have its fields.
 * @map: the map
 * @btf: the types
 * @token: the token in force, or NULL
 * @key_id: type id of the key; 0 for a map without keys
 * @value_id: type id of the value
 *
 * Models: kernel/bpf/syscall.c:map_check_btf().
 * Deviation: the kernel accepts each special field only in some map types; the model does not
 * check that.
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
	} else if (bpf_map_type_btf(map->map_type) == MAP_BTF_NONE &&
		   !may_lack_key(map->map_type)) {
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
