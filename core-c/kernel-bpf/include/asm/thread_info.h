/* SPDX-License-Identifier: GPL-2.0-only */
/* The flags of the current thread. */
#ifndef _ASM_TI_H
#define _ASM_TI_H
#define THREAD_SIZE 8192
#define THREAD_SIZE_ORDER 1
#ifndef __ASSEMBLY__
struct task_struct;
struct thread_info {
	unsigned long flags;
	struct task_struct *task;
	int preempt_count;
	unsigned int cpu;
};
extern struct thread_info *wasm_ti;
#define current_thread_info() wasm_ti
#endif
#define TIF_SIGPENDING 1
#define TIF_NEED_RESCHED 2
#define TIF_NOTIFY_RESUME 3
#define TIF_NOTIFY_SIGNAL 4
#define TIF_MEMDIE 5
#define TIF_RESTORE_SIGMASK 6
#define TIF_SYSCALL_TRACE 7
#define _TIF_SIGPENDING (1 << 1)
#define _TIF_NEED_RESCHED (1 << 2)
#endif
