// SPDX-License-Identifier: MIT
/* Rules for bpf(). */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call.h"
#include "token_room.h"

/* Offsets in the attr of MAP_CREATE, of the commands that take an id, and of PROG_TEST_RUN. */
enum {
	MAP_TYPE = 0,
	MAP_KEY_SIZE = 4,
	MAP_VALUE_SIZE = 8,
	MAP_MAX_ENTRIES = 12,
	MAP_FLAGS = 16,
	MAP_VMLINUX_VALUE_TYPE_ID = 60,
	ID = 0,
	PROG_FD = 0,
};

/* Names that older headers do not define. */
enum {
	CMD_TOKEN_CREATE = 36,
	TYPE_STRUCT_OPS = 26,
	TYPE_RINGBUF = 27,
	TYPE_USER_RINGBUF = 31,
	TYPE_ARENA = 33,
	FLAG_LINK = 1 << 13,
};

/* Approximate bytes that a hash table needs per entry besides key and value. */
#define ENTRY_BYTES 64

/* A word of the attr as the kernel will see it: bytes that were not passed are 0. */
static uint32_t word(const struct call *call, uint32_t offset)
{
	const struct segment *attr = call->arg_seg[1];
	uint32_t size = call->args[2];
	uint32_t value = 0;

	if (!attr)
		return 0;
	if (size > attr->size)
		size = attr->size;
	if (offset < size)
		memcpy(&value, attr->mem + offset, size - offset < 4 ? size - offset : 4);
	return value;
}

static uint64_t round8(uint32_t size)
{
	return ((uint64_t)size + 7) & ~7ull;
}

/* A rough estimate; the cgroup limits what the kernel allocates later. */
static bool is_large(const struct call *call)
{
	uint64_t entry = round8(word(call, MAP_KEY_SIZE)) + round8(word(call, MAP_VALUE_SIZE));
	unsigned __int128 total;

	switch (word(call, MAP_TYPE)) {
	case TYPE_ARENA:
		return false;
	case TYPE_RINGBUF:
	case TYPE_USER_RINGBUF:
		entry = 1;
		break;
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_QUEUE:
		break;
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		entry *= shared_cpus();
		break;
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		entry = entry * shared_cpus() + ENTRY_BYTES;
		break;
	default:
		entry += ENTRY_BYTES;
	}
	total = (unsigned __int128)entry * word(call, MAP_MAX_ENTRIES);
	return total > LIMIT_MAP_BYTES;
}

static void check_map_create(struct call *call)
{
	if (is_large(call))
		call->rule = RULE_MAP_BYTES;
	if (word(call, MAP_TYPE) == TYPE_STRUCT_OPS && word(call, MAP_VMLINUX_VALUE_TYPE_ID) &&
	    !(word(call, MAP_FLAGS) & FLAG_LINK) && !shared_in_guest())
		call->rule = RULE_STRUCT_OPS;
}

/*
 * Program types that only see a packet, in the network namespace of the executor. One of type SYSCALL makes
 * bpf() calls itself, which nothing here sees; tracing programs change what others do.
 */
static bool runs_on_packets(uint32_t type)
{
	static const unsigned char types[] = {
		BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_SCHED_ACT,
		BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_CGROUP_SKB, BPF_PROG_TYPE_LWT_IN, BPF_PROG_TYPE_LWT_OUT,
		BPF_PROG_TYPE_LWT_XMIT, BPF_PROG_TYPE_LWT_SEG6LOCAL, BPF_PROG_TYPE_FLOW_DISSECTOR,
		BPF_PROG_TYPE_SK_LOOKUP,
	};

	return memchr(types, (int)type, sizeof(types)) && type < 256;
}

/* Whether a file descriptor may be a program that must not run. The task has no threads that could change it. */
static bool is_unsafe_program(int fd)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { 0 };
	char path[32], link[32];
	ssize_t n;

	snprintf(path, sizeof(path), "self/fd/%d", fd);
	n = readlinkat(KEPT_PROC, path, link, sizeof(link));
	/* Without an answer it may be one. */
	if (n < 0 ? errno == ENOENT : !memmem(link, n, "bpf-prog", 8))
		return false;
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	return syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) != 0 || !runs_on_packets(info.type);
}

/* The command without BPF_COMMON_ATTRS, which some kernels clear before they read the command. */
static int command(const struct call *call)
{
	return call->args[0] & ~(unsigned int)BPF_COMMAND_COMMON_ATTRS;
}

void bpf_before(struct call *call)
{
	int cmd = command(call);

	/* Applies in guests too: a guest that stopped reports nothing. */
	if (cmd == CMD_TOKEN_CREATE && !token_may_be_created())
		call->rule = RULE_TOKEN_ROOM;
	if (shared_in_guest() && cmd != BPF_MAP_CREATE)
		return;
	switch (cmd) {
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
	case BPF_LINK_CREATE:
	case BPF_LINK_UPDATE:
	case BPF_LINK_DETACH:
	case BPF_RAW_TRACEPOINT_OPEN:
		call->rule = RULE_ATTACH;
		break;
	case BPF_ENABLE_STATS:
		call->rule = RULE_STATS;
		break;
	case BPF_MAP_CREATE:
		check_map_create(call);
		break;
	case BPF_PROG_TEST_RUN:
		if (is_unsafe_program(word(call, PROG_FD)))
			call->rule = RULE_RUN;
		break;
	}
}

/*
 * Records the id of each object that a task creates. An object that was opened
 * by id and is not recorded belongs to the host, where a test could write to it:
 * its fd is closed again.
 */
void bpf_after(struct call *call, long ret)
{
	int cmd = command(call);
	bool prog = cmd == BPF_PROG_LOAD || cmd == BPF_PROG_GET_FD_BY_ID;

	switch (cmd) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
		return shared_record_object(ret, prog);
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_PROG_GET_FD_BY_ID:
		if (shared_in_guest() || shared_has_object(word(call, ID), prog))
			return;
		close(ret);
		call->rule = RULE_FOREIGN;
	}
}
