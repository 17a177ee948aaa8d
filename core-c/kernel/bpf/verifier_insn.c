// SPDX-License-Identifier: GPL-2.0-only
/*
 * The form of instructions, and the maps that they refer to. Models: kernel/bpf/verifier.c; spec
 * PL-19. Deviation: instructions that no compiler emits are not modelled; the kernel refuses them
 * with various errnos.
 */
#include <linux/btf.h>
#include <linux/kernel.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "verifier.h"

#define BPF_MAX_VAR_OFF (1 << 29)

static bool plain_alu(const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;

	switch (BPF_OP(insn->code)) {
	case BPF_NEG:
		return BPF_SRC(insn->code) == BPF_K && !insn->src_reg && !insn->off && !insn->imm;
	case BPF_END:
		return !insn->src_reg && !insn->off && !(wide && BPF_SRC(insn->code)) &&
		       (insn->imm == 16 || insn->imm == 32 || insn->imm == 64);
	case BPF_MOV:	/* off: width of a sign extension */
		if (BPF_SRC(insn->code) == BPF_K)
			return !insn->src_reg && !insn->off;
		return !insn->imm && (!insn->off || insn->off == 8 || insn->off == 16 ||
				      (insn->off == 32 && wide));
	case BPF_DIV:
	case BPF_MOD:	/* off 1: signed */
		return (u16)insn->off <= 1 &&
		       !(BPF_SRC(insn->code) == BPF_X ? insn->imm : (s32)insn->src_reg);
	default:
		return BPF_OP(insn->code) < BPF_END && !insn->off &&
		       !(BPF_SRC(insn->code) == BPF_X ? insn->imm : (s32)insn->src_reg);
	}
}

static bool plain_jump(const struct bpf_insn *insn)
{
	bool narrow = BPF_CLASS(insn->code) == BPF_JMP32;

	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		return insn->code == (BPF_JMP | BPF_CALL) && !insn->dst_reg;
	case BPF_EXIT:
		return insn->code == (BPF_JMP | BPF_EXIT) && !insn->dst_reg && !insn->src_reg &&
		       !insn->off && !insn->imm;
	case BPF_JA:
		return BPF_SRC(insn->code) == BPF_K && !insn->dst_reg && !insn->src_reg &&
		       !(narrow ? insn->off : insn->imm);
	default:
		return BPF_OP(insn->code) <= BPF_JSLE &&
		       !(BPF_SRC(insn->code) == BPF_X ? insn->imm : (s32)insn->src_reg);
	}
}

static bool plain_atomic(const struct bpf_insn *insn)
{
	if (BPF_SIZE(insn->code) != BPF_W && BPF_SIZE(insn->code) != BPF_DW)
		return false;
	switch (insn->imm & ~BPF_FETCH) {
	case BPF_ADD:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
		return true;
	default:
		return insn->imm == BPF_XCHG || insn->imm == BPF_CMPXCHG;
	}
}

static bool plain_memory(const struct bpf_insn *insn)
{
	u32 class = BPF_CLASS(insn->code);

	switch (BPF_MODE(insn->code)) {
	case BPF_MEM:
		return class == BPF_ST ? !insn->src_reg : !insn->imm;
	case BPF_MEMSX:
		return class == BPF_LDX && !insn->imm && BPF_SIZE(insn->code) != BPF_DW;
	case BPF_ATOMIC:
		return class == BPF_STX && plain_atomic(insn);
	default:
		return false;
	}
}

/* Packet access of classic BPF. */
static bool plain_packet(const struct bpf_insn *insn)
{
	u32 mode = BPF_MODE(insn->code);

	return (mode == BPF_ABS || mode == BPF_IND) && BPF_SIZE(insn->code) != BPF_DW &&
	       !insn->dst_reg && !insn->off && (mode == BPF_IND || !insn->src_reg);
}

static bool is_plain(const struct bpf_insn *insn)
{
	if (insn->dst_reg >= MAX_BPF_REG || insn->src_reg >= MAX_BPF_REG)
		return false;
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return plain_alu(insn);
	case BPF_JMP:
	case BPF_JMP32:
		return plain_jump(insn);
	case BPF_LD:
		return bpf_is_ldimm64(insn) ? !insn->off : plain_packet(insn);
	default:
		return plain_memory(insn);
	}
}

/**
 * check_form() - Check that a program only has instructions that compilers emit.
 * @env: the program
 */
int check_form(const struct bpf_verifier_env *env)
{
	const struct bpf_insn *insn = env->prog->insnsi;
	u32 i;

	for (i = 0; i < env->prog->len; i++) {
		if (!is_plain(&insn[i]))
			return not_modelled(UNMODELLED_INSTRUCTIONS);
		if (bpf_is_ldimm64(&insn[i]))
			i++;
	}
	return 0;
}

/* An instruction that refers to a map's value. Models: array_map_direct_value_addr(). */
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

/* Models: the map part of resolve_pseudo_ldimm64(). */
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

/* Models: kernel/bpf/verifier.c:check_pseudo_btf_id(), its refusals. */
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
 * resolve_pseudo_ldimm64() - Resolve 64-bit immediates that refer to maps, functions or variables.
 *
 * Models: kernel/bpf/verifier.c:resolve_pseudo_ldimm64(); spec PL-19.
 */
int resolve_pseudo_ldimm64(struct bpf_verifier_env *env)
{
	u32 i, len = env->prog->len;
	int err = 0;

	for (i = 0; !err && i < len; i++) {
		const struct bpf_insn *insn = &env->prog->insnsi[i];

		if (!bpf_is_ldimm64(insn))
			continue;
		if (insn[1].code || insn[1].dst_reg || insn[1].src_reg || insn[1].off)
			return refuse(-EINVAL, CHK_VERIFY_LD_IMM64, 0, i);
		i++;
		if (insn->src_reg == BPF_PSEUDO_BTF_ID)
			err = check_pseudo_btf_id(insn);
		else if (insn->src_reg && insn->src_reg != BPF_PSEUDO_FUNC)
			err = resolve_map(env, insn);
	}
	return err;
}
