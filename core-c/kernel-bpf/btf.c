// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target BTF. The host passes it at run time, where vmlinux has it in a section. Stands in for
 * tools/bpf/resolve_btfids/main.c, which writes the ids into vmlinux at build time.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "btf_ids_table.h"
#include "glue.h"

#define BUCKETS (1 << 17)

char *wasm_start_btf[1], *wasm_stop_btf[1];

/* The ids of the target BTF by name. */
struct btf_index {
	struct btf_names names;
	u32 *first; /* by bucket */
	u32 *next; /* by id */
};

static u32 bucket_of(const char *name)
{
	u32 hash = 5381;

	while (*name)
		hash = hash * 33 + *name++;
	return hash & (BUCKETS - 1);
}

static size_t type_size(const struct btf_type *type)
{
	u32 vlen = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(*type) + 4;
	case BTF_KIND_ARRAY:
		return sizeof(*type) + 12;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return sizeof(*type) + 12 * vlen;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return sizeof(*type) + 8 * vlen;
	}
	return sizeof(*type);
}

static void index_type(struct btf_index *index, u32 id, const struct btf_type *type)
{
	u32 bucket = bucket_of(index->names.strings + type->name_off);

	index->names.name[id] = type->name_off;
	index->names.kind[id] = BTF_INFO_KIND(type->info);
	if (!type->name_off)
		return;
	index->next[id] = index->first[bucket];
	index->first[bucket] = id;
}

/* The ends of the kernel's enumerations, which grow from release to release. */
static const struct btf_end {
	const char *name;
	s32 value;
} ends[] = {
	{ "__MAX_BPF_CMD", __MAX_BPF_CMD },
	{ "__MAX_BPF_MAP_TYPE", __MAX_BPF_MAP_TYPE },
	{ "__MAX_BPF_PROG_TYPE", __MAX_BPF_PROG_TYPE },
	{ "__MAX_BPF_ATTACH_TYPE", __MAX_BPF_ATTACH_TYPE },
	{ "__MAX_BPF_LINK_TYPE", __MAX_BPF_LINK_TYPE },
};

static bool ends_differ(const char *strings, const struct btf_enum *members, u32 count)
{
	u32 i, j;

	for (i = 0; i < count; i++) {
		const char *name = strings + members[i].name_off;

		for (j = 0; j < ARRAY_SIZE(ends); j++) {
			if (!strcmp(name, ends[j].name) && members[i].val != ends[j].value)
				return true;
		}
	}
	return false;
}

/* Returns -EINVAL for a damaged BTF, and -ESTALE if it is of another release than this module. */
static int index_types(struct btf_index *index, const u8 *types, const u8 *end)
{
	struct btf_names *names = &index->names;
	size_t most = (end - types) / sizeof(struct btf_type) + 1;
	const u8 *at;
	size_t size;

	names->name = kvcalloc(most, sizeof(u32), GFP_KERNEL);
	names->kind = kvcalloc(most, 1, GFP_KERNEL);
	index->next = kvcalloc(most, sizeof(u32), GFP_KERNEL);
	index->first = kvcalloc(BUCKETS, sizeof(u32), GFP_KERNEL);
	if (!names->name || !names->kind || !index->next || !index->first)
		return -ENOMEM;
	for (at = types; at < end; at += size) {
		const struct btf_type *type = (const void *)at;

		size = end - at < sizeof(*type) ? sizeof(*type) : type_size(type);
		if (size > end - at)
			return -EINVAL;
		index_type(index, ++names->count, type);
		if (BTF_INFO_KIND(type->info) == BTF_KIND_ENUM &&
		    ends_differ(names->strings, (const void *)(type + 1), BTF_INFO_VLEN(type->info)))
			return -ESTALE;
	}
	return 0;
}

static void free_index(struct btf_index *index)
{
	kvfree(index->names.name);
	kvfree(index->names.kind);
	kvfree(index->next);
	kvfree(index->first);
}

static u32 id_of(const struct btf_index *index, const struct btf_list_entry *entry)
{
	u32 id, lowest = 0;

	for (id = index->first[bucket_of(entry->name)]; id; id = index->next[id]) {
		if (index->names.kind[id] == entry->kind &&
		    !strcmp(index->names.strings + index->names.name[id], entry->name))
			lowest = id;
	}
	return lowest;
}

static int compare_ids(const void *a, const void *b)
{
	return *(u32 *)a < *(u32 *)b ? -1 : *(u32 *)a > *(u32 *)b;
}

/* Returns how many names the target BTF does not have. */
static int resolve(const struct btf_index *index, const struct btf_list *list)
{
	int stride = list->type == BTF_SET8 ? 2 : 1;
	u32 *ids = (u32 *)list->ids + (int)list->type;
	int i, missing = 0;

	for (i = 0; i < list->count; i++) {
		u32 id = list->entries[i].kind ? id_of(index, &list->entries[i]) : 0;

		if (list->entries[i].kind && !id)
			missing++;
		ids[i * stride] = id;
	}
	if (list->type != BTF_LIST)
		sort(ids, list->count, 4 * stride, compare_ids, NULL);
	return missing;
}

/*
 * The ids have to be there before btf_parse_vmlinux() reads them. Returns the number of names that
 * the target BTF does not have, or -errno: ESTALE if it is of another release.
 */
EXPORT(kernel_btf) int kernel_btf(u32 at, u32 length)
{
	const u8 *bytes = (void *)(unsigned long)at;
	const struct btf_header *header = (void *)bytes;
	struct btf_index index = {};
	int i, missing = 0, err;
	struct btf *btf;

	if (length < sizeof(*header) || header->magic != BTF_MAGIC ||
	    (u64)header->hdr_len + header->type_off + header->type_len > length ||
	    (u64)header->hdr_len + header->str_off + header->str_len > length ||
	    !header->str_len || bytes[header->hdr_len + header->str_off + header->str_len - 1])
		return -EINVAL;
	bytes += header->hdr_len;
	index.names.strings = (const char *)bytes + header->str_off;
	err = index_types(&index, bytes + header->type_off,
			  bytes + header->type_off + header->type_len);
	if (err) {
		free_index(&index);
		return err;
	}
	for (i = 0; i < btf_lists_count; i++)
		missing += resolve(&index, &btf_lists[i]);
	err = find_tracepoints(&index.names);
	free_index(&index);
	if (err)
		return err;
	wasm_start_btf[0] = (char *)header;
	wasm_stop_btf[0] = (char *)header + length;
	btf = bpf_get_btf_vmlinux();
	return IS_ERR(btf) ? PTR_ERR(btf) : missing;
}
