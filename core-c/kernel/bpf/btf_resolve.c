// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of references between BTF types. Models: the ->resolve() of kernel/bpf/btf.c,
 * btf_check_all_types(). Deviation: the model recurses, where the kernel uses its own stack. The
 * maximum depth is the same.
 */
#include <linux/btf.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "internal.h"

#define MAX_RESOLVE_DEPTH 32

enum visit { NOT_VISITED, VISITED, RESOLVED };
/* A walk that began at a pointer stops at structs. One that began at a struct stops at pointers. */
enum mode { MODE_ANY, MODE_PTR, MODE_STRUCT_OR_ARRAY };

struct resolver {
	const struct btf *btf;
	u8 *visit;
	u32 *id;		/* the type that a reference resolves to */
	u32 *size;		/* the size of an array */
	enum mode mode;
	int depth;
};

static u32 kind_of(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info);
}

static bool is(const struct btf_type *t, u32 kind)
{
	return t && kind_of(t) == kind;
}

static bool is_struct(const struct btf_type *t)
{
	return is(t, BTF_KIND_STRUCT) || is(t, BTF_KIND_UNION);
}

static bool is_void(const struct btf_type *t)
{
	return is(t, BTF_KIND_UNKN);
}

static bool needs_resolve(const struct btf_type *t)
{
	return btf_type_is_modifier(t) || is(t, BTF_KIND_PTR) || is_struct(t) || is(t, BTF_KIND_ARRAY) ||
	       is(t, BTF_KIND_VAR) || is(t, BTF_KIND_FUNC) || is(t, BTF_KIND_DECL_TAG) ||
	       is(t, BTF_KIND_DATASEC);
}

/* Types that no pointer, member or variable may refer to. */
static bool source_only(const struct btf_type *t)
{
	return is(t, BTF_KIND_VAR) || is(t, BTF_KIND_DECL_TAG) || is(t, BTF_KIND_DATASEC);
}

static bool no_size(const struct btf_type *t)
{
	return !t || is_void(t) || is(t, BTF_KIND_FWD) || is(t, BTF_KIND_FUNC) ||
	       is(t, BTF_KIND_FUNC_PROTO) || is(t, BTF_KIND_DECL_TAG);
}

static int bad(u32 id)
{
	return refuse(-EINVAL, CHK_BTF_TYPE_REFERENCE, 0, id);
}

/* The type that an id resolves to and its size; NULL if it has none. Models: btf_type_id_size(). */
static const struct btf_type *type_size(const struct resolver *r, u32 id, u32 *size)
{
	const struct btf_type *t = btf_type_by_id(r->btf, id);

	if (no_size(t))
		return NULL;
	if (btf_type_is_modifier(t) || is(t, BTF_KIND_VAR)) {
		id = r->id[id];
		t = btf_type_by_id(r->btf, id);
		if (no_size(t) || btf_type_is_modifier(t) || is(t, BTF_KIND_VAR))
			return NULL;
	}
	if (size)
		*size = is(t, BTF_KIND_ARRAY) ? r->size[id] : is(t, BTF_KIND_PTR) ? 8 : t->size;
	return t;
}

/* An integer without padding bits, of 1, 2, 4, 8 or 16 bytes. */
static bool is_regular(const struct btf_type *t)
{
	u32 data = *(const u32 *)(t + 1), bits = BTF_INT_BITS(data), bytes = bits / 8;

	return !(bits % 8) && !BTF_INT_OFFSET(data) &&
	       (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16);
}

/* Does the walk stop at this type? Models: env_type_is_resolve_sink(). */
static bool is_sink(const struct resolver *r, const struct btf_type *t)
{
	switch (r->mode) {
	case MODE_PTR:
		return !btf_type_is_modifier(t) && !is(t, BTF_KIND_PTR);
	case MODE_STRUCT_OR_ARRAY:
		return !btf_type_is_modifier(t) && !is(t, BTF_KIND_ARRAY) && !is_struct(t);
	default:
		return !needs_resolve(t);
	}
}

static int visit(struct resolver *r, u32 id);

/* Visit a type that another one refers to, unless it is resolved or the walk stops there. */
static int visit_next(struct resolver *r, u32 id)
{
	if (is_sink(r, btf_type_by_id(r->btf, id)) || r->visit[id] == RESOLVED)
		return 0;
	return visit(r, id);
}

/* Record the target of a reference: a type with a size, or one that only pointers may refer to. */
static int settle_ref(struct resolver *r, u32 id, u32 next)
{
	if (!type_size(r, next, NULL)) {
		const struct btf_type *t;

		if (r->visit[next] == RESOLVED)
			next = r->id[next];
		t = btf_type_by_id(r->btf, next);
		if (!is_void(t) && !is(t, BTF_KIND_FWD) && !is(t, BTF_KIND_FUNC_PROTO))
			return bad(id);
	} else if (btf_type_is_modifier(btf_type_by_id(r->btf, next)) ||
		   is(btf_type_by_id(r->btf, next), BTF_KIND_VAR)) {
		next = r->id[next];
	}
	r->id[id] = next;
	return 0;
}

static int resolve_ref(struct resolver *r, const struct btf_type *t, u32 id)
{
	const struct btf_type *next = btf_type_by_id(r->btf, t->type);
	u32 to;
	int err;

	if (!next || source_only(next))
		return bad(id);
	err = visit_next(r, t->type);
	if (err)
		return err;
	/* a pointer to a qualified pointer: the walk has visited the qualifier, not the pointer */
	if (is(t, BTF_KIND_PTR) && btf_type_is_modifier(next)) {
		to = r->id[t->type];
		if (is(btf_type_by_id(r->btf, to), BTF_KIND_PTR)) {
			err = visit_next(r, to);
			if (err)
				return err;
		}
	}
	return settle_ref(r, id, t->type);
}

static int resolve_var(struct resolver *r, const struct btf_type *t, u32 id)
{
	const struct btf_type *next = btf_type_by_id(r->btf, t->type);
	int err;

	if (!next || source_only(next))
		return bad(id);
	err = visit_next(r, t->type);
	if (err)
		return err;
	if (btf_type_is_modifier(next) && is(btf_type_by_id(r->btf, r->id[t->type]), BTF_KIND_PTR)) {
		err = visit_next(r, r->id[t->type]);
		if (err)
			return err;
	}
	if (!type_size(r, t->type, NULL))
		return bad(id);
	return settle_ref(r, id, t->type);
}

static int resolve_array(struct resolver *r, const struct btf_type *t, u32 id)
{
	const struct btf_array *array = (const struct btf_array *)(t + 1);
	const struct btf_type *index = btf_type_by_id(r->btf, array->index_type);
	const struct btf_type *elem = btf_type_by_id(r->btf, array->type);
	u32 size;
	int err;

	if (no_size(index) || source_only(index))
		return bad(id);
	err = visit_next(r, array->index_type);
	if (err)
		return err;
	index = type_size(r, array->index_type, NULL);
	if (!is(index, BTF_KIND_INT) || !is_regular(index))
		return bad(id);
	if (no_size(elem) || source_only(elem))
		return bad(id);
	err = visit_next(r, array->type);
	if (err)
		return err;
	elem = type_size(r, array->type, &size);
	if (!elem || (is(elem, BTF_KIND_INT) && !is_regular(elem)) ||
	    (array->nelems && size > UINT_MAX / array->nelems))
		return bad(id);
	r->size[id] = size * array->nelems;
	r->id[id] = 0;
	return 0;
}

/* Does a bit-field of @bits bits at bit @from lie within a struct of @size bytes? */
static bool bits_fit(u32 size, u32 from, u32 bits)
{
	u32 copied = bits + from % 8;

	return copied <= 128 && size >= from / 8 && size - from / 8 >= (copied + 7) / 8;
}

static bool bytes_fit(u32 size, u32 from, u32 bytes)
{
	return !(from % 8) && size >= from / 8 && size - from / 8 >= bytes;
}

/* An integer or enum in a struct with kind_flag, whose members have bit widths. */
static bool bitfield_ok(u32 struct_size, const struct btf_type *t, u32 offset)
{
	u32 bits = offset >> 24, from = offset & 0xffffff, full;

	if (is(t, BTF_KIND_INT)) {
		if (!is_regular(t))
			return false;
		full = BTF_INT_BITS(*(const u32 *)(t + 1));
	} else {
		full = 32;
	}
	if (!bits && from % 8)
		return false;
	if (bits > full)
		return false;
	bits = bits ? bits : full;
	if (is(t, BTF_KIND_INT))
		return bits_fit(struct_size, from, bits);
	return struct_size >= (from + bits + 7) / 8;
}

static bool float_fits(u32 struct_size, const struct btf_type *t, u32 from)
{
	u32 align = 8 * (t->size < 8 ? t->size : 8);

	return !(from % align) && struct_size >= (u64)from / 8 + t->size;
}

static bool member_ok(const struct resolver *r, const struct btf_type *t, const struct btf_member *m)
{
	u32 size, offset = m->offset, data;
	const struct btf_type *type = type_size(r, m->type, &size);

	if (!type)
		return false;
	if (BTF_INFO_KFLAG(t->info)) {
		if (is(type, BTF_KIND_INT) || is(type, BTF_KIND_ENUM) || is(type, BTF_KIND_ENUM64))
			return bitfield_ok(t->size, type, offset);
		if (offset >> 24)
			return false;
	}
	switch (kind_of(type)) {
	case BTF_KIND_INT:
		data = *(const u32 *)(type + 1);
		if (UINT_MAX - offset < BTF_INT_OFFSET(data))
			return false;
		return bits_fit(t->size, offset + BTF_INT_OFFSET(data), BTF_INT_BITS(data));
	case BTF_KIND_FLOAT:
		return float_fits(t->size, type, offset);
	default:
		return bytes_fit(t->size, offset, size);
	}
}

static int resolve_struct(struct resolver *r, const struct btf_type *t, u32 id)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	u32 i;

	for (i = 0; i < BTF_INFO_VLEN(t->info); i++, m++) {
		const struct btf_type *type = btf_type_by_id(r->btf, m->type);
		int err;

		if (no_size(type) || source_only(type))
			return bad(id);
		err = visit_next(r, m->type);
		if (err)
			return err;
		if (!member_ok(r, t, m))
			return refuse(-EINVAL, CHK_BTF_TYPE_MEMBER, i, id);
	}
	return 0;
}

static int resolve_datasec(struct resolver *r, const struct btf_type *t, u32 id)
{
	const struct btf_var_secinfo *v = (const struct btf_var_secinfo *)(t + 1);
	u32 i, size;

	for (i = 0; i < BTF_INFO_VLEN(t->info); i++, v++) {
		const struct btf_type *var = btf_type_by_id(r->btf, v->type);
		int err;

		if (!is(var, BTF_KIND_VAR))
			return bad(id);
		err = visit_next(r, v->type);
		if (err)
			return err;
		if (!type_size(r, var->type, &size) || v->size < size)
			return bad(id);
	}
	return 0;
}

/* Every argument of a function has a name, except "...". */
static int resolve_func(struct resolver *r, const struct btf_type *t, u32 id)
{
	const struct btf_type *proto = btf_type_by_id(r->btf, t->type);
	const struct btf_param *arg;
	u32 i;

	if (!is(proto, BTF_KIND_FUNC_PROTO))
		return bad(id);
	arg = (const struct btf_param *)(proto + 1);
	for (i = 0; i < BTF_INFO_VLEN(proto->info); i++, arg++)
		if (!arg->name_off && arg->type)
			return bad(id);
	return 0;
}

static int resolve_decl_tag(struct resolver *r, const struct btf_type *t, u32 id)
{
	s32 index = ((const struct btf_decl_tag *)(t + 1))->component_idx;
	const struct btf_type *next = btf_type_by_id(r->btf, t->type);
	u32 count;
	int err;

	if (!is(next, BTF_KIND_FUNC) && !is_struct(next) && !is(next, BTF_KIND_VAR) &&
	    !is(next, BTF_KIND_TYPEDEF))
		return bad(id);
	err = visit_next(r, t->type);
	if (err || index == -1)
		return err;
	if (is(next, BTF_KIND_VAR) || is(next, BTF_KIND_TYPEDEF))
		return bad(id);
	if (is(next, BTF_KIND_FUNC))
		next = btf_type_by_id(r->btf, next->type);
	count = BTF_INFO_VLEN(next->info);
	return (u32)index >= count ? bad(id) : 0;
}

static int resolve_one(struct resolver *r, const struct btf_type *t, u32 id)
{
	switch (kind_of(t)) {
	case BTF_KIND_ARRAY:
		return resolve_array(r, t, id);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return resolve_struct(r, t, id);
	case BTF_KIND_VAR:
		return resolve_var(r, t, id);
	case BTF_KIND_DATASEC:
		return resolve_datasec(r, t, id);
	case BTF_KIND_FUNC:
		return resolve_func(r, t, id);
	case BTF_KIND_DECL_TAG:
		return resolve_decl_tag(r, t, id);
	default:
		return resolve_ref(r, t, id);
	}
}

static int visit(struct resolver *r, u32 id)
{
	const struct btf_type *t = btf_type_by_id(r->btf, id);
	int err;

	if (r->depth == MAX_RESOLVE_DEPTH)
		return refuse(-E2BIG, CHK_BTF_TYPE_DEPTH, MAX_RESOLVE_DEPTH, id);
	if (r->visit[id] != NOT_VISITED)
		return refuse(-EEXIST, CHK_BTF_TYPE_LOOP, 0, id);
	r->visit[id] = VISITED;
	if (r->mode == MODE_ANY && is(t, BTF_KIND_PTR))
		r->mode = MODE_PTR;
	else if (r->mode == MODE_ANY && (is_struct(t) || is(t, BTF_KIND_ARRAY)))
		r->mode = MODE_STRUCT_OR_ARRAY;
	r->depth++;
	err = resolve_one(r, t, id);
	r->depth--;
	r->visit[id] = RESOLVED;
	return err;
}

static int resolve_root(struct resolver *r, u32 id)
{
	const struct btf_type *t = btf_type_by_id(r->btf, id);

	if (!needs_resolve(t) || r->visit[id] == RESOLVED)
		return 0;
	r->mode = MODE_ANY;
	return visit(r, id);
}

static int check_proto(struct resolver *r, const struct btf_type *t, u32 id)
{
	const struct btf_param *arg = (const struct btf_param *)(t + 1);
	u32 nr = BTF_INFO_VLEN(t->info), i;
	int err;

	if (t->type) {
		const struct btf_type *ret = btf_type_by_id(r->btf, t->type);

		if (!ret || source_only(ret))
			return bad(id);
		err = resolve_root(r, t->type);
		if (err)
			return err;
		if (!type_size(r, t->type, NULL))
			return bad(id);
	}
	if (nr && !arg[nr - 1].type) {
		if (arg[nr - 1].name_off)
			return bad(id);
		nr--;
	}
	for (i = 0; i < nr; i++) {
		const struct btf_type *type = btf_type_by_id(r->btf, arg[i].type);

		if (!type || source_only(type))
			return bad(id);
		if (arg[i].name_off && (arg[i].name_off >= r->btf->hdr.str_len ||
					!btf_identifier_ok(r->btf, arg[i].name_off)))
			return bad(id);
		err = resolve_root(r, arg[i].type);
		if (err)
			return err;
		if (!type_size(r, arg[i].type, NULL))
			return bad(id);
	}
	return 0;
}

/* Type tags come before qualifiers. Models: btf_check_type_tags(). */
static int check_tags(const struct resolver *r, u32 id)
{
	const struct btf_type *t = btf_type_by_id(r->btf, id);
	bool tags = is(t, BTF_KIND_TYPE_TAG);

	for (; btf_type_is_modifier(t); t = btf_type_by_id(r->btf, t->type)) {
		if (!is(t, BTF_KIND_TYPE_TAG))
			tags = false;
		else if (!tags)
			return bad(id);
	}
	return 0;
}

static int check_all(struct resolver *r)
{
	u32 id;
	int err = 0;

	for (id = 1; !err && id < r->btf->nr_types; id++) {
		err = resolve_root(r, id);
		if (!err && is(btf_type_by_id(r->btf, id), BTF_KIND_FUNC_PROTO))
			err = check_proto(r, btf_type_by_id(r->btf, id), id);
	}
	for (id = 1; !err && id < r->btf->nr_types; id++)
		err = check_tags(r, id);
	return err;
}

/**
 * btf_check_all_types() - Check the references of all types.
 *
 * Models: kernel/bpf/btf.c:btf_check_all_types(), btf_check_type_tags().
 */
int btf_check_all_types(const struct btf *btf)
{
	struct resolver r = { .btf = btf };
	int err = -ENOMEM;

	r.visit = kcalloc(btf->nr_types, sizeof(*r.visit), GFP_KERNEL);
	r.id = kcalloc(btf->nr_types, sizeof(*r.id), GFP_KERNEL);
	r.size = kcalloc(btf->nr_types, sizeof(*r.size), GFP_KERNEL);
	if (r.visit && r.id && r.size)
		err = check_all(&r);
	kfree(r.visit);
	kfree(r.id);
	kfree(r.size);
	return err;
}
