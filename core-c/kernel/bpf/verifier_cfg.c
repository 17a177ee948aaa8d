// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control flow of a program: subprograms, jumps and loops.
 * Deviation: unreachable instructions are not modelled.
 * Models: kernel/bpf/verifier.c; spec PL-19, VF-01, VF-02.
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"
#include "verifier.h"

/* Models: kernel/bpf/verifier.c:add_subprog(). */
static int add_subprog(struct bpf_verifier_env *env, s64 start)
{
	u32 i;

	if (start < 0 || start >= env->prog->len)
		return refuse(-EINVAL, CHK_VERIFY_CALL_TARGET, env->prog->len, start);
	for (i = 0; i < env->subprog_cnt && env->subprog_start[i] < start; i++)
		;
	if (i < env->subprog_cnt && env->subprog_start[i] == start)
		return 0;
	if (env->subprog_cnt >= BPF_MAX_SUBPROGS)
		return refuse(-E2BIG, CHK_VERIFY_SUBPROGS, BPF_MAX_SUBPROGS, env->subprog_cnt + 1);
	memmove(&env->subprog_start[i + 1], &env->subprog_start[i],
		(env->subprog_cnt - i) * sizeof(u32));
	env->subprog_start[i] = start;
	env->subprog_cnt++;
	return 0;
}

/*
 * Models: kernel/bpf/verifier.c:add_kfunc_call(). Kfunc 0 is only refused later, if the call is
 * reachable.
 */
static int add_kfunc_call(const struct bpf_verifier_env *env, const struct bpf_insn *insn)
{
	if (!env->prog->gpl_compatible)
		return refuse(-EINVAL, CHK_VERIFY_KFUNC_GPL, 0, insn->imm);
	return insn->imm || insn->off ? not_modelled(UNMODELLED_KFUNCS) : 0;
}

/**
 * add_subprog_and_kfunc() - Collect the call targets; calls need CAP_BPF (spec VF-02).
 *
 * Models: kernel/bpf/verifier.c:add_subprog_and_kfunc().
 */
int add_subprog_and_kfunc(struct bpf_verifier_env *env)
{
	const struct bpf_token *token = env->prog->aux->token;
	u32 i;
	int err = add_subprog(env, 0);

	for (i = 0; !err && i < env->prog->len; i++) {
		const struct bpf_insn *insn = &env->prog->insnsi[i];
		bool kfunc = bpf_pseudo_kfunc_call(insn);

		if (!kfunc && !bpf_pseudo_func(insn) && !bpf_pseudo_call(insn))
			continue;
		if (!env->bpf_capable)
			return refuse(-EPERM, CHK_VERIFY_CALL_CAPABLE,
				      bpf_evidence_cap(token, CAP_BPF), evidence_caps_held());
		err = kfunc ? add_kfunc_call(env, insn) : add_subprog(env, (s64)i + insn->imm + 1);
	}
	env->subprog_start[env->subprog_cnt] = env->prog->len;
	return err;
}

/**
 * check_subprogs() - Check that jumps stay in their subprogram, and that none falls through its
 * 	end.
 *
 * Models: kernel/bpf/verifier.c:check_subprogs(); spec PL-19.
 */
int check_subprogs(struct bpf_verifier_env *env)
{
	const u32 *start = env->subprog_start;
	u32 i;

	for (i = 0; i < env->prog->len; i++) {
		const struct bpf_insn *insn = &env->prog->insnsi[i];
		u8 op = BPF_OP(insn->code);
		s64 to = bpf_jump_target(insn, i);

		if (bpf_is_jump(insn) && op != BPF_EXIT && op != BPF_CALL &&
		    (to < start[0] || to >= start[1]))
			return refuse(-EINVAL, CHK_VERIFY_JUMP_RANGE, start[1], to);
		if (i + 1 != start[1])
			continue;
		if (insn->code != (BPF_JMP | BPF_EXIT) && insn->code != (BPF_JMP | BPF_JA) &&
		    insn->code != (BPF_JMP32 | BPF_JA))
			return refuse(-EINVAL, CHK_VERIFY_LAST, BPF_JMP | BPF_EXIT, insn->code);
		start++;
	}
	return 0;
}

/* State of an instruction in the depth-first search, and the edges that were followed. */
enum { DISCOVERED = 1, EXPLORED = 2, FALLTHROUGH = 4, BRANCH = 8 };

struct cfg {
	struct bpf_verifier_env *env;
	u8 *state;
	u32 *stack;
	u32 depth;
};

/*
 * Returns 1 if the search continues at @w. Targets lie within the program, as check_subprogs() has
 * checked. Models: push_insn().
 */
static int push_insn(struct cfg *cfg, u32 t, u32 w, u8 edge)
{
	const struct bpf_prog *prog = cfg->env->prog;

	if (cfg->state[t] & edge)
		return 0;
	if (cfg->state[w] & EXPLORED) {
		cfg->state[t] |= edge;
		return 0;
	}
	if (!(cfg->state[w] & DISCOVERED)) {
		cfg->state[t] |= edge;
		cfg->state[w] = DISCOVERED;
		cfg->stack[cfg->depth++] = w;
		return 1;
	}
	if (!cfg->env->bpf_capable)
		return refuse(-EINVAL, CHK_VERIFY_BACK_EDGE,
			      bpf_evidence_cap(prog->aux->token, CAP_BPF), evidence_caps_held());
	return 0;
}

/* Models: kernel/bpf/verifier.c:visit_insn(). */
static int visit_insn(struct cfg *cfg, u32 t)
{
	const struct bpf_insn *insn = &cfg->env->prog->insnsi[t];
	u8 op = BPF_OP(insn->code);
	bool call = bpf_pseudo_func(insn);
	int ret;

	if (bpf_is_jump(insn)) {
		if (op == BPF_EXIT)
			return 0;
		if (op == BPF_JA)
			return push_insn(cfg, t, bpf_jump_target(insn, t), FALLTHROUGH);
		call = bpf_pseudo_call(insn);
	}
	ret = push_insn(cfg, t, t + 1 + bpf_is_ldimm64(insn), FALLTHROUGH);
	if (ret)
		return ret;
	if (call)
		return push_insn(cfg, t, t + 1 + insn->imm, BRANCH);
	if (bpf_is_jump(insn) && op != BPF_CALL)
		return push_insn(cfg, t, bpf_jump_target(insn, t), BRANCH);
	return 0;
}

/* Compilers emit no unreachable instructions. */
static int all_reached(const struct cfg *cfg)
{
	const struct bpf_prog *prog = cfg->env->prog;
	u32 t;

	for (t = 0; t < prog->len; t += 1 + bpf_is_ldimm64(&prog->insnsi[t]))
		if (!(cfg->state[t] & EXPLORED))
			return not_modelled(UNMODELLED_INSTRUCTIONS);
	return 0;
}

/**
 * check_cfg() - Walk all paths of a program, without looking at data.
 *
 * Models: kernel/bpf/verifier.c:check_cfg(); spec VF-01.
 */
int check_cfg(struct bpf_verifier_env *env)
{
	u32 len = env->prog->len;
	struct cfg cfg = { .env = env };
	int err;

	cfg.state = kcalloc(len, sizeof(*cfg.state), GFP_KERNEL);
	cfg.stack = kcalloc(len, sizeof(*cfg.stack), GFP_KERNEL);
	if (!cfg.state || !cfg.stack) {
		err = refuse(-ENOMEM, CHK_PROG_LOAD_VERIFIER_MEMORY, len, 0);
		goto out;
	}
	cfg.state[0] = DISCOVERED;
	cfg.stack[cfg.depth++] = 0;
	while (cfg.depth) {
		u32 t = cfg.stack[cfg.depth - 1];

		err = visit_insn(&cfg, t);
		if (err < 0)
			goto out;
		if (err)
			continue;
		cfg.state[t] |= EXPLORED;
		cfg.depth--;
	}
	err = all_reached(&cfg);
out:
	kfree(cfg.state);
	kfree(cfg.stack);
	return err;
}
