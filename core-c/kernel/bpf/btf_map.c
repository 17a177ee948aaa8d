// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps that BTF describes. Models: kernel/bpf/syscall.c:map_check_btf() and the
 * ->map_check_btf() of the types; spec MC-15.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "internal.h"

/* Follows typedefs and qualifiers. */
static const struct btf_type *skip_modifiers(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf_type_by_id(btf, id);
	int depth;

	for (depth = 0; t && depth < 32; depth++) {
		switch (BTF_INFO_KIND(t->info)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			t = btf_type_by_id(btf, t->type);
			break;
		default:
			return t;
		}
	}
	return NULL;
}

/* Structs of the kernel that a value may hold, and a pointer that it may own. */
static bool is_special(const struct btf *btf, u32 id)
{
	static const char *const names[] = {
		"bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer", "bpf_wq", "bpf_list_head",
		"bpf_list_node", "bpf_rb_root", "bpf_rb_node", "bpf_refcount",
	};
	static const char *const tags[] = { "kptr_untrusted", "kptr", "percpu_kptr", "uptr" };
	const struct btf_type *t = skip_modifiers(btf, id);
	u32 kind = t ? BTF_INFO_KIND(t->info) : 0;
	const struct btf_type *to;
	const char *name;

	if (kind == BTF_KIND_STRUCT) {
		name = btf_name_by_offset(btf, t->name_off);
		return match_string(names, ARRAY_SIZE(names), name) >= 0;
	}
	if (kind != BTF_KIND_PTR)
		return false;
	to = btf_type_by_id(btf, t->type);
	if (!to || BTF_INFO_KIND(to->info) != BTF_KIND_TYPE_TAG)
		return false;
	return match_string(tags, ARRAY_SIZE(tags), btf_name_by_offset(btf, to->name_off)) >= 0;
}

/* Does a value hold something special? Structs in structs and arrays are looked into. */
static bool has_special_fields(const struct btf *btf, u32 id, int depth)
{
	const struct btf_type *t = skip_modifiers(btf, id);
	const struct btf_var_secinfo *var;
	const struct btf_member *member;
	u32 i;

	if (!t || depth > 8)
		return false;
	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_STRUCT:
		member = (const struct btf_member *)(t + 1);
		for (i = 0; i < BTF_INFO_VLEN(t->info); i++)
			if (is_special(btf, member[i].type) ||
			    has_special_fields(btf, member[i].type, depth + 1))
				return true;
		return false;
	case BTF_KIND_DATASEC:
		var = (const struct btf_var_secinfo *)(t + 1);
		for (i = 0; i < BTF_INFO_VLEN(t->info); i++) {
			const struct btf_type *v = btf_type_by_id(btf, var[i].type);

			if (v && (is_special(btf, v->type) ||
				  has_special_fields(btf, v->type, depth + 1)))
				return true;
		}
		return false;
	case BTF_KIND_ARRAY:
		return has_special_fields(btf, ((const struct btf_array *)(t + 1))->type,
					  depth + 1);
	default:
		return false;
	}
}

static bool is_int(const struct btf_type *t, u32 bits)
{
	u32 data;

	if (!t || BTF_INFO_KIND(t->info) != BTF_KIND_INT)
		return false;
	data = *(const u32 *)(t + 1);
	return BTF_INT_BITS(data) == bits && !BTF_INT_OFFSET(data);
}

/* A member that is an integer of so many bits, and no bit field, at a place in bits. */
static bool is_int_member(const struct btf *btf, const struct btf_type *t, u32 which, u32 bits,
			  u32 at)
{
	const struct btf_member *member = (const struct btf_member *)(t + 1) + which;

	return is_int(skip_modifiers(btf, member->type), bits) && member->offset == at;
}

/* What the kernel keeps such storage under: the cgroup, and how programs are attached. */
static bool is_cgroup_key(const struct btf *btf, const struct btf_type *key)
{
	return BTF_INFO_KIND(key->info) == BTF_KIND_STRUCT && BTF_INFO_VLEN(key->info) == 2 &&
	       is_int_member(btf, key, 0, 64, 0) && is_int_member(btf, key, 1, 32, 64);
}

static int check_key(const struct bpf_map *map, const struct btf *btf, u32 key_id, u32 value_id)
{
	const struct btf_type *key = skip_modifiers(btf, key_id);
	const struct btf_type *value = skip_modifiers(btf, value_id);
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
	case MAP_BTF_NONE:
	case MAP_BTF_HTAB:
		ok = key_id;
		break;
	case MAP_BTF_TRIE:
		ok = key && BTF_INFO_KIND(key->info) == BTF_KIND_STRUCT;
		break;
	case MAP_BTF_CGROUP:
		ok = key && (map->key_size == 8 ? is_int(key, 64) : is_cgroup_key(btf, key));
		break;
	case MAP_BTF_VOID:
		ok = !key_id;
		break;
	case MAP_BTF_ANY:
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
	if (key_id && btf_resolved_size(btf, key_id) != map->key_size)
		return refuse(-EINVAL, CHK_MAP_CREATE_BTF_KEY, map->key_size,
			      btf_resolved_size(btf, key_id));
	if (!key_id && bpf_map_type_btf(map->map_type) == MAP_BTF_NONE)
		return refuse(-EINVAL, CHK_MAP_CREATE_BTF_KEY, map->key_size, 0);
	if (!btf_resolved_size(btf, value_id) ||
	    btf_resolved_size(btf, value_id) != map->value_size)
		return refuse(-EINVAL, CHK_MAP_CREATE_BTF_VALUE, map->value_size,
			      btf_resolved_size(btf, value_id));
	map->has_fields = has_special_fields(btf, value_id, 0);
	if (map->has_fields) {
		if (!bpf_token_capable(token, CAP_BPF))
			return refuse(-EPERM, CHK_MAP_CREATE_BTF_CAPABLE,
				      bpf_evidence_cap(token, CAP_BPF), evidence_caps_held());
		if (map->map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
			return refuse(-EACCES, CHK_MAP_CREATE_BTF_READ_ONLY, 0, map->map_flags);
	}
	return check_key(map, btf, key_id, value_id);
}
