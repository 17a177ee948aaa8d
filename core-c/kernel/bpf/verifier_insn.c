// SPDX-License-Identifier: GPL-2.0-only
/*
 * The maps that instructions name. Models: kernel/bpf/verifier.c; spec PL-19.
 * Deviation: codes and fields of instructions are not looked at.
 */
#include <linux/btf.h>
#include <linux/kernel.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "verifier.h"

#define BPF_MAX_VAR_OFF (1 << 29)

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
 * resolve_pseudo_ldimm64() - find what 64-bit constants stand for.
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
