// SPDX-License-Identifier: MIT
/* A handmade token.c that creates no tokens: only the functions that the model calls. */
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/err.h>

bool bpf_token_capable(const struct bpf_token *token, int cap)
{
	return capable(cap) || capable(CAP_SYS_ADMIN);
}

void bpf_token_inc(struct bpf_token *token)
{
}

void bpf_token_put(struct bpf_token *token)
{
}

int bpf_token_create(union bpf_attr *attr)
{
	return -ENOLINK;
}

struct bpf_token *bpf_token_get_from_fd(u32 ufd)
{
	return ERR_PTR(-ENOLINK);
}

bool bpf_token_allow_cmd(const struct bpf_token *token, enum bpf_cmd cmd)
{
	return false;
}
