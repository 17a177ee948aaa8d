/* SPDX-License-Identifier: GPL-2.0-only */
/* The processor: one thread, no context to switch. */
#ifndef _ASM_PROCESSOR_H
#define _ASM_PROCESSOR_H
#include <asm/ptrace.h>
struct thread_struct {
	unsigned long sp;
};
#define INIT_THREAD {0}
#define TASK_SIZE 0x80000000UL
#define TASK_UNMAPPED_BASE 0x10000000UL
#define STACK_TOP TASK_SIZE
#define STACK_TOP_MAX TASK_SIZE
#define cpu_relax() barrier()
#define task_pt_regs(t) ((struct pt_regs *)0)
#define KSTK_EIP(t) 0
#define KSTK_ESP(t) 0
struct task_struct;
static inline unsigned long __get_wchan(struct task_struct *t)
{
	return 0;
}
#endif
