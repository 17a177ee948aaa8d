// SPDX-License-Identifier: GPL-2.0-only
/* Programs of a few instructions, mostly valid ones, that end in exit. */
#include <linux/string.h>

#include "sequence_bpf.h"

#define MAX_INSNS 12

/* A program type with a matching attach type. */
static void plain_type(void)
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
		{ BPF_PROG_TYPE_KPROBE, BPF_TRACE_FENTRY_MULTI },
		{ BPF_PROG_TYPE_TRACING, BPF_TRACE_FSESSION_MULTI },
		{ BPF_PROG_TYPE_XDP, BPF_TRACE_FSESSION },
	};
	u32 which = seq_byte() % ARRAY_SIZE(types);

	seq_attr.prog_type = types[which][0];
	seq_attr.expected_attach_type = types[which][1];
}

static void odd_attributes(struct seq_task *task, u32 how)
{
	if (how & 1) {
		seq_attr.prog_type = seq_byte() % (BPF_PROG_TYPE_NETFILTER + 2);
		seq_attr.expected_attach_type = seq_byte() % (BPF_TRACE_FSESSION_MULTI + 3);
	}
	if (how & 2)
		seq_attr.insn_cnt = seq_u32();
	if (how & 4)
		seq_attr.prog_flags = seq_u32();
	if (how & 8) {
		seq_attr.prog_btf_fd = (u32)seq_fd(task, FD_KIND_BTF);
		seq_attr.attach_btf_id = seq_byte() & 7;
	}
	if (how & 16)
		seq_attr.attach_prog_fd = (u32)seq_fd(task, FD_KIND_PROG);
	if (how & 32) {
		seq_attr.fd_array_cnt = seq_byte() & 3;
		set_pointer(fd_array, seq_user((u32[]){ (u32)seq_fd(task, FD_KIND_MAP),
							(u32)seq_fd(task, FD_KIND_BTF) }, 8));
	}
	if (how & 64)
		set_pointer(log_buf, seq_log_fields(BPF_PROG_LOAD, &seq_attr.log_size,
						    &seq_attr.log_level));
}

static const char *license(u32 how)
{
	static const char *const licenses[] = {
		"GPL", "", "GPL v2", "Dual BSD/GPL", "proprietary", "Dual MIT/GPL",
		"GPL and additional rights", "Dual MPL/GPL",
	};

	return how & 4 ? seq_pick(licenses) : "GPL";
}

/* Writes one instruction, or the two of a 64-bit immediate; returns the number. */
static u32 instruction(struct seq_task *task, struct bpf_insn *insn)
{
	static const u8 codes[] = {
		0xb7, 0xbf, 0x07, 0x0f, 0x61, 0x79, 0x63, 0x7b, 0x05, 0x15, 0x1d, 0x85, 0x95, 0x18,
		0xb4, 0xbc, 0x04, 0x27, 0x37, 0x57, 0x67, 0x87, 0xd4, 0xdc, 0xd7, 0x06, 0x16, 0xe5,
		0x62, 0x7a, 0xdb, 0xc3, 0x20, 0x40, 0x81, 0x71, 0x73, 0x8d,
	};
	static const s16 offsets[] = { 0, 1, -8, -16, 2, 8, -1, -4 };
	u32 code = seq_byte(), registers = seq_byte(), how = seq_byte();

	*insn = (struct bpf_insn){
		.code = codes[code % ARRAY_SIZE(codes)],
		.dst_reg = registers & 15,
		.src_reg = registers >> 4,
		.off = how & 1 ? offsets[how >> 1 & 7] : 0,
		.imm = how & 16 ? (s32)seq_u32() : how >> 5,
	};
	if (insn->code != 0x18)
		return 1;
	insn->src_reg = registers >> 4 & 7;
	insn->imm = how & 2 ? (s32)seq_fd(task, FD_KIND_MAP) : how >> 5;
	insn[1] = (struct bpf_insn){ .imm = how & 4 ? (s32)seq_u32() : 0 };
	return 2;
}

/* Returns 0, possibly after some other instructions. */
static u32 instructions(struct seq_task *task, struct bpf_insn *insns, u32 how)
{
	u32 n = 0, count = how & 3 ? (how & 3) + (how >> 3 & 3) : 0;

	while (count--)
		n += instruction(task, insns + n);
	insns[n++] = (struct bpf_insn){ .code = 0xb7 };
	insns[n++] = (struct bpf_insn){ .code = 0x95 };
	return n;
}

void seq_prog_load(struct seq_task *task)
{
	struct bpf_insn insns[2 * MAX_INSNS] = { { 0 } };
	u32 how = seq_byte(), code = seq_byte();
	bool token;

	seq_attr_begin();
	plain_type();
	seq_attr.insn_cnt = instructions(task, insns, code & 32 ? code : 0);
	/* only a complete verifier could decide whether other programs are safe */
	if (seq_options.confined)
		seq_attr.insn_cnt = instructions(task, insns, 0);
	if (how & 128)
		odd_attributes(task, how);
	token = seq_pass_token(task, &seq_attr.prog_flags, &seq_attr.prog_token_fd);
	set_pointer(insns, seq_user(insns, sizeof(insns)));
	set_pointer(license, seq_text(license(code)));
	seq_count_use(seq_bpf_fd(task, BPF_PROG_LOAD, sizeof(seq_attr)), token);
}
