// SPDX-License-Identifier: GPL-2.0-only
/*
 * The token that a command brings along. Models: what map_create(),
 * bpf_prog_load(), bpf_btf_load() and bpf_btf_get_fd_by_id() of
 * kernel/bpf/syscall.c have in common; spec section 3.1.
 */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "internal.h"

/**
 * bpf_attr_token() - the token that the attributes of a command name.
 * @cmd: the command
 * @attr: its attributes
 * @flags: where the flag is since 6.9; the series had none, and 0 for "no token" (TF-05)
 *
 * Return: the token, counted; NULL for none; or an error (TF-01, TF-02).
 */
struct bpf_token *bpf_attr_token(u32 cmd, const union bpf_attr *attr, u32 flags)
{
	int offset = bpf_release_token_fd_offset(cmd);
	u32 fd;

	if (offset < 0)
		return NULL;
	memcpy(&fd, (const char *)attr + offset, sizeof(fd));
	if (kernel_is_series() ? !fd : !(flags & BPF_F_TOKEN_FD))
		return NULL;
	return bpf_token_get_from_fd(fd);
}

/**
 * bpf_drop_token() - a token does not cover what is asked: go on as if there were none.
 *
 * Spec TA-04: that is silent, so it is recorded.
 *
 * Return: NULL
 */
struct bpf_token *bpf_drop_token(struct bpf_token *token, enum check_id why, u64 needed,
				 u64 present)
{
	decide(why, needed, present);
	bpf_token_put(token);
	return NULL;
}

/**
 * bpf_filter_token_cmd() - a token, if it covers a command.
 * @token: the token, counted; or NULL
 * @cmd: the command
 *
 * Return: @token, or NULL if it was dropped (TA-01)
 */
struct bpf_token *bpf_filter_token_cmd(struct bpf_token *token, u32 cmd)
{
	if (!token || bpf_token_allow_cmd(token, cmd))
		return token;
	if (!(token->allowed_cmds & 1ULL << cmd))
		return bpf_drop_token(token, CHK_TOKEN_DROPPED_CMD, cmd, token->allowed_cmds);
	return bpf_drop_token(token, CHK_TOKEN_DROPPED_LSM, cmd, token->allowed_cmds);
}

/**
 * bpf_evidence_cap() - a capability, in the namespace where it was asked for (CP-01).
 */
u64 bpf_evidence_cap(const struct bpf_token *token, int cap)
{
	return evidence_cap(cap, token ? token->userns : &init_user_ns);
}
