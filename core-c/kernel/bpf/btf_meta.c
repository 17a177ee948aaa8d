// SPDX-License-Identifier: GPL-2.0-only
/* Checks of a BTF type that need no other type. Models: the ->check_meta() of kernel/bpf/btf.c. */
#include <linux/btf.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/release.h>

#include "internal.h"

#define NAME_MAX_LEN 512	/* KSYM_NAME_LEN */
#define INT_DATA_MASK 0x0fffffffu
#define MAX_INT_BITS 128

/* A C identifier; dots and Latin-1 letters are allowed. Models: btf_name_valid_identifier(). */
bool btf_identifier_ok(const struct btf *btf, u32 offset)
{
	const char *name = btf_name_by_offset(btf, offset);
	u32 i;

	for (i = 0; i < NAME_MAX_LEN && (!i || name[i]); i++)
		if (!isalpha(name[i]) && name[i] != '_' && name[i] != '.' &&
		    (!i || !isdigit(name[i])))
			return false;
	return !name[i];
}

/* A section name: any printable characters. */
static bool section_name_ok(const struct btf *btf, u32 offset)
{
	const char *name = btf_name_by_offset(btf, offset);
	u32 i;

	for (i = 0; i < NAME_MAX_LEN && (!i || name[i]); i++)
		if (!isprint(name[i]))
			return false;
	return !name[i];
}

static bool name_in_strings(const struct btf *btf, u32 offset)
{
	return offset < btf->hdr.str_len;
}

static bool optional_name_ok(const struct btf *btf, u32 offset)
{
	return !offset || btf_identifier_ok(btf, offset);
}

static bool id_valid(u32 id)
{
	return id && id <= BTF_MAX_TYPE;
}

static bool has_text(const struct btf *btf, const struct btf_type *t)
{
	return *btf_name_by_offset(btf, t->name_off);
}

static bool int_ok(const struct btf_type *t)
{
	u32 data = *(const u32 *)(t + 1);
	u32 bits = BTF_INT_BITS(data) + BTF_INT_OFFSET(data);

	return !BTF_INFO_VLEN(t->info) && !BTF_INFO_KFLAG(t->info) && !(data & ~INT_DATA_MASK) &&
	       bits <= MAX_INT_BITS && (bits + 7) / 8 <= t->size;
}

/* Pointers, qualifiers, typedefs and type tags. */
static bool ref_ok(const struct btf *btf, const struct btf_type *t, u32 kind)
{
	bool tag = kind == BTF_KIND_TYPE_TAG;

	if (BTF_INFO_VLEN(t->info) || t->type > BTF_MAX_TYPE ||
	    (BTF_INFO_KFLAG(t->info) && !(tag && kernel_at_least(6, 15))))
		return false;
	if (tag)
		return has_text(btf, t);
	if (kind == BTF_KIND_TYPEDEF)
		return t->name_off && btf_identifier_ok(btf, t->name_off);
	return !t->name_off;
}

static bool array_ok(const struct btf_type *t)
{
	const struct btf_array *array = (const struct btf_array *)(t + 1);

	return !t->name_off && !BTF_INFO_VLEN(t->info) && !BTF_INFO_KFLAG(t->info) && !t->size &&
	       id_valid(array->type) && id_valid(array->index_type);
}

static bool struct_ok(const struct btf *btf, const struct btf_type *t, bool is_union)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	u32 last = 0, i;

	if (!optional_name_ok(btf, t->name_off))
		return false;
	for (i = 0; i < BTF_INFO_VLEN(t->info); i++, m++) {
		u32 bit = BTF_INFO_KFLAG(t->info) ? m->offset & 0xffffff : m->offset;

		if (!name_in_strings(btf, m->name_off) || !optional_name_ok(btf, m->name_off) ||
		    !id_valid(m->type) || (is_union && bit) || bit < last ||
		    ((u64)bit + 7) / 8 > t->size)
			return false;
		last = bit;
	}
	return true;
}

/*
 * BTF_KIND_ENUM and BTF_KIND_ENUM64. Each enumerator begins with name_off and takes @words words.
 */
static bool enum_ok(const struct btf *btf, const struct btf_type *t, u32 words)
{
	const u32 *name = (const u32 *)(t + 1);
	u32 i;

	if (t->size > 8 || !t->size || t->size & (t->size - 1) ||
	    !optional_name_ok(btf, t->name_off))
		return false;
	for (i = 0; i < BTF_INFO_VLEN(t->info); i++, name += words)
		if (!*name || !name_in_strings(btf, *name) || !btf_identifier_ok(btf, *name))
			return false;
	return true;
}

static bool var_ok(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_var *var = (const struct btf_var *)(t + 1);

	return !BTF_INFO_VLEN(t->info) && !BTF_INFO_KFLAG(t->info) && t->name_off &&
	       btf_identifier_ok(btf, t->name_off) && id_valid(t->type) && var->linkage <= 1;
}

static bool datasec_ok(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_var_secinfo *v = (const struct btf_var_secinfo *)(t + 1);
	u64 sum = 0, end = 0;
	u32 i;

	if (!t->size || BTF_INFO_KFLAG(t->info) || !t->name_off ||
	    !section_name_ok(btf, t->name_off))
		return false;
	for (i = 0; i < BTF_INFO_VLEN(t->info); i++, v++) {
		if (!id_valid(v->type) || v->offset < end || v->offset >= t->size || !v->size ||
		    v->size > t->size)
			return false;
		end = (u64)v->offset + v->size;
		if (end > t->size)
			return false;
		sum += v->size;
	}
	return sum <= t->size;
}

static bool float_ok(const struct btf_type *t)
{
	return !BTF_INFO_VLEN(t->info) && !BTF_INFO_KFLAG(t->info) &&
	       (t->size == 2 || t->size == 4 || t->size == 8 || t->size == 12 || t->size == 16);
}

static bool decl_tag_ok(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_decl_tag *tag = (const struct btf_decl_tag *)(t + 1);

	return has_text(btf, t) && !BTF_INFO_VLEN(t->info) &&
	       (!BTF_INFO_KFLAG(t->info) || kernel_at_least(6, 15)) && tag->component_idx >= -1;
}

static bool named_ok(const struct btf *btf, const struct btf_type *t)
{
	return t->name_off && btf_identifier_ok(btf, t->name_off);
}

static bool meta_ok(const struct btf *btf, const struct btf_type *t, u32 kind)
{
	switch (kind) {
	case BTF_KIND_INT:
		return int_ok(t);
	case BTF_KIND_ARRAY:
		return array_ok(t);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return struct_ok(btf, t, kind == BTF_KIND_UNION);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enum_ok(btf, t, kind == BTF_KIND_ENUM ? 2 : 3);
	case BTF_KIND_FWD:
		return !BTF_INFO_VLEN(t->info) && !t->type && named_ok(btf, t);
	case BTF_KIND_FUNC:
		return named_ok(btf, t) && BTF_INFO_VLEN(t->info) <= 1 && !BTF_INFO_KFLAG(t->info);
	case BTF_KIND_FUNC_PROTO:
		return !t->name_off && !BTF_INFO_KFLAG(t->info);
	case BTF_KIND_VAR:
		return var_ok(btf, t);
	case BTF_KIND_DATASEC:
		return datasec_ok(btf, t);
	case BTF_KIND_FLOAT:
		return float_ok(t);
	case BTF_KIND_DECL_TAG:
		return decl_tag_ok(btf, t);
	default:
		return ref_ok(btf, t, kind);
	}
}

/**
 * btf_check_meta() - Check a type that lies within the data, without looking at other types.
 *
 * Return: 0, -EINVAL, or -ENOTSUPP for an integer with an unknown encoding.
 */
int btf_check_meta(const struct btf *btf, const struct btf_type *t)
{
	u32 kind = BTF_INFO_KIND(t->info);
	u32 encoding;

	if (!meta_ok(btf, t, kind))
		return refuse(-EINVAL,
			      kind == BTF_KIND_INT ? CHK_BTF_TYPE_INT : CHK_BTF_TYPE_META,
			      btf->nr_types, kind);
	encoding = kind == BTF_KIND_INT ? BTF_INT_ENCODING(*(const u32 *)(t + 1)) : 0;
	if (encoding && encoding != BTF_INT_SIGNED && encoding != BTF_INT_CHAR &&
	    encoding != BTF_INT_BOOL)
		return refuse(-ENOTSUPP, CHK_BTF_TYPE_ENCODING, BTF_INT_BOOL, encoding);
	return 0;
}
