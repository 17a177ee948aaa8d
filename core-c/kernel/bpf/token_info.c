// SPDX-License-Identifier: GPL-2.0-only
/*
 * OBJ_GET_INFO_BY_FD of a token. Models: kernel/bpf/token.c (6.17..). The function has its own
 * file and is weak, so that an upstream token.c of any release can replace token.c.
 */
#include <linux/bpf.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

/**
 * bpf_token_get_info_by_fd() - Report the masks of a token.
 * @token: the token
 * @attr: attributes of the call
 * @uattr: the attributes in user space; the length is written back
 *
 * Models: kernel/bpf/token.c:bpf_token_get_info_by_fd() (6.17..); spec OI-05, OI-06.
 */
__weak int bpf_token_get_info_by_fd(struct bpf_token *token, const union bpf_attr *attr,
				    union bpf_attr __user *uattr)
{
	void __user *uinfo = u64_to_user_ptr(attr->info.info);
	struct bpf_token_info info;
	u32 len = min((u32)sizeof(info), attr->info.info_len);

	info = (struct bpf_token_info){
		.allowed_cmds = token->allowed_cmds,
		.allowed_maps = token->allowed_maps,
		.allowed_progs = token->allowed_progs,
		.allowed_attachs = token->allowed_attachs,
	};
	if (copy_to_user(uinfo, &info, len) || put_user(len, &uattr->info.info_len))
		return refuse(-EFAULT, CHK_TOKEN_INFO_BUFFER, len, 0);
	return 0;
}
