/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no interrupts. */
#ifndef _ASM_IRQFLAGS_H
#define _ASM_IRQFLAGS_H
static inline unsigned long arch_local_save_flags(void)
{
	return 0;
}
static inline void arch_local_irq_restore(unsigned long f)
{
}
#include <asm-generic/irqflags.h>
#endif
