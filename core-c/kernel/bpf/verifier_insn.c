// SPDX-License-Identifier: GPL-2.0-only
/*
 * What single instructions say: codes, fields, and the maps that they name.
 * Models: kernel/bpf/verifier.c, core.c; spec PL-19.
 */
#include <linux/bits.h>
#include <linux/btf.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "verifier.h"

#define BPF_MAX_VAR_OFF (1 << 29)

/* Models: kernel/bpf/core.c:bpf_opcode_in_insntable(). A set of code >> 3 for each class. */
static bool bpf_opcode_in_insntable(u8 code)
{
	static const u32 codes[8] = {
		[BPF_LD]	= 0x00000778,
		[BPF_LDX]	= 0x0007f000,
		[BPF_ST]	= 0x0000f000,
		[BPF_STX]	= 0x0900f000,
		[BPF_ALU]	= 0x0ffdffff,
		[BPF_JMP]	= 0x0ff5fffd,
		[BPF_JMP32]	= 0x0ff0fffd,
		[BPF_ALU64]	= 0x07fdffff,
	};
	u32 bit = code >> 3;

	if (code == (BPF_JMP | BPF_JCOND))
		return kernel_at_least(6, 9);
	if (code == (BPF_STX | BPF_ATOMIC | BPF_B) || code == (BPF_STX | BPF_ATOMIC | BPF_H))
		return kernel_at_least(6, 15);
	return codes[BPF_CLASS(code)] & BIT(bit);
}

/* Additions, the like of them with and without the old value, xchg, cmpxchg; 6.15: two moves. */
static bool atomic_ok(s32 imm)
{
	s32 op = imm & ~1;

	if (imm == 0x100 || imm == 0x110)
		return kernel_at_least(6, 15);
	return op == 0 || op == 0x40 || op == 0x50 || op == 0xa0 || imm == 0xe1 || imm == 0xf1;
}

static bool alu_fields_ok(const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64, reg = BPF_SRC(insn->code) == BPF_X;
	s16 off = insn->off;
	s32 imm = insn->imm;

	switch (BPF_OP(insn->code)) {
	case BPF_NEG:
		return !insn->src_reg && !off && !imm;
	case BPF_END:
		return !insn->src_reg && !off && (imm == 16 || imm == 32 || imm == 64);
	case BPF_MOV:
		if (!reg)
			return !insn->src_reg && !off;
		return !imm && (!off || off == 8 || off == 16 || (wide && off == 32));
	case BPF_DIV:
	case BPF_MOD:
		return (off == 0 || off == 1) && (reg ? !imm : !insn->src_reg);
	default:
		return !off && (reg ? !imm : !insn->src_reg);
	}
}

static bool jmp_fields_ok(const struct bpf_insn *insn)
{
	u8 src = insn->src_reg, dst = insn->dst_reg;

	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		return !src && !dst && (BPF_CLASS(insn->code) == BPF_JMP ? !insn->imm : !insn->off);
	case BPF_EXIT:
		return !src && !dst && !insn->imm;
	case BPF_CALL:
		return !dst && src <= BPF_PSEUDO_KFUNC_CALL &&
		       (src == BPF_PSEUDO_KFUNC_CALL || !insn->off);
	case BPF_JCOND:
		return !src && !dst && !insn->imm && (insn->off || kernel_at_least(6, 14));
	default:
		return BPF_SRC(insn->code) == BPF_X ? !insn->imm : !src;
	}
}

/**
 * bpf_insn_fields_ok() - what an instruction has no use for is zero.
 *
 * Models: kernel/bpf/verifier.c:check_alu_op(), do_check() and others.
 */
bool bpf_insn_fields_ok(const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return alu_fields_ok(insn);
	case BPF_JMP:
	case BPF_JMP32:
		return jmp_fields_ok(insn);
	case BPF_ST:
		return !insn->src_reg;
	case BPF_STX:
		return BPF_MODE(insn->code) == BPF_MEM ? !insn->imm : atomic_ok(insn->imm);
	case BPF_LD:
		return !insn->off;
	default:
		return true;
	}
}

/* The map of an instruction that points into its value. Models: array_map_direct_value_addr(). */
static int direct_value(const struct bpf_map *map, u32 off)
{
	if (off >= BPF_MAX_VAR_OFF || (map->map_type != BPF_MAP_TYPE_ARRAY &&
				       map->map_type != BPF_MAP_TYPE_ARENA))
		return refuse(-EINVAL, CHK_VERIFY_MAP_VALUE, BPF_MAX_VAR_OFF, off);
	if (map->map_type == BPF_MAP_TYPE_ARENA)
		return not_modelled(UNMODELLED_ARENA_PROGRAMS);
	if (map->max_entries != 1)
		return refuse(-ENOTSUPP, CHK_VERIFY_MAP_ENTRIES, 1, map->max_entries);
	if (off >= map->value_size)
		return refuse(-EINVAL, CHK_VERIFY_MAP_VALUE, map->value_size, off);
	return 0;
}

/* Models: the part of resolve_pseudo_ldimm64() that is about maps. */
static int resolve_map(struct bpf_verifier_env *env, const struct bpf_insn *insn)
{
	u32 src = insn->src_reg, fd = insn->imm;
	bool value = src == BPF_PSEUDO_MAP_VALUE || src == BPF_PSEUDO_MAP_IDX_VALUE;
	struct bpf_map *map;
	int err;

	if (src > BPF_PSEUDO_MAP_IDX_VALUE || (!value && insn[1].imm))
		return refuse(-EINVAL, CHK_VERIFY_LD_IMM64, 0, src);
	if (src >= BPF_PSEUDO_MAP_IDX) {
		u64 at = env->attr->fd_array + (u64)(s64)insn->imm * sizeof(fd);

		if (!env->attr->fd_array)
			return refuse(-EPROTO, CHK_VERIFY_FD_ARRAY, 0, insn->imm);
		if (copy_from_user(&fd, u64_to_user_ptr(at), sizeof(fd)))
			return refuse(-EFAULT, CHK_PROG_LOAD_FD_ARRAY, 0, insn->imm);
	}
	err = add_used_map(env, fd, &map);
	if (err || !value)
		return err;
	return direct_value(map, insn[1].imm);
}

/* Models: kernel/bpf/verifier.c:check_pseudo_btf_id(), for what is not there. */
static int check_pseudo_btf_id(const struct bpf_insn *insn)
{
	struct btf *btf;

	if (!insn[1].imm)
		return not_modelled(UNMODELLED_KSYMS);
	btf = btf_get_by_fd(insn[1].imm);
	if (IS_ERR(btf))
		return refuse(-EINVAL, CHK_VERIFY_BTF, 0, insn[1].imm);
	btf_put(btf);
	return not_modelled(UNMODELLED_KSYMS);
}

/**
 * resolve_pseudo_ldimm64() - look at every instruction, in a row.
 *
 * Models: kernel/bpf/verifier.c:resolve_pseudo_ldimm64(); spec PL-19.
 */
int resolve_pseudo_ldimm64(struct bpf_verifier_env *env)
{
	u32 i, len = env->prog->len;
	int err = 0;

	for (i = 0; !err && i < len; i++) {
		const struct bpf_insn *insn = &env->prog->insnsi[i];

		if (BPF_CLASS(insn->code) == BPF_LDX && insn->imm)
			return refuse(-EINVAL, CHK_VERIFY_FIELDS, 0, i);
		if (!bpf_is_ldimm64(insn)) {
			if (!bpf_opcode_in_insntable(insn->code))
				return refuse(-EINVAL, CHK_VERIFY_OPCODE, 0, insn->code);
			continue;
		}
		if (i == len - 1 || insn[1].code || insn[1].dst_reg || insn[1].src_reg ||
		    insn[1].off)
			return refuse(-EINVAL, CHK_VERIFY_LD_IMM64, 0, i);
		i++;
		if (insn->src_reg == BPF_PSEUDO_BTF_ID)
			err = check_pseudo_btf_id(insn);
		else if (insn->src_reg && insn->src_reg != BPF_PSEUDO_FUNC)
			err = resolve_map(env, insn);
	}
	return err;
}
