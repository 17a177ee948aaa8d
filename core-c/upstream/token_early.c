// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for what the first text of kernel/bpf/token.c does not have yet.
 *
 * Not part of the model: linked beside the kernel's own file, whose functions
 * replace these. The text of v10-03 makes tokens that no command takes, so
 * nothing calls these either; a later text without them is a mistake that the
 * trap shows.
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
