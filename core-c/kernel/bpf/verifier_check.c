// SPDX-License-Identifier: GPL-2.0-only
/*
 * Follows a program from its first instruction until it branches or a step gives no verdict. Checks
 * the helpers (VF-03, VF-04, VF-09), pointers (VF-05) and stack accesses (VF-06) that need
 * capabilities.
 * Models: kernel/bpf/verifier.c:do_check().
 * Deviation: all other uses of values are accepted (prog.load.not_verified).
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "internal.h"
#include "verifier.h"

/* Contents of a register or a stack byte; POINTER and above are pointers. */
enum { NOT_INIT, SCALAR, POINTER, STACK };

/* Returned by the steps below to end the walk without a verdict. */
#define UNTOLD 1

struct walk {
	const struct bpf_verifier_env *env;
	const struct bpf_insn *insn;
	u32 at;
	u8 regs[16];	/* the register fields of an instruction have four bits */
	s16 off[16];	/* where a STACK register points to, from the frame pointer */
	u8 stack[MAX_BPF_STACK];
};

/* VF-05. Models: the refusals that is_pointer_value() causes. */
static int no_leak(const struct walk *w, u8 what)
{
	if (what < POINTER || w->env->allow_ptr_leaks)
		return 0;
	return refuse(-EACCES, CHK_VERIFY_LEAK,
		      bpf_evidence_cap(w->env->prog->aux->token, CAP_PERFMON),
		      evidence_caps_held());
}

/* Models: BPF_MOV in check_alu_op(). Only a 64-bit move without extension copies a pointer. */
static int check_mov(struct walk *w, u8 src)
{
	const struct bpf_insn *insn = w->insn;
	bool whole = BPF_CLASS(insn->code) == BPF_ALU64 && !insn->off;
	int err;

	if (src == NOT_INIT || insn->off == 1)	/* off 1: arena address cast */
		return UNTOLD;
	err = whole ? 0 : no_leak(w, src);
	w->regs[insn->dst_reg] = whole ? src : SCALAR;
	w->off[insn->dst_reg] = w->off[insn->src_reg];
	return err;
}

/* Models: adjust_ptr_min_max_vals(), for a constant and a pointer that stays within the stack. */
static int check_stack_ptr(struct walk *w)
{
	const struct bpf_insn *insn = w->insn;
	s64 off = w->off[insn->dst_reg];

	if (BPF_CLASS(insn->code) != BPF_ALU64 || BPF_SRC(insn->code) != BPF_K ||
	    insn->dst_reg == BPF_REG_FP)
		return UNTOLD;
	off += BPF_OP(insn->code) == BPF_ADD ? insn->imm : -(s64)insn->imm;
	if (off < -MAX_BPF_STACK || off >= 0)
		return UNTOLD;
	w->off[insn->dst_reg] = off;
	return 0;
}

/* Models: kernel/bpf/verifier.c:check_alu_op(). */
static int check_alu_op(struct walk *w)
{
	const struct bpf_insn *insn = w->insn;
	u8 op = BPF_OP(insn->code), *dst = &w->regs[insn->dst_reg];
	u8 src = BPF_SRC(insn->code) == BPF_X ? w->regs[insn->src_reg] : SCALAR;
	int err;

	if (op == BPF_MOV)
		return check_mov(w, src);
	if (op == BPF_NEG || op == BPF_END) {
		err = no_leak(w, *dst);
		*dst = SCALAR;
		return err;
	}
	if (*dst == STACK && (op == BPF_ADD || op == BPF_SUB))
		return check_stack_ptr(w);
	return *dst == SCALAR && src == SCALAR ? 0 : UNTOLD;
}

/* The stack bytes that an instruction accesses; NULL if it accesses other memory. */
static u8 *stack_slot(struct walk *w, u32 reg, u32 *size)
{
	static const u8 sizes[] = { 4, 2, 1, 8 };
	s32 off = w->insn->off + w->off[reg];

	*size = sizes[BPF_SIZE(w->insn->code) >> 3];
	if (w->regs[reg] != STACK || BPF_MODE(w->insn->code) != BPF_MEM ||
	    off < -MAX_BPF_STACK || off + (s32)*size > 0)
		return NULL;
	return w->stack + MAX_BPF_STACK + off;
}

/* Models: check_load_mem(). VF-06: reading uninitialised stack needs CAP_PERFMON. */
static int check_load(struct walk *w)
{
	u32 size, i;
	const u8 *slot = stack_slot(w, w->insn->src_reg, &size);

	if (!slot)
		return UNTOLD;
	for (i = 0; i < size; i++) {
		if (slot[i] == POINTER)
			return UNTOLD;
		if (slot[i] == NOT_INIT && !w->env->allow_ptr_leaks)
			return refuse(-EACCES, CHK_VERIFY_STACK_READ,
				      bpf_evidence_cap(w->env->prog->aux->token, CAP_PERFMON),
				      evidence_caps_held());
	}
	w->regs[w->insn->dst_reg] = SCALAR;
	return 0;
}

/* Models: check_store_reg(). VF-05: overwriting a part of a spilled pointer needs CAP_PERFMON. */
static int check_store(struct walk *w)
{
	const struct bpf_insn *insn = w->insn;
	u8 what = BPF_CLASS(insn->code) == BPF_STX ? w->regs[insn->src_reg] : SCALAR, *slot;
	u32 size;

	slot = stack_slot(w, insn->dst_reg, &size);
	if (!slot || what == NOT_INIT || (what >= POINTER && size != 8))
		return UNTOLD;
	if (size != 8 && memchr(slot, POINTER, size))
		return no_leak(w, POINTER) ?: UNTOLD;
	memset(slot, min(what, (u8)POINTER), size);
	return 0;
}

static int check_ld_imm(struct walk *w)
{
	if (!bpf_is_ldimm64(w->insn))
		return UNTOLD;
	w->regs[w->insn->dst_reg] = w->insn->src_reg ? POINTER : SCALAR;
	w->at++;
	return 0;
}

/* Helpers that take no arguments and return a scalar. */
static bool takes_nothing(u32 id)
{
	return id == BPF_FUNC_ktime_get_ns || id == BPF_FUNC_get_prandom_u32 ||
	       id == BPF_FUNC_get_smp_processor_id || id == BPF_FUNC_jiffies64;
}

static int check_call(struct walk *w)
{
	u32 id = w->insn->imm;
	int err;

	if (w->insn->src_reg)
		return UNTOLD;
	err = bpf_check_helper(w->env, id);
	if (err)
		return err;
	if (!takes_nothing(id))
		return UNTOLD;
	memset(&w->regs[BPF_REG_1], NOT_INIT, 5);
	w->regs[BPF_REG_0] = SCALAR;
	return 0;
}

/* Models: the jumps of do_check(). The return value is not checked against the program type. */
static int check_jump(struct walk *w)
{
	s64 to = bpf_jump_target(w->insn, w->at);

	switch (BPF_OP(w->insn->code)) {
	case BPF_CALL:
		return check_call(w);
	case BPF_EXIT:
		return no_leak(w, w->regs[BPF_REG_0]) ?: UNTOLD;
	case BPF_JA:
		if (to <= w->at)
			return UNTOLD;
		w->at = to - 1;
		return 0;
	default: /* conditional jumps */
		if (BPF_SRC(w->insn->code) == BPF_X)
			return no_leak(w, w->regs[w->insn->src_reg]) ?: UNTOLD;
		return UNTOLD;
	}
}

static int check_insn(struct walk *w)
{
	switch (BPF_CLASS(w->insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return check_alu_op(w);
	case BPF_LDX:
		return check_load(w);
	case BPF_STX:
	case BPF_ST:
		return check_store(w);
	case BPF_LD:
		return check_ld_imm(w);
	default:
		return check_jump(w);
	}
}

/**
 * do_check() - Follow the program until a step gives no verdict, such as a branch.
 *
 * Models: kernel/bpf/verifier.c:do_check(), its beginning; spec VF-03..VF-06.
 */
int do_check(struct bpf_verifier_env *env)
{
	struct walk w = { .env = env };
	int err = 0;

	w.regs[BPF_REG_1] = POINTER;
	for (; !err; w.at++) {
		w.regs[BPF_REG_FP] = STACK;
		w.insn = &env->prog->insnsi[w.at];
		err = check_insn(&w);
		env->prog->aux->verified_insns++;
	}
	return err < 0 ? err : 0;
}
