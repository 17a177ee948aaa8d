// SPDX-License-Identifier: GPL-2.0-only
/*
 * Types of a BTF object: where they are. Models: kernel/bpf/btf.c. What they say
 * of themselves is in btf_meta.c, what of each other in btf_resolve.c.
 */
#include <linux/btf.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

#define BTF_INFO_MASK 0x9f00ffffu
#define MAX_RESOLVE_DEPTH 32

static int bad_type(const struct btf *btf, enum check_id check, u64 present)
{
	return refuse(-EINVAL, check, btf->nr_types, present);
}

/**
 * btf_nr_types() - how many types there are, void included.
 */
u32 btf_nr_types(const struct btf *btf)
{
	return btf->nr_types;
}

/**
 * btf_type_by_id() - a type.
 *
 * Models: kernel/bpf/btf.c:btf_type_by_id(). Type 0 is void.
 *
 * Return: the type, or NULL for an id that there is not.
 */
const struct btf_type *btf_type_by_id(const struct btf *btf, u32 id)
{
	static const struct btf_type btf_void;

	if (!id)
		return &btf_void;
	if (id >= btf->nr_types)
		return NULL;
	return (const struct btf_type *)((const char *)btf->data + btf->types[id]);
}

/**
 * btf_name_by_offset() - a string of a BTF object.
 *
 * Models: kernel/bpf/btf.c:btf_name_by_offset().
 */
const char *btf_name_by_offset(const struct btf *btf, u32 offset)
{
	if (offset >= btf->hdr.str_len)
		return NULL;
	return (const char *)btf->data + btf->hdr.hdr_len + btf->hdr.str_off + offset;
}

/* Bytes behind struct btf_type: of the kind, and of each of its elements. */
static const struct {
	u8 fixed;
	u8 each;
} kind_size[NR_BTF_KINDS] = {
	[BTF_KIND_INT] = { 4, 0 },
	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { 0, sizeof(struct btf_enum) },
	[BTF_KIND_FUNC_PROTO] = { 0, sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { 0, sizeof(struct btf_var_secinfo) },
	[BTF_KIND_DECL_TAG] = { sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_ENUM64] = { 0, sizeof(struct btf_enum64) },
};

/* Finds where each type begins. */
static int btf_parse_type_sec(struct btf *btf)
{
	u32 off = btf->hdr.hdr_len + btf->hdr.type_off, end = off + btf->hdr.type_len;
	u32 room = 16;
	int err;

	if (!btf->hdr.type_len)
		return bad_type(btf, CHK_BTF_NO_TYPES, 0);
	btf->types = kmalloc_array(room, sizeof(u32), GFP_KERNEL);
	if (!btf->types)
		return -ENOMEM;
	btf->types[0] = 0;
	btf->nr_types = 1;
	while (off < end) {
		const struct btf_type *t = (const void *)((const char *)btf->data + off);
		u64 size;
		u32 kind;

		if (end - off < sizeof(*t))
			return bad_type(btf, CHK_BTF_TYPE_TRUNCATED, end - off);
		kind = BTF_INFO_KIND(t->info);
		if (t->info & ~BTF_INFO_MASK || !kind || kind > BTF_KIND_MAX)
			return bad_type(btf, CHK_BTF_TYPE_KIND, t->info);
		if (t->name_off >= btf->hdr.str_len)
			return bad_type(btf, CHK_BTF_TYPE_NAME, t->name_off);
		size = sizeof(*t) + kind_size[kind].fixed +
		       (u64)kind_size[kind].each * BTF_INFO_VLEN(t->info);
		if (size > end - off)
			return bad_type(btf, CHK_BTF_TYPE_TRUNCATED, end - off);
		err = btf_check_meta(btf, t);
		if (err)
			return err;
		if (btf->nr_types > BTF_MAX_TYPE)
			return refuse(-E2BIG, CHK_BTF_TOO_MANY, BTF_MAX_TYPE, btf->nr_types);
		if (btf->nr_types == room) {
			u32 *more = krealloc(btf->types, room * 2 * sizeof(u32), GFP_KERNEL);

			if (!more)
				return -ENOMEM;
			btf->types = more;
			room *= 2;
		}
		btf->types[btf->nr_types++] = off;
		off += size;
	}
	return 0;
}

static bool is_modifier(u32 kind)
{
	return kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_CONST || kind == BTF_KIND_VOLATILE ||
	       kind == BTF_KIND_RESTRICT || kind == BTF_KIND_TYPE_TAG;
}

/**
 * btf_resolved_size() - how large what an id means is.
 * @btf: the types
 * @id: the id; typedefs, qualifiers and variables are followed
 *
 * Models: kernel/bpf/btf.c:btf_type_id_size().
 *
 * Return: the size, or 0 for what has none.
 */
u32 btf_resolved_size(const struct btf *btf, u32 id)
{
	u64 times = 1;
	int depth;

	for (depth = 0; depth < MAX_RESOLVE_DEPTH; depth++) {
		const struct btf_type *t = btf_type_by_id(btf, id);
		const struct btf_array *array;
		u32 kind;

		if (!t)
			return 0;
		kind = BTF_INFO_KIND(t->info);
		switch (kind) {
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_FLOAT:
		case BTF_KIND_DATASEC:
			times *= t->size;
			return times > UINT_MAX ? 0 : (u32)times;
		case BTF_KIND_PTR:
			times *= 8;
			return times > UINT_MAX ? 0 : (u32)times;
		case BTF_KIND_ARRAY:
			array = (const struct btf_array *)(t + 1);
			times *= array->nelems;
			if (times > UINT_MAX)
				return 0;
			id = array->type;
			break;
		default:
			if (!is_modifier(kind) && kind != BTF_KIND_VAR)
				return 0;
			id = t->type;
		}
	}
	return 0;
}

/**
 * btf_parse_types() - the type section.
 *
 * Models: kernel/bpf/btf.c:btf_parse_type_sec(), btf_check_all_types().
 */
int btf_parse_types(struct btf *btf)
{
	int err = btf_parse_type_sec(btf);

	return err ? err : btf_check_all_types(btf);
}
