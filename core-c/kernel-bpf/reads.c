// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that read structures of the kernel at offsets that the verifier or CO-RE took from the BTF.
 * The BTF is the distribution's. The module omits options of it, so its structures may have other
 * offsets. Such a program is verified like any other, but it does not run.
 */
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/kallsyms.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "calls.h"
#include "glue.h"

/* The last such structure that the program of this call read during its verification, or NULL. */
static const char *structure;

/* Members that programs read often. is_member() compares their offsets with those of the BTF. */
static const struct {
	const char *of, *name;
	u32 offset, size;
} members[] = {
#define MEMBER(of, name) { #of, #name, offsetof(struct of, name), sizeof_field(struct of, name) }
	MEMBER(bpf_map, map_type), MEMBER(bpf_map, key_size), MEMBER(bpf_map, value_size),
	MEMBER(bpf_map, max_entries), MEMBER(bpf_map, map_flags), MEMBER(bpf_map, id),
#undef MEMBER
};

static bool is_member(const struct btf *btf, const struct btf_type *type, u32 off, u32 size)
{
	const char *of = btf_name_by_offset(btf, type->name_off);
	const struct btf_member *member;
	u32 i, j;

	for_each_member(i, type, member) {
		if (__btf_member_bit_offset(type, member) != off * 8)
			continue;
		for (j = 0; j < ARRAY_SIZE(members); j++) {
			if (members[j].offset == off && members[j].size == size &&
			    !strcmp(members[j].of, of) &&
			    !strcmp(members[j].name, btf_name_by_offset(btf, member->name_off)))
				return true;
		}
	}
	return false;
}

/* union bpf_attr is of the uapi: no option changes it. */
static bool has_same_offset(const struct btf *btf, const struct btf_type *type, u32 off, u32 size)
{
	if (btf_type_is_struct(type) && type->size == sizeof(union bpf_attr) &&
	    !strcmp(btf_name_by_offset(btf, type->name_off), "bpf_attr"))
		return true;
	return is_member(btf, type, off, size);
}

int __real_btf_struct_access(struct bpf_verifier_log *log, const struct bpf_reg_state *reg, int off,
			     int size, enum bpf_access_type atype, u32 *next_btf_id,
			     enum bpf_type_flag *flag, const char **field_name);

/* What the verifier calls; the linker wraps kernel/bpf/btf.c: btf_struct_access(). */
int __wrap_btf_struct_access(struct bpf_verifier_log *log, const struct bpf_reg_state *reg, int off,
			     int size, enum bpf_access_type atype, u32 *next_btf_id,
			     enum bpf_type_flag *flag, const char **field_name)
{
	const struct btf_type *type = btf_type_by_id(reg->btf, reg->btf_id);

	if (btf_is_kernel(reg->btf) && !has_same_offset(reg->btf, type, off, size))
		structure = btf_name_by_offset(reg->btf, type->name_off);
	return __real_btf_struct_access(log, reg, off, size, atype, next_btf_id, flag, field_name);
}

/* Before a system call, which verifies and compiles one program at most. */
void forget_reads(void)
{
	structure = NULL;
}

const char *structure_read(void)
{
	return structure;
}

/* What the program does, for not_modelled(). */
const char *reads_text(const char *name)
{
	static char text[KSYM_NAME_LEN];

	scnprintf(text, sizeof(text), "a read of '%s' at the offset of the distribution's kernel", name);
	return text;
}
