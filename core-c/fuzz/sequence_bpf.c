// SPDX-License-Identifier: GPL-2.0-only
/* Calls of bpf(2) as a loader makes them, with mistakes where the bytes say so. */
#include <linux/release.h>
#include <linux/string.h>
#include <trace/refusal.h>
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
	if ((how & 31) == 31)
		size = seq_byte() % sizeof(bytes);
	else if ((how & 31) == 30)
		size = sizeof(bytes);
	if ((how & 63) == 29)
		bytes[seq_byte() % sizeof(bytes)] = (u8)seq_byte();
	/* the half of an address is a number, and another one on every machine */
	if (size % 8 && pointers & 1ULL << size / 8)
		memset(bytes + size / 8 * 8, 0, 8);
	room = (how & 63) == 28 ? size / 2 : size;
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
		seq.result.tokens++;
	return token;
}

/*
 * Three of four: with the newest token. The series had no flag that says so,
 * and its third patch nothing that takes one.
 */
static bool pass_token(struct seq_task *task, u32 *flags, s32 *fd)
{
	u32 b = seq_byte();

	if ((b & 3) == 3 || (kernel_is_v10_03() && b & 60))
		return false;
	if (!kernel_is_series() || (b & 63) == 32)
		*flags |= BPF_F_TOKEN_FD;
	*fd = (s32)seq_fd(task, FD_KIND_TOKEN);
	return true;
}

/* Whether the last call has put its token aside. */
static bool token_dropped(void)
{
	const struct refusal_log *log = kernel_refusals();
	u32 i;

	for (i = 0; i < log->count; i++)
		if (log->entry[i].check >= CHK_TOKEN_DROPPED_CMD &&
		    log->entry[i].check <= CHK_TOKEN_DROPPED_ATTACH)
			return true;
	return false;
}

static void count_use(s64 fd, bool token)
{
	if (fd >= 0 && token && !token_dropped())
		seq.result.uses++;
}

/* A map as its type wants it, as far as that is a matter of sizes. */
static void map_shape(void)
{
	attr.key_size = 4;
	attr.value_size = 8;
	attr.max_entries = 1;
	switch (attr.map_type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_XSKMAP:
		attr.value_size = 4;
		break;
	case BPF_MAP_TYPE_LPM_TRIE:
		attr.key_size = 8;
		attr.map_flags = BPF_F_NO_PREALLOC;
		break;
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_BLOOM_FILTER:
		attr.key_size = 0;
		break;
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
		attr.key_size = 0;
		attr.value_size = 0;
		attr.max_entries = 4096;
		break;
	}
}

static void map_odd(struct seq_task *task, u32 how)
{
	static const u8 sizes[] = { 4, 8, 4, 0, 16, 24, 1, 255 };

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
	if (how & 64)
		attr.map_extra = seq_u32();
}

/* Half of them with nothing odd. */
static void map_create(struct seq_task *task)
{
	bool token;
	u32 how;

	begin_attr();
	attr.map_type = 1 + seq_byte() % 34;
	map_shape();
	how = seq_byte();
	if (how & 128)
		map_odd(task, how);
	token = pass_token(task, &attr.map_flags, &attr.map_token_fd);
	count_use(bpf_fd(task, BPF_MAP_CREATE, OFFSET_OF_END(map_token_fd)), token);
}

/* A type and where it is attached, which fit. */
static void prog_plain(void)
{
	static const u8 types[][2] = {
		{ BPF_PROG_TYPE_SOCKET_FILTER, 0 },
		{ BPF_PROG_TYPE_KPROBE, 0 },
		{ BPF_PROG_TYPE_SCHED_CLS, 0 },
		{ BPF_PROG_TYPE_XDP, BPF_XDP },
		{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS },
		{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT },
		{ BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT },
		{ BPF_PROG_TYPE_SK_MSG, 0 },
		{ BPF_PROG_TYPE_RAW_TRACEPOINT, 0 },
	};
	u32 which = seq_byte() % ARRAY_SIZE(types);

	attr.prog_type = types[which][0];
	attr.expected_attach_type = types[which][1];
}

static void prog_odd(struct seq_task *task, u32 how, struct bpf_insn *insns, u32 size)
{
	attr.prog_type = seq_byte() % 34;
	attr.expected_attach_type = seq_byte() % 60;
	if (how & 1)
		memset(insns, (int)seq_byte(), size);
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
	if (how & 32) {
		attr.fd_array_cnt = seq_byte() & 3;
		set_pointer(fd_array, seq_user((u32[]){ (u32)seq_fd(task, FD_KIND_MAP),
							(u32)seq_fd(task, FD_KIND_BTF) }, 8));
	}
	if (how & 64) {
		attr.kern_version = seq_u32();
		set_pointer(license, seq_text(seq_word()));
	}
}

static void prog_load(struct seq_task *task)
{
	struct bpf_insn insns[4] = { { .code = 0xb7 }, { .code = 0x95 } };
	u32 how = seq_byte();
	bool token;

	begin_attr();
	attr.insn_cnt = 2;
	set_pointer(license, seq_text("GPL"));
	if (how & 128)
		prog_odd(task, how, insns, sizeof(insns));
	else
		prog_plain();
	token = pass_token(task, &attr.prog_flags, &attr.prog_token_fd);
	set_pointer(insns, seq_user(insns, sizeof(insns)));
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

/* Any, without those that would only have megabytes copied. */
static u32 odd_btf_size(void)
{
	u32 size = seq_u32();

	return size >= 1u << 16 ? size | 1u << 30 : size;
}

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
	/* a struct may end in padding, which would be a gap */
	u32 size = sizeof(btf.header) + sizeof(btf.rest), changes = seq_byte() & 15, i;
	bool token;

	begin_attr();
	token = pass_token(task, &attr.btf_flags, &attr.btf_token_fd);
	memcpy(btf.rest, some_types, sizeof(some_types));
	memcpy(btf.rest + sizeof(some_types), some_names, sizeof(some_names));
	/* half of them as they are */
	for (i = 8; i < changes; i++) {
		u32 at = seq_byte() % size;

		((u8 *)&btf)[at] = (u8)seq_byte();
	}
	attr.btf_size = changes == 8 ? odd_btf_size() : size;
	set_pointer(btf, seq_user(&btf, size));
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
	pass_token(task, &attr.open_flags, &attr.fd_by_id_token_fd);
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

static void token_again(struct seq_task *task)
{
	seq_token_create(task, seq_fd(task, FD_KIND_DIR));
}

/* What a token is for comes most often. */
void seq_bpf(struct seq_task *task, u32 op)
{
	static void (*const ops[SEQ_BPF_OPS])(struct seq_task *task) = {
		token_again, map_create, map_create, map_create, map_create, prog_load, prog_load,
		prog_load, btf_load, btf_load, elements, elements, pins, info, by_id, any_command,
	};

	ops[op](task);
}
