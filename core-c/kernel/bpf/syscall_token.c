// SPDX-License-Identifier: GPL-2.0-only
/*
 * The token of a command. Models: the code that map_create(), bpf_prog_load(), bpf_btf_load() and
 * bpf_btf_get_fd_by_id() of kernel/bpf/syscall.c have in common; spec section 3.1.
 */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "internal.h"

/**
 * bpf_attr_token() - Get the token that a command's attributes name.
 * @cmd: the command
 * @attr: its attributes
 * @flags: the command's flags, with BPF_F_TOKEN_FD since 6.9. The v10 series has no flag: fd 0
 * 	means no token (TF-05).
 *
 * Return: the token with a reference; NULL for none; or an error (TF-01, TF-02).
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
 * bpf_drop_token() - Ignore a token that does not allow the command or type.
 *
 * Spec TA-04: the kernel ignores the token silently, so the model records it.
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
 * bpf_filter_token_cmd() - Ignore a token that does not allow the command.
 * @token: the token with a reference; or NULL
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

/** bpf_evidence_cap() - Record a capability and the user namespace it was checked in (CP-01). */
u64 bpf_evidence_cap(const struct bpf_token *token, int cap)
{
	return evidence_cap(cap, token ? token->userns : &init_user_ns);
}
