// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the JIT compiler of x86-64 supports. Stands in for arch/x86/net/bpf_jit_comp.c, so that the
 * verifier takes the same paths; compiled.c has what it compiles to.
 */
#include <linux/bpf.h>
#include <linux/filter.h>

#include "calls.h"
#include "glue.h"

extern int bpf_jit_enable;

#if SINCE_7
struct bpf_prog *bpf_int_jit_compile(struct bpf_verifier_env *env, struct bpf_prog *prog)
#else
struct bpf_prog *bpf_int_jit_compile(struct bpf_prog *prog)
#endif
{
	if (!bpf_jit_enable || !prog->jit_requested)
		return prog;
	return compile_program(prog);
}

void bpf_jit_free(struct bpf_prog *fp)
{
	free_compiled(fp);
	bpf_prog_unlock_free(fp);
}

bool bpf_jit_needs_zext(void)
{
	return false;
}

bool bpf_jit_supports_kfunc_call(void)
{
	return bpf_jit_enable;
}

bool bpf_jit_supports_subprog_tailcalls(void)
{
	return bpf_jit_enable;
}

bool bpf_jit_supports_percpu_insn(void)
{
	return bpf_jit_enable;
}

bool bpf_jit_supports_exceptions(void)
{
	return bpf_jit_enable;
}

bool bpf_jit_supports_arena(void)
{
	return bpf_jit_enable;
}

bool bpf_jit_supports_far_kfunc_call(void)
{
	return bpf_jit_enable;
}

bool bpf_jit_supports_ptr_xchg(void)
{
	return bpf_jit_enable;
}

bool bpf_jit_supports_insn(struct bpf_insn *i, bool a)
{
	return !a || bpf_jit_enable;
}

/* x86-64 inlines some helpers. No verdict depends on it. */
bool bpf_jit_inlines_helper_call(s32 helper)
{
	return false;
}

u64 bpf_arch_uaddress_limit(void)
{
	return bpf_jit_enable ? 0x7fffffffffff1000ull : 0;
}

#if SINCE_7
bool bpf_jit_supports_stack_args(void)
{
	return bpf_jit_enable;
}
bool bpf_jit_supports_arena_args(void)
{
	return bpf_jit_enable;
}
bool bpf_jit_supports_private_stack(void)
{
	return bpf_jit_enable;
}
bool bpf_jit_supports_timed_may_goto(void)
{
	return bpf_jit_enable;
}
bool bpf_jit_supports_fsession(void)
{
	return bpf_jit_enable;
}
#endif

void bpf_arch_poke_desc_update(struct bpf_jit_poke_descriptor *p, struct bpf_prog *n,
			       struct bpf_prog *o)
{
}

EXPORT(kernel_jit) void kernel_jit(int on)
{
	bpf_jit_enable = on;
}
