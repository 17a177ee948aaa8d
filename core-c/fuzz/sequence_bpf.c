// SPDX-License-Identifier: GPL-2.0-only
/* Calls of bpf(2) as a loader makes them, with mistakes where the bytes say so. */
#include <linux/string.h>
#include <uapi/linux/btf.h>

#include "sequence.h"

#define OFFSET_OF_END(field) \
	(__builtin_offsetof(union bpf_attr, field) + sizeof(((union bpf_attr *)0)->field))

static union bpf_attr attr;
static u64 pointers;

static void begin_attr(void)
{
	memset(&attr, 0, sizeof(attr));
	pointers = 0;
}

#define set_pointer(field, value) \
	do { \
		attr.field = (value); \
		pointers |= 1ULL << __builtin_offsetof(union bpf_attr, field) / 8; \
	} while (0)

/* Mostly the size that the command has; sometimes shorter, longer, or with something behind. */
static s64 bpf(struct seq_task *task, u32 cmd, u32 size)
{
	u8 bytes[sizeof(attr) + 64] = { 0 };
	u32 how = seq_byte(), room;
	u64 at;

	memcpy(bytes, &attr, sizeof(attr));
	if ((how & 15) == 15)
		size = seq_byte() % sizeof(bytes);
	else if ((how & 15) == 14)
		size = sizeof(bytes);
	if ((how & 31) == 13)
		bytes[seq_byte() % sizeof(bytes)] = (u8)seq_byte();
	/* the half of an address is a number, and another one on every machine */
	if (size % 8 && pointers & 1ULL << size / 8)
		memset(bytes + size / 8 * 8, 0, 8);
	room = (how & 63) == 12 ? size / 2 : size;
	at = seq_user(bytes, room);
	seq_mark_pointers(pointers);
	return seq_sys(task, bpf, cmd, at, size);
}

static s64 bpf_fd(struct seq_task *task, u32 cmd, u32 size)
{
	s64 fd = bpf(task, cmd, size);

	seq_note_fd(task, fd);
	return fd;
}

s64 seq_token_create(struct seq_task *task, u64 fd)
{
	s64 token;

	begin_attr();
	attr.token_create.bpffs_fd = (u32)fd;
	token = bpf_fd(task, BPF_TOKEN_CREATE, 8);
	if (token >= 0)
		seq_result.tokens++;
	return token;
}

/* How many of four: with the newest token; else without, or with another descriptor. */
static bool with_token(void)
{
	return (seq_byte() & 3) != 3;
}

static void count_use(s64 fd, bool token)
{
	if (fd >= 0 && token)
		seq_result.uses++;
}

static void map_create(struct seq_task *task)
{
	static const u8 sizes[] = { 4, 8, 4, 0, 16, 24, 1, 255 };
	u32 how;
	bool token;

	begin_attr();
	attr.map_type = 1 + seq_byte() % 34;
	attr.key_size = attr.map_type == 27 ? 0 : 4;
	attr.value_size = 8;
	attr.max_entries = 1;
	how = seq_byte();
	if (how & 1) {
		attr.key_size = seq_pick(sizes);
		attr.value_size = seq_pick(sizes);
	}
	if (how & 2)
		attr.max_entries = seq_u32();
	if (how & 4)
		attr.map_flags = seq_u32();
	if (how & 8)
		attr.inner_map_fd = (u32)seq_fd(task, FD_KIND_MAP);
	if (how & 16) {
		attr.btf_fd = (u32)seq_fd(task, FD_KIND_BTF);
		attr.btf_key_type_id = seq_byte() & 3;
		attr.btf_value_type_id = seq_byte() & 3;
	}
	if (how & 32) {
		const char *name = seq_word();

		memcpy(attr.map_name, name, min(strlen(name), sizeof(attr.map_name)));
	}
	if ((how & 192) == 192)
		attr.map_extra = seq_u32();
	token = with_token();
	if (token) {
		attr.map_flags |= BPF_F_TOKEN_FD;
		attr.map_token_fd = (s32)seq_fd(task, FD_KIND_TOKEN);
	}
	count_use(bpf_fd(task, BPF_MAP_CREATE, OFFSET_OF_END(map_token_fd)), token);
}

static void prog_load(struct seq_task *task)
{
	struct bpf_insn insns[4] = { { .code = 0xb7 }, { .code = 0x95 } };
	u32 how = seq_byte();
	bool token;

	begin_attr();
	attr.prog_type = seq_byte() % 34;
	attr.expected_attach_type = seq_byte() % 60;
	attr.insn_cnt = 2;
	if (how & 1)
		memset(insns, (int)seq_byte(), sizeof(insns));
	if (how & 2)
		attr.insn_cnt = seq_u32();
	if (how & 4)
		attr.prog_flags = seq_u32();
	if (how & 8) {
		attr.prog_btf_fd = (u32)seq_fd(task, FD_KIND_BTF);
		attr.attach_btf_id = seq_byte() & 7;
	}
	if (how & 16)
		attr.attach_prog_fd = (u32)seq_fd(task, FD_KIND_PROG);
	if (how & 32)
		attr.kern_version = seq_u32();
	token = with_token();
	if (token) {
		attr.prog_flags |= BPF_F_TOKEN_FD;
		attr.prog_token_fd = (s32)seq_fd(task, FD_KIND_TOKEN);
	}
	set_pointer(insns, seq_user(insns, sizeof(insns)));
	set_pointer(license, seq_text(how & 64 ? seq_word() : "GPL"));
	if (how & 128) {
		attr.fd_array_cnt = seq_byte() & 3;
		set_pointer(fd_array, seq_user((u32[]){ (u32)seq_fd(task, FD_KIND_MAP),
							(u32)seq_fd(task, FD_KIND_BTF) }, 8));
	}
	count_use(bpf_fd(task, BPF_PROG_LOAD, sizeof(attr)), token);
}

/* int, pointer to it, struct of both, function and its prototype, variable; then what bytes change. */
static const u8 some_types[] = {
	/* 1: int */
	1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1,
	/* 2: pointer to 1 */
	0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0,
	/* 3: struct { int; pointer } */
	5, 0, 0, 0, 2, 0, 0, 4, 16, 0, 0, 0,
	1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
	5, 0, 0, 0, 2, 0, 0, 0, 64, 0, 0, 0,
	/* 4: int (int) */
	0, 0, 0, 0, 1, 0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,
	/* 5: function of 4 */
	5, 0, 0, 0, 1, 0, 0, 12, 4, 0, 0, 0,
	/* 6: array of 1, indexed by 1, 3 elements */
	0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0,
};

static const char some_names[] = "\0int\0abc\0de.f";

static void btf_load(struct seq_task *task)
{
	struct {
		struct btf_header header;
		u8 rest[sizeof(some_types) + sizeof(some_names)];
	} btf = {
		.header = { .magic = BTF_MAGIC, .version = BTF_VERSION,
			    .hdr_len = sizeof(struct btf_header), .type_len = sizeof(some_types),
			    .str_off = sizeof(some_types), .str_len = sizeof(some_names) },
	};
	u32 changes = seq_byte() & 15, i;
	bool token = with_token();

	begin_attr();
	memcpy(btf.rest, some_types, sizeof(some_types));
	memcpy(btf.rest + sizeof(some_types), some_names, sizeof(some_names));
	for (i = 0; changes > 3 && i < changes - 3; i++) {
		u32 at = seq_byte() % sizeof(btf);

		((u8 *)&btf)[at] = (u8)seq_byte();
	}
	attr.btf_size = changes == 2 ? seq_u32() : sizeof(btf);
	if (token) {
		attr.btf_flags = BPF_F_TOKEN_FD;
		attr.btf_token_fd = (s32)seq_fd(task, FD_KIND_TOKEN);
	}
	set_pointer(btf, seq_user(&btf, sizeof(btf)));
	count_use(bpf_fd(task, BPF_BTF_LOAD, OFFSET_OF_END(btf_token_fd)), token);
}

static void elements(struct seq_task *task)
{
	static const u8 cmds[] = {
		BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM,
		BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_AND_DELETE_ELEM, BPF_MAP_FREEZE,
	};
	u32 key[2] = { seq_byte() & 3, 0 }, value[4] = { seq_byte() }, cmd = seq_pick(cmds);

	begin_attr();
	attr.map_fd = (u32)seq_fd(task, FD_KIND_MAP);
	if (cmd == BPF_MAP_FREEZE) {
		/* what it does not have must be zero, and what is not zero is told: no addresses */
		bpf(task, cmd, 4 + (seq_byte() & 4));
		return;
	}
	attr.flags = seq_byte() & 7;
	if (!(seq_byte() & 7)) {
		attr.batch.count = seq_byte() & 3;
		set_pointer(batch.keys, seq_user(key, sizeof(key)));
		set_pointer(batch.values, seq_user(value, sizeof(value)));
		bpf(task, BPF_MAP_LOOKUP_BATCH + (seq_byte() & 3), 56);
		return;
	}
	set_pointer(key, seq_user(key, sizeof(key)));
	set_pointer(value, seq_user(value, sizeof(value)));
	bpf(task, cmd, 32);
}

static void pins(struct seq_task *task)
{
	static const char *const paths[] = {
		"/sys/fs/bpf/a", "a", "/tmp/a", "/sys/fs/bpf/b", ".", "/sys/fs/bpf/a/b", "",
	};
	static const u8 kinds[] = { FD_KIND_MAP, FD_KIND_PROG, FD_KIND_TOKEN, FD_KIND_BTF };
	u32 how = seq_byte();

	begin_attr();
	set_pointer(pathname, seq_text(seq_pick(paths)));
	if (how & 2)
		attr.file_flags = seq_u32();
	if (how & 4) {
		attr.file_flags |= BPF_F_PATH_FD;
		attr.path_fd = (s32)seq_fd(task, FD_KIND_DIR);
	}
	if (how & 1) {
		attr.bpf_fd = (u32)seq_fd(task, seq_pick(kinds));
		bpf(task, BPF_OBJ_PIN, OFFSET_OF_END(path_fd));
	} else {
		bpf_fd(task, BPF_OBJ_GET, OFFSET_OF_END(path_fd));
	}
}

static void info(struct seq_task *task)
{
	static const u8 kinds[] = { FD_KIND_MAP, FD_KIND_PROG, FD_KIND_TOKEN, FD_KIND_BTF };
	static const u8 lens[] = { 32, 104, 232, 40, 0, 8, 255, 88 };
	u8 buffer[256] = { 0 };

	begin_attr();
	attr.info.bpf_fd = (u32)seq_fd(task, seq_pick(kinds));
	attr.info.info_len = seq_pick(lens);
	if ((seq_byte() & 7) == 7)
		memset(buffer, (int)seq_byte(), sizeof(buffer));
	set_pointer(info.info, seq_user(buffer, attr.info.info_len));
	bpf(task, BPF_OBJ_GET_INFO_BY_FD, 16);
}

static void by_id(struct seq_task *task)
{
	static const u8 cmds[] = {
		BPF_MAP_GET_FD_BY_ID, BPF_PROG_GET_FD_BY_ID, BPF_BTF_GET_FD_BY_ID,
		BPF_LINK_GET_FD_BY_ID, BPF_MAP_GET_NEXT_ID, BPF_PROG_GET_NEXT_ID,
		BPF_BTF_GET_NEXT_ID, BPF_LINK_GET_NEXT_ID,
	};
	u32 cmd = seq_pick(cmds);

	begin_attr();
	attr.start_id = seq_byte() & 7;
	attr.open_flags = seq_byte() & 31;
	if (with_token()) {
		attr.open_flags |= BPF_F_TOKEN_FD;
		attr.fd_by_id_token_fd = (s32)seq_fd(task, FD_KIND_TOKEN);
	}
	bpf_fd(task, cmd, OFFSET_OF_END(fd_by_id_token_fd));
}

/* Any command with attributes of numbers and descriptors. Addresses would be numbers for some. */
static void any_command(struct seq_task *task)
{
	u32 *words = (u32 *)&attr, n = seq_byte() % 20, i, cmd = seq_byte() % 40;

	begin_attr();
	for (i = 0; i < n; i++) {
		u32 b = seq_byte();

		words[i] = b & 1 ? (u32)seq_fd(task, b >> 3 & 15) : seq_u32();
	}
	bpf_fd(task, cmd, sizeof(attr));
}

void seq_bpf(struct seq_task *task, u32 op)
{
	switch (op) {
	case 0:
		seq_token_create(task, seq_fd(task, FD_KIND_DIR));
		break;
	case 1:
	case 2:
		map_create(task);
		break;
	case 3:
		prog_load(task);
		break;
	case 4:
		btf_load(task);
		break;
	case 5:
		elements(task);
		break;
	case 6:
		pins(task);
		break;
	case 7:
		info(task);
		break;
	case 8:
		by_id(task);
		break;
	default:
		any_command(task);
		break;
	}
}
