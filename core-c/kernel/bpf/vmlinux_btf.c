// SPDX-License-Identifier: GPL-2.0-only
/*
 * The BTF of vmlinux: the four enums that can be delegated, built from the facts tables. The
 * kernel has no such file. The object exists for its id, and because an upstream inode.c looks up
 * the names of this release in it.
 */
#include <linux/btf.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/slab.h>
#include <linux/start_kernel.h>
#include <linux/string.h>

#include "internal.h"

/** vmlinux_has_btf() - Was the kernel built with CONFIG_DEBUG_INFO_BTF? */
bool vmlinux_has_btf(void)
{
	return !(boot_params.flags & BOOT_NO_VMLINUX_BTF);
}

/** bpf_vmlinux_btf_id() - Get the id of the vmlinux BTF, always 1; 0 if there is none. */
u32 bpf_vmlinux_btf_id(void)
{
	return vmlinux_has_btf();
}

/* The flag is an enumerator of enum bpf_cmd, after its bound: OP-21. */
static const char *const common_attrs = "BPF_COMMON_ATTRS";

static bool has_flag(enum facts_enum_id id)
{
	return id == FACTS_BPF_CMD && kernel_at_least(7, 2);
}

/* Add the size of an enum to both sections. */
static void measure(enum facts_enum_id id, struct btf_header *hdr)
{
	u32 prefix = strlen(bpf_enum_prefix(id));
	struct facts_name name = { 0 };

	hdr->type_len += sizeof(struct btf_type);
	hdr->str_len += strlen(bpf_enum_tag(id)) + 1;
	while (bpf_enum_next(id, &name)) {
		hdr->type_len += sizeof(struct btf_enum);
		hdr->str_len += prefix + strlen(name.name) + 1;
	}
	if (has_flag(id)) {
		hdr->type_len += sizeof(struct btf_enum);
		hdr->str_len += strlen(common_attrs) + 1;
	}
}

static u32 add_string(struct btf *btf, u32 *used, const char *prefix, const char *text)
{
	u32 at = *used;
	char *to = (char *)btf->data + btf->hdr.hdr_len + btf->hdr.str_off + at;

	memcpy(to, prefix, strlen(prefix));
	memcpy(to + strlen(prefix), text, strlen(text) + 1);
	*used += strlen(prefix) + strlen(text) + 1;
	return at;
}

static void add_enum(struct btf *btf, enum facts_enum_id id, u32 *types, u32 *strings)
{
	struct btf_type *t = (void *)((char *)btf->data + btf->hdr.hdr_len + *types);
	struct btf_enum *e = (struct btf_enum *)(t + 1);
	struct facts_name name = { 0 };
	u32 n;

	for (n = 0; bpf_enum_next(id, &name); n++) {
		e[n].val = name.value;
		e[n].name_off = add_string(btf, strings, bpf_enum_prefix(id), name.name);
	}
	if (has_flag(id)) {
		e[n].val = 65536;
		e[n++].name_off = add_string(btf, strings, "", common_attrs);
	}
	t->name_off = add_string(btf, strings, "", bpf_enum_tag(id));
	t->info = BTF_KIND_ENUM << 24 | n;
	t->size = 4;
	*types += sizeof(*t) + n * sizeof(*e);
}

/**
 * btf_build_vmlinux() - Fill the vmlinux BTF.
 * @btf: an empty object
 */
int btf_build_vmlinux(struct btf *btf)
{
	u32 types = 0, strings = 0, id;

	btf->hdr = (struct btf_header){
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = offsetof(struct btf_header, layout_off),
		.str_len = 1,
	};
	for (id = 0; id < NR_FACTS_ENUMS; id++)
		measure(id, &btf->hdr);
	btf->hdr.str_off = btf->hdr.type_len;
	btf->data_size = btf->hdr.hdr_len + btf->hdr.type_len + btf->hdr.str_len;
	btf->data = kzalloc(btf->data_size, GFP_KERNEL);
	if (!btf->data)
		return -ENOMEM;
	memcpy(btf->data, &btf->hdr, sizeof(btf->hdr));
	add_string(btf, &strings, "", "");
	for (id = 0; id < NR_FACTS_ENUMS; id++)
		add_enum(btf, id, &types, &strings);
	return btf_parse_types(btf);
}
