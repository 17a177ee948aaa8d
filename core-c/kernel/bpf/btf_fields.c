// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fields of a struct that the kernel manages: locks, timers, refcounts, kptrs and so on.
 * Models: kernel/bpf/btf.c:btf_find_field() and what it calls; spec MC-15, BL-05.
 * Deviation: the model does not check the "contains:" tag of a list or tree, nor that a lock
 * belongs to it.
 */
#include <linux/bits.h>
#include <linux/btf.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/string.h>

#include "internal.h"

#define BTF_FIELDS_MAX 11
#define MAX_NESTING 32
#define PTR_SIZE 8

enum {
	IN_VALUES = BIT(0),	/* allowed in a map value */
	IN_OBJECTS = BIT(1),	/* allowed in a struct that programs allocate */
	ONCE = BIT(2),		/* at most once in a struct */
	REPEATS = BIT(3),	/* allowed in an array of several elements */
	LOOKED_FOR = BIT(4),	/* BTF_LOAD checks a struct that has this field */
};

/* A field is aligned to the smaller of its size and eight bytes. */
static const struct special {
	const char *name;
	u8 size;
	u8 minor;	/* since Linux 6.minor */
	u8 how;
} specials[] = {
	{ "bpf_spin_lock", 4, 0, IN_VALUES | IN_OBJECTS | ONCE | LOOKED_FOR },
	{ "bpf_res_spin_lock", 4, 15, IN_VALUES | IN_OBJECTS | ONCE },
	{ "bpf_timer", 16, 0, IN_VALUES | ONCE },
	{ "bpf_wq", 16, 10, IN_VALUES | ONCE },
	{ "bpf_task_work", 8, 18, IN_VALUES | ONCE },
	{ "bpf_list_head", 16, 0, IN_VALUES | IN_OBJECTS | REPEATS | LOOKED_FOR },
	{ "bpf_list_node", 24, 0, IN_OBJECTS | LOOKED_FOR },
	{ "bpf_rb_root", 16, 0, IN_VALUES | IN_OBJECTS | REPEATS | LOOKED_FOR },
	{ "bpf_rb_node", 32, 0, IN_OBJECTS | LOOKED_FOR },
	{ "bpf_refcount", 4, 0, IN_VALUES | IN_OBJECTS | LOOKED_FOR },
};

struct search {
	const struct btf *btf;
	u32 where;	/* IN_VALUES or IN_OBJECTS */
	u32 fixed;	/* fields found that no array may repeat */
	u32 kptrs;	/* kptrs found */
};

static bool is_kind(const struct btf_type *t, u32 kind)
{
	return BTF_INFO_KIND(t->info) == kind;
}

static const struct special *special_of(const struct btf *btf, const struct btf_type *t, u32 how)
{
	const char *name = btf_name_by_offset(btf, t->name_off);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(specials); i++)
		if (specials[i].how & how && !strcmp(specials[i].name, name) &&
		    (!specials[i].minor || kernel_at_least(6, specials[i].minor)))
			return &specials[i];
	return NULL;
}

/*
 * Is this member a kptr? Structs that programs allocate may have kptrs since 6.12.
 * Models: btf_find_kptr().
 */
static int is_kptr(const struct btf *btf, const struct btf_type *t, u32 where)
{
	static const char *const tags[] = { "kptr_untrusted", "kptr", "percpu_kptr", "uptr" };
	const struct btf_type *to;
	u32 size;
	int tag;

	if (where == IN_OBJECTS && !kernel_at_least(6, 12))
		return 0;
	if (is_kind(t, BTF_KIND_VOLATILE))
		t = btf_type_by_id(btf, t->type);
	if (!is_kind(t, BTF_KIND_PTR))
		return 0;
	t = btf_type_by_id(btf, t->type);
	if (!is_kind(t, BTF_KIND_TYPE_TAG) || BTF_INFO_KFLAG(t->info))
		return 0;
	to = btf_type_by_id(btf, t->type);
	tag = match_string(tags, kernel_at_least(6, 13) ? 4 : 3,
			   btf_name_by_offset(btf, t->name_off));
	/* up to 7.1 unknown tags hide all fields of the value */
	if (is_kind(to, BTF_KIND_TYPE_TAG) || tag < 0)
		return kernel_at_least(7, 2) ? 0 : -EINVAL;
	if (tag == 3 && where == IN_OBJECTS)
		return 0;
	to = btf_type_id_size(btf, t->type, &size);
	return to && is_kind(to, BTF_KIND_STRUCT) ? 1 : -EINVAL;
}

static int find_in_struct(struct search *s, const struct btf_type *t, int level);

/* A nested struct or an array of structs. Models: btf_find_nested_struct(), btf_repeat_fields(). */
static int find_nested(struct search *s, const struct btf_type *t, u32 times, int level)
{
	u32 fixed = s->fixed;
	int found;

	if (level >= MAX_NESTING)
		return -E2BIG;
	found = find_in_struct(s, t, level);
	if (found <= 0 || times == 1)
		return found;
	if (s->fixed != fixed)
		return -EINVAL;
	return times > BTF_FIELDS_MAX ? -E2BIG : found * (int)times;
}

/*
 * Counts the fields in a member or variable. @room: size of a variable, 0 for a member;
 * @seen: fields found in the same struct or section.
 */
static int find_one(struct search *s, u32 id, u32 off, u32 room, u32 *seen, int level)
{
	const struct btf_type *t = btf_type_by_id(s->btf, id);
	const struct special *special;
	u32 times = 1, size = PTR_SIZE;
	bool deep = kernel_at_least(6, 11);
	int found = 1;

	for (; deep && is_kind(t, BTF_KIND_ARRAY);
	     t = btf_type_by_id(s->btf, ((const struct btf_array *)(t + 1))->type))
		times *= ((const struct btf_array *)(t + 1))->nelems;
	if (!times)
		return 0;
	special = special_of(s->btf, t, s->where);
	if (special) {
		size = special->size;
		if (special->how & ONCE && *seen & BIT(special - specials))
			return -E2BIG;
		*seen |= BIT(special - specials);
	} else if (is_kind(t, BTF_KIND_STRUCT)) {
		if (!deep || (room && room != t->size * times))
			return 0;
		return find_nested(s, t, times, level + 1);
	}
	if ((room && room != size * times) || off % min(size, 8U))
		return 0;
	if (special && (!is_kind(t, BTF_KIND_STRUCT) || t->size != size))
		return 0;
	if (!special) {
		found = is_kptr(s->btf, t, s->where);
		s->kptrs += found > 0;
	}
	if (found <= 0)
		return found;
	if (special && !(special->how & REPEATS)) {
		if (times > 1)
			return -EINVAL;
		s->fixed++;
	}
	return times > BTF_FIELDS_MAX ? -E2BIG : (int)times;
}

/* Add two counts; an error or too many fields is an error. */
static int add_found(int sum, int found)
{
	return found < 0 ? found : sum + found > BTF_FIELDS_MAX ? -E2BIG : sum + found;
}

/* Models: btf_find_struct_field(). */
static int find_in_struct(struct search *s, const struct btf_type *t, int level)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	u32 i, seen = 0;
	int sum = 0;

	for (i = 0; sum >= 0 && i < BTF_INFO_VLEN(t->info); i++, m++) {
		u32 bit = BTF_INFO_KFLAG(t->info) ? m->offset & 0xffffff : m->offset;

		if (bit % 8)
			return -EINVAL;
		sum = add_found(sum, find_one(s, m->type, bit / 8, 0, &seen, level));
	}
	return sum;
}

/* Models: btf_find_datasec_var(). */
static int find_in_section(struct search *s, const struct btf_type *t)
{
	const struct btf_var_secinfo *v = (const struct btf_var_secinfo *)(t + 1);
	u32 i, seen = 0;
	int sum = 0;

	for (i = 0; sum >= 0 && i < BTF_INFO_VLEN(t->info); i++, v++)
		sum = add_found(sum, find_one(s, btf_type_by_id(s->btf, v->type)->type, v->offset,
					      v->size, &seen, 0));
	return sum;
}

/*
 * The kernel looks up the target of a kptr in its own BTF first, which fails without vmlinux BTF.
 * Models: bpf_find_btf_id(), of btf_parse_kptr().
 */
static int finish(const struct search *s, int found)
{
	return found > 0 && s->kptrs && !vmlinux_has_btf() ? -EINVAL : found;
}

/**
 * btf_has_fields() - Does a map value have fields that the kernel manages?
 * @btf: the types
 * @value: type of the value
 *
 * Models: kernel/bpf/btf.c:btf_parse_fields(). Too many or malformed fields count as none.
 */
bool btf_has_fields(const struct btf *btf, const struct btf_type *value)
{
	struct search s = { btf, IN_VALUES, 0, 0 };

	if (is_kind(value, BTF_KIND_STRUCT))
		return finish(&s, find_in_struct(&s, value, 0)) > 0;
	return is_kind(value, BTF_KIND_DATASEC) && finish(&s, find_in_section(&s, value)) > 0;
}

/* Does BTF_LOAD check this struct? It does if a member is LOOKED_FOR or a kptr. */
static bool is_looked_at(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	u32 i;

	for (i = 0; i < BTF_INFO_VLEN(t->info); i++, m++) {
		const struct btf_type *member = btf_type_by_id(btf, m->type);

		if (is_kind(member, BTF_KIND_STRUCT) && special_of(btf, member, LOOKED_FOR))
			return true;
		if (is_kptr(btf, member, IN_OBJECTS) > 0)
			return true;
	}
	return false;
}

/**
 * btf_check_fields() - Check the managed fields of structs that programs may allocate.
 *
 * Models: kernel/bpf/btf.c:btf_parse_struct_metas().
 */
int btf_check_fields(const struct btf *btf)
{
	u32 id;

	for (id = 1; id < btf->nr_types; id++) {
		const struct btf_type *t = btf_type_by_id(btf, id);
		struct search s = { btf, IN_OBJECTS, 0, 0 };
		int found;

		if (!is_kind(t, BTF_KIND_STRUCT) || !is_looked_at(btf, t))
			continue;
		found = finish(&s, find_in_struct(&s, t, 0));
		if (found <= 0)
			return refuse(found ? found : -EFAULT, CHK_BTF_FIELDS, 1, id);
	}
	return 0;
}
