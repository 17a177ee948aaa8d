// SPDX-License-Identifier: MIT
#include <linux/bpf.h>
#include <string.h>
#include "files.h"
#include "memory.h"
#include "remote.h"

enum {
	MOST_BYTES = 16 << 20,		/* of one piece: the largest BTF that the kernel accepts */
	PAGE = 4096,
	LOG_TAIL = 8192,		/* what is kept of a log */
	MOST_LOG = 16 << 20,
};

/* Commands that older headers do not define. */
enum { CMD_TOKEN_CREATE = 36, COMMON_ATTRS = 1 << 16 };
#define BPF_CMD_MAP_CREATE BPF_MAP_CREATE
#define BPF_CMD_PROG_LOAD BPF_PROG_LOAD
#define BPF_CMD_OBJ_PIN BPF_OBJ_PIN
#define BPF_CMD_OBJ_GET BPF_OBJ_GET
#define BPF_CMD_PROG_ATTACH BPF_PROG_ATTACH
#define BPF_CMD_PROG_DETACH BPF_PROG_DETACH
#define BPF_CMD_PROG_QUERY BPF_PROG_QUERY
#define BPF_CMD_RAW_TRACEPOINT_OPEN BPF_RAW_TRACEPOINT_OPEN
#define BPF_CMD_BTF_LOAD BPF_BTF_LOAD
#define BPF_CMD_BTF_GET_FD_BY_ID BPF_BTF_GET_FD_BY_ID
#define BPF_CMD_LINK_CREATE BPF_LINK_CREATE
#define BPF_CMD_TOKEN_CREATE CMD_TOKEN_CREATE

struct memory_field {
	unsigned char cmd, offset, count, unit;
};

#define MEMORY(command, field, offset, count, unit) { BPF_CMD_##command, offset, count, unit },
static const struct memory_field memory_fields[] = {
#include "attr_memory.def"
};

struct plain_field {
	unsigned char cmd, offset;
};

#define TEXT(command, field, offset) { BPF_CMD_##command, offset },
static const struct plain_field text_fields[] = {
#include "attr_memory.def"
};

#define DESCRIPTOR(command, field, offset) { BPF_CMD_##command, offset },
static const struct plain_field descriptor_fields[] = {
#include "attr_memory.def"
};

static unsigned char chunk[REMOTE_MOST];

/* Reads up to `count` bytes. Returns how many could be read. */
static size_t read_some(const struct tracee *tracee, uint64_t address, void *bytes, size_t count)
{
	char message[160], pid[16];
	long ret;

	if (tracee->process->silent)
		return 0;
	ret = remote_read(tracee->tid, address, bytes, count);
	if (ret == NO_ANSWER) {
		tracee->process->silent = true;
		mini_complain(mini_join(message, sizeof(message), "bpf-token-record: memory of process ",
					text_of((unsigned int)tracee->process->pid, pid),
					" does not arrive; its memory is no longer recorded", NULL));
	}
	return ret < 0 ? 0 : (size_t)ret;
}

bool read_bytes(const struct tracee *tracee, uint64_t address, void *bytes, size_t count)
{
	return read_some(tracee, address, bytes, count) == count;
}

long read_text(const struct tracee *tracee, uint64_t address, char *text, size_t size)
{
	size_t used = 0;

	while (used + 1 < size) {
		size_t room = PAGE - (address + used) % PAGE, count = size - 1 - used;
		size_t got = read_some(tracee, address + used, text + used, count < room ? count : room);

		if (!got)
			break;
		for (size_t i = 0; i < got; i++)
			if (!text[used + i])
				return (long)(used + i);
		used += got;
	}
	text[used] = '\0';
	return used + 1 == size ? (long)used : -1;
}

static uint32_t word(const struct attr *attr, size_t offset)
{
	uint32_t value;

	memcpy(&value, attr->bytes + offset, sizeof(value));
	return value;
}

static uint64_t address(const struct attr *attr, size_t offset)
{
	return word(attr, offset) | (uint64_t)word(attr, offset + 4) << 32;
}

void read_attr(const struct tracee *tracee, struct attr *attr)
{
	size_t count = tracee->args[2] & 0xffffffff;

	*attr = (struct attr){ .at = tracee->args[1], .size = count };
	attr->cmd = (unsigned int)tracee->args[0] & ~COMMON_ATTRS;
	if (count > sizeof(attr->bytes))
		count = sizeof(attr->bytes);
	attr->readable = read_bytes(tracee, attr->at, attr->bytes, count);
	if (!attr->readable)
		memset(attr->bytes, 0, sizeof(attr->bytes));
}

size_t descriptors_in(const struct attr *attr, int *fds, size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(descriptor_fields) && count < most; i++)
		if (descriptor_fields[i].cmd == attr->cmd)
			fds[count++] = (int)word(attr, descriptor_fields[i].offset);
	return count;
}

/* One piece of memory. A piece that cannot be read has null in place of the bytes. */
static void write_piece(struct out *line, const struct tracee *tracee, uint64_t at, size_t count)
{
	size_t start = line->used;
	bool first;

	/* Without memory for the line there is no byte before this piece. */
	if (line->failed || !start || !at || !count || count > MOST_BYTES)
		return;
	first = line->bytes[start - 1] == '[';
	out_text(line, first ? "[\"" : ",[\"");
	out_hex(line, at);
	out_text(line, "\",\"");
	for (size_t done = 0; done < count; ) {
		size_t n = count - done < REMOTE_MOST ? count - done : REMOTE_MOST;

		if (!read_bytes(tracee, at + done, chunk, n)) {
			line->used = start;
			out_text(line, first ? "[\"" : ",[\"");
			out_hex(line, at);
			out_text(line, "\",null]");
			return;
		}
		out_base64(line, chunk, n);
		done += n;
	}
	out_text(line, "\"]");
}

static void write_string(struct out *line, const struct tracee *tracee, uint64_t at)
{
	static char text[PAGE];
	long count = at ? read_text(tracee, at, text, sizeof(text)) : -1;

	write_piece(line, tracee, at, count < 0 ? 1 : (size_t)count + 1);
}

/* How many entries of fd_array one instruction needs. */
static unsigned int entries_for(const unsigned char *insn)
{
	enum { MAP_IDX = 5, MAP_IDX_VALUE = 6, CALL = 0x85, KFUNC = 2 };
	unsigned int source = insn[1] >> 4;

	if (insn[0] == 0x18 && (source == MAP_IDX || source == MAP_IDX_VALUE))
		return 1 + (insn[4] | (unsigned int)insn[5] << 8);
	if (insn[0] == CALL && source == KFUNC)
		return 1 + (insn[2] | (unsigned int)insn[3] << 8);
	return 0;
}

/* fd_array has no size before Linux 6.14: as many entries as the instructions name. */
static size_t fd_array_count(const struct attr *attr, const struct tracee *tracee)
{
	enum { FD_ARRAY_CNT = 148, INSN = 8 };
	size_t most = word(attr, FD_ARRAY_CNT), size = (size_t)word(attr, 4) * INSN;

	for (size_t done = 0; done < size && done < MOST_BYTES; ) {
		size_t n = size - done < REMOTE_MOST ? size - done : REMOTE_MOST;

		n = read_some(tracee, address(attr, 8) + done, chunk, n) / INSN;
		for (size_t i = 0; i < n; i++)
			if (entries_for(chunk + INSN * i) > most)
				most = entries_for(chunk + INSN * i);
		if (!n)
			break;
		done += INSN * n;
	}
	return most < 4096 ? most : 4096;
}

void write_attr(struct out *line, const struct tracee *tracee, const struct attr *attr)
{
	write_piece(line, tracee, attr->at, attr->size < PAGE ? attr->size : PAGE);
	if (!attr->readable)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(memory_fields); i++) {
		const struct memory_field *field = &memory_fields[i];

		if (field->cmd == attr->cmd)
			write_piece(line, tracee, address(attr, field->offset),
				    (size_t)word(attr, field->count) * field->unit);
	}
	for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++)
		if (text_fields[i].cmd == attr->cmd)
			write_string(line, tracee, address(attr, text_fields[i].offset));
	if (attr->cmd == BPF_PROG_LOAD && address(attr, 120))
		write_piece(line, tracee, address(attr, 120), 4 * fd_array_count(attr, tracee));
	if ((unsigned int)tracee->args[0] & COMMON_ATTRS)
		write_piece(line, tracee, tracee->args[3],
			    tracee->args[4] < PAGE ? (size_t)tracee->args[4] : PAGE);
}

void write_arguments(struct out *line, const struct tracee *tracee)
{
	static const struct {
		unsigned int nr;
		unsigned char strings;	/* one bit for each argument that is a string */
		unsigned char sizes[2];	/* bytes of the first and the second argument */
	} kinds[] = {
		{ __NR_openat, 1 << 1, { 0 } },
		{ __NR_openat2, 1 << 1, { 0 } },
#ifdef __NR_open
		{ __NR_open, 1 << 0, { 0 } },
#endif
		{ __NR_fsopen, 1 << 0, { 0 } },
		{ __NR_fsconfig, 1 << 2 | 1 << 3, { 0 } },
		{ __NR_fspick, 1 << 1, { 0 } },
		{ __NR_move_mount, 1 << 1 | 1 << 3, { 0 } },
		{ __NR_mount, 1 << 0 | 1 << 1 | 1 << 2 | 1 << 4, { 0 } },
		{ __NR_umount2, 1 << 0, { 0 } },
		{ __NR_chroot, 1 << 0, { 0 } },
		{ __NR_capset, 0, { 8, 24 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].nr != tracee->nr)
			continue;
		for (int arg = 0; arg < 6; arg++)
			if (kinds[i].strings & 1 << arg)
				write_string(line, tracee, tracee->args[arg]);
		for (int arg = 0; arg < 2; arg++)
			write_piece(line, tracee, tracee->args[arg], kinds[i].sizes[arg]);
	}
}

void write_log(struct out *line, const struct tracee *tracee)
{
	/* The last bytes decide: statistics and the reason stand at the end. */
	static char tail[2 * LOG_TAIL];
	struct attr attr;
	size_t used = 0, size;
	uint64_t at;

	read_attr(tracee, &attr);
	if (attr.cmd != BPF_PROG_LOAD && attr.cmd != BPF_BTF_LOAD)
		return;
	at = address(&attr, attr.cmd == BPF_PROG_LOAD ? 32 : 8);
	size = word(&attr, attr.cmd == BPF_PROG_LOAD ? 28 : 20);
	if (!at)
		return;
	for (size_t done = 0; done < size && done < MOST_LOG; ) {
		size_t n = size - done < LOG_TAIL ? size - done : LOG_TAIL, length = 0;

		if (used > LOG_TAIL) {
			for (size_t i = 0; i < LOG_TAIL; i++)
				tail[i] = tail[used - LOG_TAIL + i];
			used = LOG_TAIL;
		}
		n = read_some(tracee, at + done, tail + used, n);
		while (length < n && tail[used + length])
			length++;
		used += length;
		done += n;
		if (!n || length < n)
			break;
	}
	if (!used)
		return;
	out_text(line, ",\"log\":");
	out_json(line, tail, used);
}

struct message {
	uint64_t name;
	uint32_t name_size, pad;
	uint64_t parts, parts_count;
	uint64_t control, control_size;
	uint64_t flags;
};

size_t message_fds(const struct tracee *tracee, uint64_t at, int *fds, size_t most)
{
	enum { HEADER = 16, SOCKET = 1, RIGHTS = 1 };
	static unsigned char control[4096];
	struct message message;
	size_t count = 0, size;

	if (!read_bytes(tracee, at, &message, sizeof(message)) || !message.control)
		return 0;
	size = message.control_size < sizeof(control) ? message.control_size : sizeof(control);
	if (!read_bytes(tracee, message.control, control, size))
		return 0;
	for (size_t here = 0; here + HEADER <= size; ) {
		uint64_t length;
		int kind[2];

		memcpy(&length, control + here, sizeof(length));
		memcpy(kind, control + here + 8, sizeof(kind));
		if (length < HEADER || length > size - here)
			break;
		if (kind[0] == SOCKET && kind[1] == RIGHTS)
			for (size_t i = HEADER; i + 4 <= length && count < most; i += 4)
				memcpy(&fds[count++], control + here + i, 4);
		here += (length + 7) & ~7UL;
	}
	return count;
}
