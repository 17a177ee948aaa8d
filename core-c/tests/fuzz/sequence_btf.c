// SPDX-License-Identifier: GPL-2.0-only
/* BTF: a few types that every program has, followed by types that the bytes describe. */
#include <linux/string.h>
#include <uapi/linux/btf.h>

#include "sequence_bpf.h"

/* int, pointer, struct, function prototype, function and array. */
static const u32 some_types[] = {
	/* 1: int */
	1, BTF_KIND_INT << 24, 4, 1u << 24 | 32,
	/* 2: pointer to 1 */
	0, BTF_KIND_PTR << 24, 1,
	/* 3: struct { int; pointer } */
	5, BTF_KIND_STRUCT << 24 | 2, 16, 1, 1, 0, 5, 2, 64,
	/* 4: int (int) */
	0, BTF_KIND_FUNC_PROTO << 24 | 1, 1, 1, 1,
	/* 5: function of 4 */
	5, BTF_KIND_FUNC << 24, 4,
	/* 6: array of 1, indexed by 1, 3 elements */
	0, BTF_KIND_ARRAY << 24, 0, 1, 1, 3,
};

#define NR_SOME_TYPES 6

static const char names[] = "\0int\0abc\0de.f\0bpf_spin_lock\0kptr\0.data\0bpf_timer";
static const u8 name_offsets[] = { 0, 1, 5, 9, 14, 28, 33, 39 };

#define MAX_WORDS 128

static u32 words[MAX_WORDS];
static u32 nr_words, nr_types;

static void put(u32 word)
{
	if (nr_words < MAX_WORDS)
		words[nr_words++] = word;
}

/* Mostly an existing type. */
static u32 some_type(void)
{
	u32 b = seq_byte();

	return b < 240 ? b % (nr_types + 2) : seq_u32();
}

static u32 some_name(void)
{
	u32 b = seq_byte();

	return b < 240 ? name_offsets[b % ARRAY_SIZE(name_offsets)] : b - 230;
}

/* The data of a type's members. */
static void member(u32 kind, u32 n)
{
	switch (kind) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		put(some_name());
		put(some_type());
		put(seq_byte() & 1 ? seq_u32() : n * 32 * (kind == BTF_KIND_STRUCT));
		break;
	case BTF_KIND_ENUM:
		put(some_name());
		put(seq_byte());
		break;
	case BTF_KIND_ENUM64:
		put(some_name());
		put(seq_byte());
		put(0);
		break;
	case BTF_KIND_FUNC_PROTO:
		put(some_name());
		put(some_type());
		break;
	case BTF_KIND_DATASEC:
		put(some_type());
		put(seq_byte() & 1 ? seq_u32() : n * 4);
		put(seq_byte() & 1 ? seq_u32() : 4);
		break;
	}
}

/* The data that follows a type once. */
static void behind(u32 kind, u32 how)
{
	switch (kind) {
	case BTF_KIND_INT:
		put(how & 16 ? seq_u32() : 1u << 24 | 32);
		break;
	case BTF_KIND_ARRAY:
		put(some_type());
		put(how & 16 ? some_type() : 1);
		put(seq_u32());
		break;
	case BTF_KIND_VAR:
		put(how & 16 ? seq_u32() : 1);
		break;
	case BTF_KIND_DECL_TAG:
		put(how & 16 ? seq_u32() : ~0u);
		break;
	}
}

static bool has_size(u32 kind)
{
	return kind == BTF_KIND_INT || kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION ||
	       kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64 || kind == BTF_KIND_DATASEC ||
	       kind == BTF_KIND_FLOAT;
}

static bool has_members(u32 kind)
{
	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_ENUM ||
	       kind == BTF_KIND_ENUM64 || kind == BTF_KIND_DATASEC || kind == BTF_KIND_FUNC_PROTO;
}

static void type(void)
{
	static const u8 sizes[] = { 4, 8, 16, 1, 2, 0, 12, 64 };
	u32 kind = seq_byte() % (NR_BTF_KINDS + 1), how = seq_byte();
	u32 count = has_members(kind) ? how & 3 : 0, n;

	put(how & 4 ? some_name() : 0);
	put(kind << 24 | count | ((how & 12) == 12 ? 1u << 31 : 0) | (how >> 5 == 7 ? seq_byte() : 0));
	if (has_size(kind))
		put(how & 64 ? seq_u32() : seq_pick(sizes));
	else
		put(kind == BTF_KIND_ARRAY ? how >> 7 : some_type());
	behind(kind, how);
	for (n = 0; n < count; n++)
		member(kind, n);
	nr_types++;
}

/* Any size, except those that only cause copies of megabytes. */
static u32 odd_size(void)
{
	u32 size = seq_u32();

	return size >= 1u << 16 ? size | 1u << 30 : size;
}

void seq_btf_load(struct seq_task *task)
{
	struct {
		struct btf_header header;
		u8 rest[sizeof(words) + sizeof(names)];
	} btf = { .header = { .magic = BTF_MAGIC, .version = BTF_VERSION } };
	u32 changes = seq_byte() & 15, how = seq_byte(), more = how & 15, size, i;
	struct btf_header *header = &btf.header;
	bool token;

	seq_attr_begin();
	token = seq_pass_token(task, &seq_attr.btf_flags, &seq_attr.btf_token_fd);
	memcpy(words, some_types, sizeof(some_types));
	nr_words = ARRAY_SIZE(some_types);
	nr_types = NR_SOME_TYPES;
	for (i = 4; i < more; i++)
		type();
	header->hdr_len = sizeof(*header);
	header->type_len = nr_words * 4;
	header->str_off = header->type_len;
	header->str_len = sizeof(names);
	memcpy(btf.rest, words, header->type_len);
	memcpy(btf.rest + header->str_off, names, sizeof(names));
	size = sizeof(*header) + header->type_len + header->str_len;
	for (i = 11; i < changes; i++) {
		u32 at = (seq_byte() | (changes & 1) << 8) % size;

		((u8 *)&btf)[at] = (u8)seq_byte();
	}
	seq_attr.btf_size = changes == 10 ? odd_size() : size;
	if (how >> 5 == 7)
		set_pointer(btf_log_buf, seq_log_fields(BPF_BTF_LOAD, &seq_attr.btf_log_size,
							&seq_attr.btf_log_level));
	set_pointer(btf, seq_user(&btf, size));
	seq_count_use(seq_bpf_fd(task, BPF_BTF_LOAD, OFFSET_OF_END(btf_token_fd)), token);
}
