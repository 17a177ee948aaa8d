/* SPDX-License-Identifier: GPL-2.0-only */
/* The current task: a variable, which kernel_task() sets. */
#ifndef _ASM_CUR_H
#define _ASM_CUR_H
struct task_struct;
extern struct task_struct *wasm_current;
#define get_current() wasm_current
#define current get_current()
#endif
