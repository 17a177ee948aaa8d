// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls each function of token.c directly, with arguments that no system call passes. This also
 * compares functions that nothing calls yet, as in the first patches of a series.
 */
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/lsm_answer.h>
#include <linux/release.h>

#include "sequence.h"

/* More of each than the newest release has. */
#define COMMANDS 40
#define MAP_TYPES 36
#define PROG_TYPES 36
#define ATTACH_TYPES 64

/* What a direct call answers, for observers. */
enum asked { ASKED_TOKEN, ASKED_CMDS, ASKED_MAPS, ASKED_PROGS, ASKED_ATTACHS, ASKED_CAPS };

static void answer(enum asked what, u64 value)
{
	if (seq_is_observed())
		seq_note(SEQ_NOTE_DIRECT, 0, 0, what, value);
	seq_answer(value);
}

static void ask_commands(const struct bpf_token *token)
{
	u64 cmds = 0;
	u32 i;

	for (i = 0; i < COMMANDS; i++)
		cmds |= (u64)bpf_token_allow_cmd(token, i) << i;
	answer(ASKED_CMDS, cmds);
}

static void ask_types(const struct bpf_token *token)
{
	u64 maps = 0, progs = 0, attachs = 0;
	u32 i;

	/* patch 3 of the series does not have these functions */
	if (kernel_is_v10_03())
		return;
	for (i = 0; i < MAP_TYPES; i++)
		maps |= (u64)bpf_token_allow_map_type(token, i) << i;
	for (i = 0; i < PROG_TYPES; i++)
		progs |= (u64)bpf_token_allow_prog_type(token, i, i) << i;
	for (i = 0; i < ATTACH_TYPES; i++)
		attachs |= (u64)bpf_token_allow_prog_type(token, BPF_PROG_TYPE_XDP, i) << i;
	answer(ASKED_MAPS, maps);
	answer(ASKED_PROGS, progs);
	answer(ASKED_ATTACHS, attachs);
}

static void ask_each_capability(const struct bpf_token *token)
{
	static const u8 caps[] = { CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_ADMIN };
	u32 i, held = 0;

	for (i = 0; i < ARRAY_SIZE(caps); i++)
		held |= (u32)bpf_token_capable(token, caps[i]) << i;
	answer(ASKED_CAPS, held);
}

/* Asks once more while an LSM refuses, because code after a refusal runs only then. */
static void ask_capabilities(const struct bpf_token *token)
{
	ask_each_capability(token);
	kernel_lsm_answer(LSM_HOOK_CAPABLE, -EPERM);
	ask_each_capability(token);
	kernel_lsm_answer(LSM_HOOK_CAPABLE, 0);
}

/* Runs as the process that owns the fd. */
static void ask_fd(u64 fd)
{
	struct bpf_token *token = bpf_token_get_from_fd((u32)fd);

	answer(ASKED_TOKEN, (u64)(s64)PTR_ERR_OR_ZERO(token));
	if (IS_ERR(token))
		return;
	bpf_token_inc(token);
	bpf_token_put(token);
	ask_commands(token);
	ask_types(token);
	ask_capabilities(token);
	bpf_token_put(token);
}

/* Commands and types are only asked with a token, so only test capabilities without one. */
static void ask_none(u64 unused)
{
	(void)unused;
	ask_capabilities(NULL);
	bpf_token_put(NULL);
}

/**
 * seq_direct() - Compare the functions of token.c at the end of a process.
 * @task: the process; uses its newest token, and its newest directory as a wrong fd
 *
 * Calls of LSM hooks belong to the answers here, so that a difference is known to be of direct calls.
 */
void seq_direct(const struct seq_task *task)
{
	u64 before = seq.result.hooks;

	kernel_run_as(task->pid, ask_fd, (u64)(s64)task->last[FD_KIND_TOKEN]);
	kernel_run_as(task->pid, ask_fd, (u64)(s64)task->last[FD_KIND_DIR]);
	kernel_run_as(task->pid, ask_none, 0);
	seq_answer(seq.result.hooks);
	seq.result.hooks = before;
}
