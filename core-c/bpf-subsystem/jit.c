// SPDX-License-Identifier: GPL-2.0-only
/*
 * A JIT compiler that compiles nothing. Stands in for arch/x86/net/bpf_jit_comp.c. With it the
 * verifier takes the same paths as on x86-64. A program cannot run then; without it, the
 * interpreter runs programs.
 */
#include <linux/bpf.h>
#include <linux/filter.h>

#include "glue.h"

extern int bpf_jit_enable;
static u64 image_end = 0x100000000ull;

#if SINCE_7
struct bpf_prog *bpf_int_jit_compile(struct bpf_verifier_env *env, struct bpf_prog *prog)
#else
struct bpf_prog *bpf_int_jit_compile(struct bpf_prog *prog)
#endif
{
	if (!bpf_jit_enable || !prog->jit_requested || prog->jited)
		return prog;
	image_end += PAGE_SIZE;
	prog->bpf_func = (void *)image_end;
	prog->jited = 1;
	prog->jited_len = 64;
	return prog;
}

void bpf_jit_free(struct bpf_prog *fp)
{
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
int bpf_arch_text_poke(void *ip, enum bpf_text_poke_type t, enum bpf_text_poke_type nt, void *o,
		       void *n)
{
	return 0;
}
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
#else
int bpf_arch_text_poke(void *ip, enum bpf_text_poke_type t, void *o, void *n)
{
	return 0;
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
