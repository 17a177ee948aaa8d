// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation under a fault, an answer of an LSM hook, or a umask, which end with the operation.
 * So the error paths of single calls run, and the rest of the sequence is not affected.
 */
#include <linux/lsm_answer.h>
#include <linux/slab.h>

#include "sequence.h"

static void fail_nth_request(struct seq_task *task, u32 kind, u32 n)
{
	kernel_fail_nth(kind, n);
	seq_note(SEQ_NOTE_FAIL, task->pid, 0, kind, (u64)n);
}

static void answer_hook(struct seq_task *task, u32 hook, s32 answer)
{
	kernel_lsm_answer(hook, answer);
	seq_note(SEQ_NOTE_LSM, task->pid, 0, hook, (u64)(s64)answer);
}

/* Mostly calls that create objects, because their errors have something to undo. */
static void operation(struct seq_task *task)
{
	u32 op = seq_byte();

	if (op < 96)
		seq_token_create(task, seq_fd(task, FD_KIND_DIR));
	else if (op < 192)
		seq_bpf(task, op % SEQ_BPF_OPS);
	else
		seq_fs(task, op % SEQ_FS_OPS);
}

/** seq_guarded() - Run an operation under a guard that @how chooses, or a program that pins. */
void seq_guarded(struct seq_task *task, u32 how)
{
	static const s32 answers[] = { -EPERM, -EACCES, 1, -ENOMEM };
	u32 guard = how >> 4 & 7, hook = how % NR_LSM_HOOKS;

	if (guard == 7 || seq_options.confined) {
		seq_umask(task, how);
		operation(task);
	} else if (guard == 6) {
		seq_pins(task);
	} else if (guard < NR_FAULT_KINDS) {
		fail_nth_request(task, guard, 1 + (how & 15));
		operation(task);
		fail_nth_request(task, guard, 0);
	} else {
		answer_hook(task, hook, seq_pick(answers));
		operation(task);
		answer_hook(task, hook, 0);
	}
}
