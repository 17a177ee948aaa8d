// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helper functions that need a capability. Models: kernel/bpf/helpers.c, net/core/filter.c; spec
 * VF-03, VF-04, VF-09, VF-12.
 * Deviation: which helpers a program type has is not checked.
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/release.h>

#include "internal.h"
#include "verifier.h"

#define NR_HELPERS 212	/* the highest number in any release that the model knows */

/* Helpers that need CAP_BPF, VF-03, and CAP_PERFMON, VF-04. */
static const u8 helpers_bpf[] = {
	BPF_FUNC_get_current_cgroup_id, BPF_FUNC_spin_lock, BPF_FUNC_spin_unlock,
	BPF_FUNC_jiffies64, BPF_FUNC_get_current_ancestor_cgroup_id, BPF_FUNC_per_cpu_ptr,
	BPF_FUNC_this_cpu_ptr, BPF_FUNC_for_each_map_elem, BPF_FUNC_timer_init,
	BPF_FUNC_timer_set_callback, BPF_FUNC_timer_start, BPF_FUNC_timer_cancel, BPF_FUNC_loop,
	BPF_FUNC_kptr_xchg, BPF_FUNC_dynptr_from_mem, BPF_FUNC_ringbuf_reserve_dynptr,
	BPF_FUNC_ringbuf_submit_dynptr, BPF_FUNC_ringbuf_discard_dynptr, BPF_FUNC_dynptr_read,
	BPF_FUNC_dynptr_write, BPF_FUNC_dynptr_data, BPF_FUNC_user_ringbuf_drain,
	BPF_FUNC_cgrp_storage_get, BPF_FUNC_cgrp_storage_delete,
};

static const u8 helpers_perfmon[] = {
	BPF_FUNC_trace_printk, BPF_FUNC_get_current_task, BPF_FUNC_probe_read_user,
	BPF_FUNC_probe_read_kernel, BPF_FUNC_probe_read_user_str,
	BPF_FUNC_probe_read_kernel_str, BPF_FUNC_snprintf_btf, BPF_FUNC_get_current_task_btf,
	BPF_FUNC_snprintf, BPF_FUNC_task_pt_regs, BPF_FUNC_trace_vprintk,
};

/* Helpers that need CAP_PERFMON, except in syscall programs. */
static const u8 helpers_sock[] = {
	BPF_FUNC_skc_to_tcp6_sock, BPF_FUNC_skc_to_tcp_sock, BPF_FUNC_skc_to_tcp_timewait_sock,
	BPF_FUNC_skc_to_tcp_request_sock, BPF_FUNC_skc_to_udp6_sock, BPF_FUNC_skc_to_unix_sock,
	BPF_FUNC_skc_to_mptcp_sock,
};

/*
 * Helpers that need CAP_PERFMON since 6.16. Before, some were only for tracing programs, the others
 * for all programs.
 */
static const u8 helpers_tracing[] = {
	BPF_FUNC_get_current_comm, BPF_FUNC_perf_event_read, BPF_FUNC_perf_event_read_value,
	BPF_FUNC_send_signal, BPF_FUNC_send_signal_thread, BPF_FUNC_get_task_stack,
	BPF_FUNC_copy_from_user, BPF_FUNC_get_branch_snapshot, BPF_FUNC_find_vma,
	BPF_FUNC_copy_from_user_task,
};

static bool is_one_of(u32 id, const u8 *ids, u32 n)
{
	while (n--)
		if (ids[n] == id)
			return true;
	return false;
}

static bool needs_perfmon(const struct bpf_verifier_env *env, u32 id)
{
	bool calls = env->prog->type == BPF_PROG_TYPE_SYSCALL, since = kernel_at_least(6, 16);

	if (calls && id == BPF_FUNC_sys_bpf)
		return true;
	if (!calls && is_one_of(id, helpers_sock, ARRAY_SIZE(helpers_sock)))
		return true;
	if (since && is_one_of(id, helpers_tracing, ARRAY_SIZE(helpers_tracing)))
		return true;
	return (!calls || since) && is_one_of(id, helpers_perfmon, ARRAY_SIZE(helpers_perfmon));
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
	if (!env->bpf_capable && is_one_of(id, helpers_bpf, ARRAY_SIZE(helpers_bpf)))
		return refuse(-EINVAL, CHK_VERIFY_HELPER_BPF, bpf_evidence_cap(token, CAP_BPF),
			      evidence_caps_held());
	if (id == BPF_FUNC_probe_write_user && !may_write_user(token))
		return refuse(-EINVAL, CHK_VERIFY_HELPER_ADMIN,
			      bpf_evidence_cap(token, CAP_SYS_ADMIN), evidence_caps_held());
	if (!env->allow_ptr_leaks && needs_perfmon(env, id))
		return refuse(-EINVAL, CHK_VERIFY_HELPER_PERFMON,
			      bpf_evidence_cap(token, CAP_PERFMON), evidence_caps_held());
	return 0;
}
