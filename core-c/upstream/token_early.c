// SPDX-License-Identifier: GPL-2.0-only
/*
 * Weak stubs for functions that the first version of kernel/bpf/token.c does not define.
 *
 * Not part of the model: linked with an upstream token.c, whose functions override them. In the
 * v10-03 version no command takes a token, so nothing calls the stubs. BUG() catches a later
 * version that lacks these functions.
 */
#include <linux/bpf.h>
#include <linux/bug.h>
#include <linux/compiler.h>

/* Models: kernel/bpf/token.c:bpf_token_allow_map_type() (v10..). */
__weak bool bpf_token_allow_map_type(const struct bpf_token *token, enum bpf_map_type type)
{
	BUG();
}

/* Models: kernel/bpf/token.c:bpf_token_allow_prog_type() (v10..). */
__weak bool bpf_token_allow_prog_type(const struct bpf_token *token, enum bpf_prog_type prog_type,
				      enum bpf_attach_type attach_type)
{
	BUG();
}
