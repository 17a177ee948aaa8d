// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the types of a BTF object. Models: kernel/bpf/btf.c. btf_meta.c checks each type alone,
 * btf_resolve.c checks references, btf_fields.c checks fields that the kernel manages.
 */
#include <linux/bits.h>
#include <linux/btf.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

#define BTF_INFO_UNUSED 0x60ff0000u	/* up to 7.1 */

static int bad_type(const struct btf *btf, enum check_id check, u64 present)
{
	return refuse(-EINVAL, check, btf->nr_types, present);
}

/** btf_nr_types() - Get the number of types, including void. */
u32 btf_nr_types(const struct btf *btf)
{
	return btf->nr_types;
}

/**
 * btf_type_by_id() - Get a type.
 *
 * Models: kernel/bpf/btf.c:btf_type_by_id(). Type 0 is void.
 *
 * Return: the type, or NULL for an unknown id.
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
 * btf_name_by_offset() - Get a string of a BTF object.
 *
 * Models: kernel/bpf/btf.c:btf_name_by_offset().
 */
const char *btf_name_by_offset(const struct btf *btf, u32 offset)
{
	if (offset >= btf->hdr.str_len)
		return NULL;
	return (const char *)btf->data + btf->hdr.hdr_len + btf->hdr.str_off + offset;
}

/**
 * btf_find_by_name_kind() - Find a type.
 *
 * Models: kernel/bpf/btf.c:btf_find_by_name_kind().
 *
 * Return: the first id of a type with this name and kind, or -ENOENT.
 */
s32 btf_find_by_name_kind(const struct btf *btf, const char *name, u8 kind)
{
	u32 id;

	for (id = 1; id < btf->nr_types; id++) {
		const struct btf_type *t = btf_type_by_id(btf, id);

		if (BTF_INFO_KIND(t->info) == kind &&
		    !strcmp(btf_name_by_offset(btf, t->name_off), name))
			return (s32)id;
	}
	return -ENOENT;
}

/* Bytes that follow struct btf_type: once for the kind, and for each of the vlen elements. */
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
		if ((t->info & BTF_INFO_UNUSED && !kernel_at_least(7, 2)) || !kind || kind > BTF_KIND_MAX)
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

/* Skip typedefs, qualifiers, tags and variables. NULL if a type in the chain does not exist. */
static const struct btf_type *behind(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf_type_by_id(btf, id);

	while (t && (btf_type_is_modifier(t) || BTF_INFO_KIND(t->info) == BTF_KIND_VAR))
		t = btf_type_by_id(btf, t->type);
	return t;
}

/**
 * btf_type_id_size() - Get the type that an id resolves to, and its size.
 * @btf: loaded types: the checks have excluded cycles and sizes that overflow
 * @id: the id
 * @size: filled in
 *
 * Models: kernel/bpf/btf.c:btf_type_id_size().
 *
 * Return: the type, or NULL if it has no size.
 */
const struct btf_type *btf_type_id_size(const struct btf *btf, u32 id, u32 *size)
{
	const u32 sized = BIT(BTF_KIND_INT) | BIT(BTF_KIND_STRUCT) | BIT(BTF_KIND_UNION) |
			  BIT(BTF_KIND_ENUM) | BIT(BTF_KIND_ENUM64) | BIT(BTF_KIND_FLOAT) |
			  BIT(BTF_KIND_DATASEC) | BIT(BTF_KIND_PTR);
	const struct btf_type *found = behind(btf, id), *t = found;
	u32 times = 1;

	while (t && BTF_INFO_KIND(t->info) == BTF_KIND_ARRAY) {
		const struct btf_array *array = (const struct btf_array *)(t + 1);

		times *= array->nelems;
		t = behind(btf, array->type);
	}
	*size = 0;
	if (!t || !(sized & BIT(BTF_INFO_KIND(t->info))))
		return NULL;
	*size = times * (BTF_INFO_KIND(t->info) == BTF_KIND_PTR ? 8 : t->size);
	return found;
}

/**
 * btf_parse_types() - Parse and check the type section.
 *
 * Models: kernel/bpf/btf.c:btf_parse_type_sec(), btf_check_all_types(), btf_parse_struct_metas().
 */
int btf_parse_types(struct btf *btf)
{
	int err = btf_parse_type_sec(btf);

	if (!err)
		err = btf_check_all_types(btf);
	return err ? err : btf_check_fields(btf);
}
