/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of x86-64, because BTF and bpf_trace.c name them. */
#ifndef _ASM_PTRACE_H
#define _ASM_PTRACE_H
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip,
	    cs, flags, sp, ss;
};
#define user_mode(r) 1
#define instruction_pointer(r) ((r)->ip)
#define user_stack_pointer(r) ((r)->sp)
#define profile_pc(r) ((r)->ip)
#define kernel_stack_pointer(r) ((r)->sp)
#define regs_return_value(r) ((r)->ax)
#define arch_has_single_step() 0
static inline void instruction_pointer_set(struct pt_regs *r, unsigned long v)
{
	r->ip = v;
}
#endif
