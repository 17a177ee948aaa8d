// SPDX-License-Identifier: GPL-2.0-only
/* bpf(2) calls as loaders make them, with mistakes. */
#include <linux/release.h>
#include <linux/string.h>
#include <trace/refusal.h>

#include "sequence.h"
#include "sequence_bpf.h"

union bpf_attr seq_attr;
u64 seq_attr_pointers;

void seq_attr_begin(void)
{
	memset(&seq_attr, 0, sizeof(seq_attr));
	seq_attr_pointers = 0;
}

/* Writes a byte, but not into an address, because addresses depend on the machine. */
static void poke(u8 *bytes, u32 at, u8 value)
{
	if (at / 8 >= 64 || !(seq_attr_pointers & 1ULL << at / 8))
		bytes[at] = value;
}

/* Until 7.2 they make every command unknown, so sequences seldom have them. */
static bool wants_common(u32 how)
{
	return kernel_at_least(7, 2) ? how >> 6 == 3 : how >= 250;
}

/* Does the model write the same log as a real kernel, or none? */
static bool knows_log(u32 cmd)
{
	return !seq_options.confined || (cmd != BPF_PROG_LOAD && cmd != BPF_BTF_LOAD);
}

/**
 * seq_log_fields() - Choose the fields of a log, mostly valid ones.
 *
 * Return: the address of its buffer, or 0.
 */
u64 seq_log_fields(u32 cmd, u32 *size, u32 *level)
{
	static const u8 sizes[] = { 96, 19, 255, 20, 28, 64, 1, 8 };
	static const u8 levels[] = { 1, 15, 8, 2, 4, 0, 16, 255 };
	u32 how = seq_byte(), room;

	*size = 0;
	*level = how & 16 ? seq_pick(levels) : how >> 7;
	if (!knows_log(cmd) && (how & 15) != 15) {
		/* half of them valid, but without a log */
		*level = how & 1 ? *level | 16 : 0;
		*size = (how & 14) == 14 ? 8 : 0;
		return 0;
	}
	if ((how & 3) == 3)
		return 0;
	*size = seq_pick(sizes);
	room = *size;
	if ((how & 15) == 14)
		*size = seq_u32();
	if (!(how & 16))
		*level = 1;
	return (how & 15) == 13 ? 0xdead000000000000ULL : seq_user(NULL, room);
}

/* The common attributes; returns their address, or 0. */
static u64 common_attributes(u32 cmd, u32 *size)
{
	static const u16 sizes[] = { 24, 20, 16, 0, 40, 24, 4097, 1 };
	struct {
		struct bpf_common_attr attr;
		u8 rest[16];
	} common = { 0 };
	u32 how = seq_byte(), room;
	u64 at;

	*size = how & 1 ? seq_pick(sizes) : sizeof(common.attr);
	common.attr.log_buf = seq_log_fields(cmd, &common.attr.log_size, &common.attr.log_level);
	common.attr.log_true_size = how >> 5;
	if ((how & 6) == 6)
		((u8 *)&common)[20 + (seq_byte() & 15)] = 1;
	if ((how & 24) == 24)
		return how & 32 ? 0 : 0xdead000000000000ULL;
	room = (how & 24) == 16 ? sizeof(common) : min(*size, (u32)sizeof(common));
	/* part of an address is a number that depends on the machine */
	if (min(room, *size) < sizeof(common.attr.log_buf))
		common.attr.log_buf = 0;
	at = seq_user(&common, room);
	seq_mark_pointers(common.attr.log_buf ? 1 : 0);
	return at;
}

/* Mostly uses the size of the command; sometimes shorter, longer, or with bytes after it. */
static s64 bpf(struct seq_task *task, u32 cmd, u32 size)
{
	u8 bytes[sizeof(seq_attr) + 64] = { 0 };
	u32 how = seq_byte(), room, size_common = 0;
	u64 at, common = 0;

	memcpy(bytes, &seq_attr, sizeof(seq_attr));
	if ((how & 31) == 31)
		size = seq_byte() % sizeof(bytes);
	else if ((how & 31) == 30)
		size = sizeof(bytes);
	if ((how & 63) == 29)
		poke(bytes, seq_byte() % sizeof(bytes), (u8)seq_byte());
	/* half an address is a number that depends on the machine */
	if (size % 8 && seq_attr_pointers & 1ULL << size / 8)
		memset(bytes + size / 8 * 8, 0, 8);
	room = (how & 63) == 28 ? size / 2 : size;
	if (wants_common(how)) {
		common = common_attributes(cmd, &size_common);
		cmd |= BPF_COMMON_ATTRS;
	}
	at = seq_user(bytes, room);
	seq_mark_pointers(seq_attr_pointers);
	return seq_sys(task, bpf, cmd, at, size, common, size_common);
}

s64 seq_bpf_fd(struct seq_task *task, u32 cmd, u32 size)
{
	s64 fd = bpf(task, cmd, size);

	seq_note_fd(task, fd);
	return fd;
}

s64 seq_token_create(struct seq_task *task, u64 fd)
{
	s64 token;

	seq_attr_begin();
	seq_attr.token_create.bpffs_fd = (u32)fd;
	token = seq_bpf_fd(task, BPF_TOKEN_CREATE, 8);
	if (token >= 0)
		seq.result.tokens++;
	return token;
}

/*
 * Passes the newest token in three of four calls. The v10 series has no flag for it, and in its
 * patch 3 no command takes a token.
 */
bool seq_pass_token(struct seq_task *task, u32 *flags, s32 *fd)
{
	u32 b = seq_byte();

	if ((b & 3) == 3 || (kernel_is_v10_03() && b & 60))
		return false;
	if (!kernel_is_series() || (b & 63) == 32)
		*flags |= BPF_F_TOKEN_FD;
	*fd = (s32)seq_fd(task, FD_KIND_TOKEN);
	return true;
}

/* Did the last call ignore its token? */
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

void seq_count_use(s64 fd, bool token)
{
	if (fd >= 0 && token && !token_dropped())
		seq.result.uses++;
}

/* Sets valid sizes for the map type. */
static void map_shape(void)
{
	seq_attr.key_size = 4;
	seq_attr.value_size = 8;
	seq_attr.max_entries = 1;
	switch (seq_attr.map_type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_XSKMAP:
		seq_attr.value_size = 4;
		break;
	case BPF_MAP_TYPE_LPM_TRIE:
		seq_attr.key_size = 8;
		seq_attr.map_flags = BPF_F_NO_PREALLOC;
		break;
	case BPF_MAP_TYPE_INSN_ARRAY:
		seq_attr.value_size = 16;
		break;
	case BPF_MAP_TYPE_RHASH:
		seq_attr.map_flags = BPF_F_NO_PREALLOC;
		break;
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_BLOOM_FILTER:
		seq_attr.key_size = 0;
		break;
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
		seq_attr.key_size = 0;
		seq_attr.value_size = 0;
		seq_attr.max_entries = 4096;
		break;
	}
}

static void map_odd(struct seq_task *task, u32 how)
{
	static const u8 sizes[] = { 4, 8, 4, 0, 16, 24, 1, 255 };

	if (how & 1) {
		seq_attr.key_size = seq_pick(sizes);
		seq_attr.value_size = seq_pick(sizes);
	}
	if (how & 2)
		seq_attr.max_entries = seq_u32() & (seq_options.confined ? 0x3ff : ~0u);
	if (how & 4)
		seq_attr.map_flags = seq_byte() & 3 ? seq_u32() :
				     seq_attr.map_flags | BPF_F_RDONLY | BPF_F_WRONLY;
	if (how & 8)
		seq_attr.inner_map_fd = (u32)seq_fd(task, FD_KIND_MAP);
	if (how & 16) {
		seq_attr.btf_fd = (u32)seq_fd(task, FD_KIND_BTF);
		seq_attr.btf_key_type_id = seq_byte() & 15;
		seq_attr.btf_value_type_id = seq_byte() & 15;
	}
	if (how & 32) {
		const char *name = seq_word();

		memcpy(seq_attr.map_name, name, min(strlen(name), sizeof(seq_attr.map_name)));
	}
	if (how & 64)
		seq_attr.map_extra = seq_u32();
}

/* Known types except 0, and an unknown one. */
#define NR_MAP_TYPES (BPF_MAP_TYPE_RHASH + 1)

static bool has_elements(u32 type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return true;
	default:
		return false;
	}
}

/* Half of the maps have no odd attributes. */
static void map_create(struct seq_task *task)
{
	bool token, elements;
	u32 how;
	s64 fd;

	seq_attr_begin();
	seq_attr.map_type = 1 + seq_byte() % NR_MAP_TYPES;
	map_shape();
	how = seq_byte();
	if (how & 128)
		map_odd(task, how);
	token = seq_pass_token(task, &seq_attr.map_flags, &seq_attr.map_token_fd);
	elements = has_elements(seq_attr.map_type);
	fd = seq_bpf_fd(task, BPF_MAP_CREATE, OFFSET_OF_END(map_token_fd));
	seq_count_use(fd, token);
	if (fd >= 0 && elements)
		task->last[KIND_ELEMENTS] = (s32)fd;
}

static void elements(struct seq_task *task)
{
	static const u8 cmds[] = {
		BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM,
		BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_AND_DELETE_ELEM, BPF_MAP_FREEZE,
	};
	u32 key[2] = { seq_byte() & 3, 0 }, value[4] = { seq_byte() }, cmd = seq_pick(cmds);

	seq_attr_begin();
	seq_attr.map_fd = (u32)seq_fd(task, KIND_ELEMENTS);
	if (cmd == BPF_MAP_FREEZE) {
		/* unused fields must be zero, and the check records them: so no addresses */
		bpf(task, cmd, 4 + (seq_byte() & 4));
		return;
	}
	seq_attr.flags = seq_byte() & 7;
	if (!(seq_byte() & 7)) {
		seq_attr.batch.count = seq_byte() & 3;
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

	seq_attr_begin();
	set_pointer(pathname, seq_text(seq_pick(paths)));
	if (how & 2)
		seq_attr.file_flags = seq_u32();
	if (how & 4) {
		seq_attr.file_flags |= BPF_F_PATH_FD;
		seq_attr.path_fd = (s32)seq_fd(task, FD_KIND_DIR);
	}
	if (how & 1) {
		seq_attr.bpf_fd = (u32)seq_fd(task, seq_pick(kinds));
		bpf(task, BPF_OBJ_PIN, OFFSET_OF_END(path_fd));
	} else {
		seq_bpf_fd(task, BPF_OBJ_GET, OFFSET_OF_END(path_fd));
	}
}

static void info(struct seq_task *task)
{
	static const u8 kinds[] = { FD_KIND_MAP, FD_KIND_PROG, FD_KIND_TOKEN, FD_KIND_BTF };
	static const u8 lens[] = { 32, 104, 232, 40, 0, 8, 255, 88 };
	u8 buffer[256] = { 0 };

	seq_attr_begin();
	seq_attr.info.bpf_fd = (u32)seq_fd(task, seq_pick(kinds));
	seq_attr.info.info_len = seq_pick(lens);
	if ((seq_byte() & 7) == 7)
		memset(buffer, (int)seq_byte(), sizeof(buffer));
	set_pointer(info.info, seq_user(buffer, seq_attr.info.info_len));
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

	seq_attr_begin();
	seq_attr.start_id = seq_byte() & 7;
	seq_attr.open_flags = seq_byte() & 31;
	seq_pass_token(task, &seq_attr.open_flags, &seq_attr.fd_by_id_token_fd);
	/* a real kernel has objects of other processes, so do not find them */
	if (seq_options.confined)
		seq_attr.start_id = 0x7fffffff;
	seq_bpf_fd(task, cmd, OFFSET_OF_END(fd_by_id_token_fd));
}

/* Commands without effects on other processes: no attaching, no global settings, no lookups. */
static bool is_confined(u32 cmd)
{
	switch (cmd) {
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_PROG_LOAD:
	case BPF_OBJ_PIN:
	case BPF_OBJ_GET:
	case BPF_OBJ_GET_INFO_BY_FD:
	case BPF_BTF_LOAD:
	case BPF_MAP_FREEZE:
	case BPF_PROG_BIND_MAP:
	case BPF_TOKEN_CREATE:
		return true;
	}
	return cmd > BPF_TOKEN_CREATE;
}

/* Any command with numbers and fds as attributes. No addresses: some commands read numbers there. */
static void any_command(struct seq_task *task)
{
	u32 *words = (u32 *)&seq_attr, n = seq_byte() % 20, i, cmd = seq_byte() % 40;

	seq_attr_begin();
	for (i = 0; i < n; i++) {
		u32 b = seq_byte();

		words[i] = b & 1 ? (u32)seq_fd(task, b >> 3 & 15) : seq_u32();
	}
	if (seq_options.confined && !is_confined(cmd))
		return;
	seq_bpf_fd(task, cmd, sizeof(seq_attr));
}

static void token_again(struct seq_task *task)
{
	seq_token_create(task, seq_fd(task, FD_KIND_DIR));
}

/* Prefers commands that take tokens. */
void seq_bpf(struct seq_task *task, u32 op)
{
	static void (*const ops[SEQ_BPF_OPS])(struct seq_task *task) = {
		token_again, map_create, map_create, map_create, map_create, seq_prog_load,
		seq_prog_load, seq_prog_load, seq_btf_load, seq_btf_load, elements, elements, pins, info, by_id, any_command,
	};

	ops[op](task);
}
