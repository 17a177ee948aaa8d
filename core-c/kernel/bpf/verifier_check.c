// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the instructions of a program do, from the first one on to where more
 * than this has to be known: a jump that depends on something, a call with
 * arguments, memory that is not the stack. Models: kernel/bpf/verifier.c; spec
 * PL-19, VF-03..VF-06. Deviation: what lies behind is taken to be fine.
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "internal.h"
#include "verifier.h"

/* What a register or a byte of the stack holds; a pointer is one that is not looked into. */
enum { NOT_INIT, SCALAR, POINTER, STACK };

/* An answer of the steps below: go no further. */
#define UNTOLD 1

struct walk {
	const struct bpf_verifier_env *env;
	const struct bpf_insn *insn;
	u32 at;
	bool unchanged;		/* so far there was nothing that the kernel rewrites */
	u8 regs[MAX_BPF_REG];
	u8 stack[MAX_BPF_STACK];
};

/* Models: check_reg_arg() of a source. */
static int read_reg(const struct walk *w, u32 reg)
{
	if (reg >= MAX_BPF_REG)
		return refuse(-EINVAL, CHK_VERIFY_REGISTER, MAX_BPF_REG, reg);
	if (w->regs[reg] == NOT_INIT)
		return refuse(-EACCES, CHK_VERIFY_NOT_INIT, 0, reg);
	return 0;
}

/* Models: check_reg_arg() of a destination. */
static int write_reg(const struct walk *w)
{
	u32 reg = w->insn->dst_reg;

	if (reg >= MAX_BPF_REG)
		return refuse(-EINVAL, CHK_VERIFY_REGISTER, MAX_BPF_REG, reg);
	if (reg == BPF_REG_FP)
		return refuse(-EACCES, CHK_VERIFY_FRAME_POINTER, 0, w->at);
	return 0;
}

/* VF-05. Models: what follows from is_pointer_value(). */
static int leak(const struct walk *w)
{
	return refuse(-EACCES, CHK_VERIFY_LEAK,
		      bpf_evidence_cap(w->env->prog->aux->token, CAP_PERFMON),
		      evidence_caps_held());
}

static int no_leak(const struct walk *w, u32 reg)
{
	return w->regs[reg] != SCALAR && !w->env->allow_ptr_leaks ? leak(w) : 0;
}

/* Operations by a constant that never mean anything. */
static bool constant_ok(const struct bpf_insn *insn)
{
	u32 bits = BPF_CLASS(insn->code) == BPF_ALU64 ? 64 : 32, op = BPF_OP(insn->code);

	if (BPF_SRC(insn->code) == BPF_X)
		return true;
	if (op == BPF_DIV || op == BPF_MOD)
		return insn->imm;
	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		return (u32)insn->imm < bits;
	return true;
}

/* Models: the move of check_alu_op(). */
static int check_mov(struct walk *w)
{
	const struct bpf_insn *insn = w->insn;
	int err = BPF_SRC(insn->code) == BPF_X ? read_reg(w, insn->src_reg) : 0;

	if (!err)
		err = write_reg(w);
	if (err)
		return err;
	if (BPF_SRC(insn->code) == BPF_K) {
		w->regs[insn->dst_reg] = SCALAR;
		return 0;
	}
	if (BPF_CLASS(insn->code) != BPF_ALU64 || insn->off) {
		err = no_leak(w, insn->src_reg);
		if (err)
			return err;
	}
	w->regs[insn->dst_reg] = insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) && !insn->off ?
				 w->regs[insn->src_reg] : SCALAR;
	return 0;
}

/* Models: kernel/bpf/verifier.c:check_alu_op(). */
static int check_alu_op(struct walk *w)
{
	const struct bpf_insn *insn = w->insn;
	u8 op = BPF_OP(insn->code);
	bool unary = op == BPF_NEG || op == BPF_END, two = !unary && BPF_SRC(insn->code) == BPF_X;
	int err;

	if (op == BPF_MOV)
		return check_mov(w);
	err = two ? read_reg(w, insn->src_reg) : 0;
	if (!err)
		err = read_reg(w, insn->dst_reg);
	if (!err && unary)
		err = no_leak(w, insn->dst_reg);
	if (err)
		return err;
	if (!unary && !constant_ok(insn))
		return refuse(-EINVAL, CHK_VERIFY_CONSTANT, 0, (u32)insn->imm);
	err = write_reg(w);
	if (err)
		return err;
	if (!unary && (w->regs[insn->dst_reg] != SCALAR ||
		       (two && w->regs[insn->src_reg] != SCALAR)))
		return UNTOLD;
	w->regs[insn->dst_reg] = SCALAR;
	return 0;
}

/* Where an access to the stack lies; NULL for one that is refused, or not told about. */
static u8 *stack_access(struct walk *w, u32 reg, u32 *size, int *err)
{
	static const u8 sizes[] = { 4, 2, 1, 8 };
	s32 off = w->insn->off;

	*size = sizes[BPF_SIZE(w->insn->code) >> 3];
	*err = UNTOLD;
	if (w->regs[reg] == SCALAR) {
		*err = refuse(-EACCES, CHK_VERIFY_MEMORY, 0, w->at);
		return NULL;
	}
	if (w->regs[reg] != STACK)
		return NULL;
	if (off < -MAX_BPF_STACK || off + (s32)*size > 0 || off & (*size - 1)) {
		*err = refuse(-EACCES, CHK_VERIFY_STACK, MAX_BPF_STACK, off);
		return NULL;
	}
	*err = 0;
	return w->stack + MAX_BPF_STACK + off;
}

static int part_of_pointer(const struct walk *w)
{
	return refuse(-EACCES, CHK_VERIFY_POINTER_PART, 8, w->at);
}

/* Models: check_load_mem(). VF-06: what was never written may be read with CAP_PERFMON only. */
static int check_load(struct walk *w)
{
	u32 size, i, dst = w->insn->dst_reg;
	int err = read_reg(w, w->insn->src_reg);
	const u8 *slot;

	if (!err)
		err = write_reg(w);
	if (err)
		return err;
	slot = stack_access(w, w->insn->src_reg, &size, &err);
	if (!slot)
		return err;
	for (i = 0; i < size; i++) {
		if (slot[i] == POINTER)
			return size == 8 ? UNTOLD : part_of_pointer(w);
		if (slot[i] == NOT_INIT && !w->env->allow_ptr_leaks)
			return refuse(-EACCES, CHK_VERIFY_STACK_READ,
				      bpf_evidence_cap(w->env->prog->aux->token, CAP_PERFMON),
				      evidence_caps_held());
	}
	w->regs[dst] = SCALAR;
	return 0;
}

/* Models: check_store_reg(), and what do_check() does about constants. */
static int check_store(struct walk *w)
{
	const struct bpf_insn *insn = w->insn;
	bool reg = BPF_CLASS(insn->code) == BPF_STX;
	u8 what = SCALAR, *slot;
	int err = reg ? read_reg(w, insn->src_reg) : 0;
	u32 size;

	if (!err)
		err = read_reg(w, insn->dst_reg);
	if (err)
		return err;
	slot = stack_access(w, insn->dst_reg, &size, &err);
	if (!slot)
		return err;
	if (reg && w->regs[insn->src_reg] != SCALAR)
		what = POINTER;
	if (size != 8 && memchr(slot, POINTER, size))
		return w->env->allow_ptr_leaks ? UNTOLD : leak(w);
	if (size != 8 && what == POINTER)
		return part_of_pointer(w);
	memset(slot, what, size);
	return 0;
}

static int check_ld_imm(struct walk *w)
{
	const struct bpf_insn *insn = w->insn;
	int err = write_reg(w);

	if (err)
		return err;
	if (insn->src_reg == BPF_PSEUDO_FUNC)	/* without names, none can be a callback */
		return refuse(-EINVAL, CHK_VERIFY_CALLBACK, 0, w->at);
	w->regs[insn->dst_reg] = insn->src_reg ? POINTER : SCALAR;
	w->at++;
	return 0;
}

/* Helpers that take nothing and give a number. */
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

/* Models: the jumps of do_check(). What the type of a program may return is not looked at. */
static int check_jump(struct walk *w)
{
	u8 op = BPF_OP(w->insn->code);
	int err;

	if (op == BPF_CALL)
		return check_call(w);
	if (op == BPF_JA) {
		s64 to = bpf_jump_target(w->insn, w->at);

		if (to <= w->at)
			return UNTOLD;
		w->at = to - 1;
		return 0;
	}
	err = op == BPF_EXIT ? read_reg(w, BPF_REG_0) : 0;
	if (!err && op == BPF_EXIT)
		err = no_leak(w, BPF_REG_0);
	return err ? err : UNTOLD;
}

/* Models: the first half of check_cond_jmp_op(), which comes before what its fields hold. */
static bool is_conditional(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return bpf_is_jump(insn) && op != BPF_JA && op != BPF_CALL && op != BPF_EXIT &&
	       op != BPF_JCOND;
}

/* Its second half, as far as pointers to packets are not concerned. */
static int check_compared(const struct walk *w)
{
	u32 src = w->insn->src_reg;
	int err = BPF_SRC(w->insn->code) == BPF_X ? read_reg(w, src) : 0;

	if (!err && BPF_SRC(w->insn->code) == BPF_X)
		err = no_leak(w, src);
	return err ? err : UNTOLD;
}

static int check_insn(struct walk *w)
{
	int err = is_conditional(w->insn) ? read_reg(w, w->insn->dst_reg) : 0;

	if (err)
		return err;
	if (BPF_CLASS(w->insn->code) == BPF_LD && BPF_MODE(w->insn->code) != BPF_IMM)
		return UNTOLD;
	if (!bpf_insn_fields_ok(w->insn)) {
		if (w->insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) && w->insn->off == 1)
			return UNTOLD;	/* for programs that use an arena */
		return refuse(-EINVAL, CHK_VERIFY_FIELDS, 0, w->at);
	}
	switch (BPF_CLASS(w->insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return check_alu_op(w);
	case BPF_LDX:
		return check_load(w);
	case BPF_STX:
	case BPF_ST:
		return BPF_MODE(w->insn->code) == BPF_MEM ? check_store(w) : UNTOLD;
	case BPF_LD:
		return check_ld_imm(w);
	default:
		return is_conditional(w->insn) ? check_compared(w) : check_jump(w);
	}
}

/* Constants, moves and sums are loaded as they are; divisions, jumps, memory and calls may not be. */
static bool stays(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return op != BPF_DIV && op != BPF_MOD;
	case BPF_LD:
		return bpf_is_ldimm64(insn) && !insn->src_reg;
	default:
		return insn->code == (BPF_JMP | BPF_EXIT);
	}
}

/**
 * do_check() - go along with the program while there is one way to go.
 *
 * Models: kernel/bpf/verifier.c:do_check(), its beginning; spec VF-03..VF-06.
 */
int do_check(struct bpf_verifier_env *env)
{
	struct walk w = { .env = env, .unchanged = true };
	struct bpf_prog_aux *aux = env->prog->aux;
	int err = 0;

	w.regs[BPF_REG_1] = POINTER;
	w.regs[BPF_REG_FP] = STACK;
	for (; !err; w.at++) {
		w.insn = &env->prog->insnsi[w.at];
		w.unchanged &= stays(w.insn);
		err = check_insn(&w);
		aux->verified_insns++;
	}
	aux->unchanged = w.unchanged && w.insn->code == (BPF_JMP | BPF_EXIT);
	return err < 0 ? err : 0;
}
