// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helper functions that need a capability. Models: kernel/bpf/helpers.c, net/core/filter.c; spec
 * VF-03, VF-04, VF-09, VF-12.
 * Deviation: which helpers a program type has is not checked.
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <generated/needs.h>

#include "internal.h"
#include "verifier.h"

#define NR_HELPERS 212	/* the highest number in any release that the model knows */

/* The capability that a program of this type needs to call a helper, or 0. */
static int helper_cap(u32 type, u32 id)
{
	const struct helper_need *n;

	for (n = helper_needs; n < helper_needs + ARRAY_SIZE(helper_needs); n++) {
		if (n->id != id || n->not_in == type || (n->only_in && n->only_in != type))
			continue;
		if (kernel_release >= n->since && (!n->until || kernel_release < n->until))
			return n->cap;
	}
	return 0;
}

/* VF-12. Which release between 6.12 and 6.18 began to use the token is not known. */
static bool may_write_user(const struct bpf_token *token)
{
	return kernel_at_least(6, 15) ? bpf_token_capable(token, CAP_SYS_ADMIN) :
					capable(CAP_SYS_ADMIN);
}

/**
 * bpf_check_helper() - May this program call this helper?
 *
 * Models: kernel/bpf/verifier.c:check_helper_call(), helpers.c:bpf_base_func_proto(),
 * syscall.c:syscall_prog_func_proto(); spec VF-03, VF-04, VF-09, VF-12.
 */
int bpf_check_helper(const struct bpf_verifier_env *env, u32 id)
{
	const struct bpf_token *token = env->prog->aux->token;

	if (!id || id >= NR_HELPERS)
		return refuse(-EINVAL, CHK_VERIFY_HELPER, NR_HELPERS, id);
	switch (helper_cap(env->prog->type, id)) {
	case CAP_BPF:
		if (!env->bpf_capable)
			return refuse(-EINVAL, CHK_VERIFY_HELPER_BPF,
				      bpf_evidence_cap(token, CAP_BPF), evidence_caps_held());
		return 0;
	case CAP_SYS_ADMIN:
		if (!may_write_user(token))
			return refuse(-EINVAL, CHK_VERIFY_HELPER_ADMIN,
				      bpf_evidence_cap(token, CAP_SYS_ADMIN),
				      evidence_caps_held());
		return 0;
	case CAP_PERFMON:
		if (!env->allow_ptr_leaks)
			return refuse(-EINVAL, CHK_VERIFY_HELPER_PERFMON,
				      bpf_evidence_cap(token, CAP_PERFMON), evidence_caps_held());
		return 0;
	default:
		return 0;
	}
}
