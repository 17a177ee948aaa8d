/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KERNEL_BPF_VERIFIER_H
#define _KERNEL_BPF_VERIFIER_H

#include <linux/bpf.h>

/* Fields of an instruction that <uapi/linux/bpf.h> does not name. */
#define BPF_CLASS(code) ((code) & 0x07)
#define BPF_SIZE(code) ((code) & 0x18)
#define BPF_MODE(code) ((code) & 0xe0)
#define BPF_OP(code) ((code) & 0xf0)
#define BPF_SRC(code) ((code) & 0x08)
#define BPF_REG_FP 10
#define MAX_BPF_REG 11
#define BPF_FETCH 0x01
#define BPF_XCHG (0xe0 | BPF_FETCH)
#define BPF_CMPXCHG (0xf0 | BPF_FETCH)
#define MAX_BPF_STACK 512

#define MAX_USED_MAPS 64
#define BPF_MAX_SUBPROGS 256

struct bpf_verifier_env {
	struct bpf_prog *prog;
	union bpf_attr *attr;
	bool bpf_capable;	/* CAP_BPF, possibly by the token, VF-01..VF-03 */
	bool allow_ptr_leaks;	/* CAP_PERFMON, possibly by the token, VF-04..VF-06 */
	u32 subprog_cnt;
	u32 subprog_start[BPF_MAX_SUBPROGS + 1];	/* sorted, then the program length */
};

static inline bool bpf_is_ldimm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static inline bool bpf_pseudo_func(const struct bpf_insn *insn)
{
	return bpf_is_ldimm64(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

static inline bool bpf_pseudo_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
}

static inline bool bpf_pseudo_kfunc_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL;
}

static inline bool bpf_is_jump(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_JMP32;
}

/* Target of a jump at instruction @i; 64 bits wide, because it is not checked yet. */
static inline s64 bpf_jump_target(const struct bpf_insn *insn, u32 i)
{
	return (s64)i + 1 + (insn->code == (BPF_JMP32 | BPF_JA) ? insn->imm : insn->off);
}

/* verifier.c */
struct bpf_log_attr;
int bpf_check(struct bpf_prog *prog, union bpf_attr *attr, const struct bpf_log_attr *log);
int bpf_prog_verify_signature(const union bpf_attr *attr);

/* verifier_insn.c: the form of instructions, and the maps that they refer to */
int check_form(const struct bpf_verifier_env *env);
int resolve_pseudo_ldimm64(struct bpf_verifier_env *env);

/* verifier_cfg.c: control flow */
int add_subprog_and_kfunc(struct bpf_verifier_env *env);
int check_subprogs(struct bpf_verifier_env *env);
int check_cfg(struct bpf_verifier_env *env);

/* verifier_check.c: pointers, the stack and helper calls */
int do_check(struct bpf_verifier_env *env);

/* helpers.c */
int bpf_check_helper(const struct bpf_verifier_env *env, u32 id);

/* verifier.c: holds a map for as long as the program lives */
int add_used_map(struct bpf_verifier_env *env, u32 ufd, struct bpf_map **map);

#endif
