// SPDX-License-Identifier: GPL-2.0-only
/*
 * Observes what no system call returns: the calls of LSM hooks with their arguments, reference
 * counts, and the number of live objects after each call.
 */
#include <linux/bpf.h>
#include <linux/live.h>
#include <linux/lsm_answer.h>
#include <linux/release.h>
#include <linux/user_namespace.h>

#include "../../kernel/bpf/internal.h"
#include "sequence.h"

/* The address of the attributes of the current bpf() call, which differs between modules. */
static u32 attributes;

static bool gets_attributes(u32 hook)
{
	return hook == LSM_HOOK_BPF || hook == LSM_HOOK_BPF_MAP_CREATE ||
	       hook == LSM_HOOK_BPF_PROG_LOAD || hook == LSM_HOOK_BPF_TOKEN_CREATE;
}

static void mix_token(u64 *hash, const struct lsm_call *call, const struct bpf_token *token)
{
	u32 i;

	seq_mix(hash, call->token | (u64)call->userns << 32);
	for (i = 0; i < 4; i++)
		seq_mix(hash, call->allowed[i]);
	seq_mix(hash, (u64)atomic64_read(&token->refcnt));
	/* since 6.19 a token takes this reference after the hook; seq_observe_references() sees it */
	if (!kernel_at_least(6, 19))
		seq_mix(hash, refcount_read(&token->userns->ns.count));
}

#ifndef CONFIG_NATIVE
/* One number for all that a hook can see of its token; 0 without one. */
static u64 hash_of_token(const struct lsm_call *call, const struct bpf_token *token)
{
	u64 hash = 0;

	if (token)
		mix_token(&hash, call, token);
	return hash;
}
#endif

static void observe_hook(const struct lsm_call *call, const struct bpf_token *token)
{
	u64 *hash = &seq.result.hooks;
	u32 i, last = call->args[3];

	if (call->hook == LSM_HOOK_BPF)
		attributes = last;
	if (gets_attributes(call->hook))
		last = last == attributes;
	seq_mix(hash, call->hook | (u64)call->pid << 32);
	for (i = 0; i < 3; i++)
		seq_mix(hash, call->args[i]);
	seq_mix(hash, last);
	if (token)
		mix_token(hash, call, token);
	if (seq_is_observed())
		seq_note(SEQ_NOTE_HOOK, call->pid, 0, call->hook, call->args[0], call->args[1],
			 call->args[2], last, hash_of_token(call, token));
}

/** seq_observe_hooks() - Observe the LSM hooks from now on. */
void seq_observe_hooks(void)
{
	lsm_observer = observe_hook;
}

/*
 * Upstream source does not count its tokens, and the sizes of allocations differ natively. Both are
 * only compared with their own state before the sequence.
 */
static bool is_comparable(u32 kind)
{
	return kind != LIVE_TOKENS && kind != LIVE_ALLOC_BYTES;
}

static void observe_count(enum seq_counted what, u32 id, u64 count)
{
	if (seq_is_observed())
		seq_note(SEQ_NOTE_COUNT, 0, 0, what, id, count);
}

/** seq_observe_references() - Hash the reference counts of all user namespaces, maps and programs, and live counts. */
void seq_observe_references(void)
{
	const struct user_namespace *ns;
	u64 *hash = &seq.result.references;
	u32 i, id;

	for (ns = &init_user_ns; ns; ns = next_user_ns(ns)) {
		seq_mix(hash, ns->ns.id | (u64)refcount_read(&ns->ns.count) << 32);
		observe_count(SEQ_COUNTED_USERNS, ns->ns.id, refcount_read(&ns->ns.count));
	}
	for (id = bpf_map_next_id(0); id; id = bpf_map_next_id(id + 1)) {
		const struct bpf_map *map = bpf_map_by_id(id);

		seq_mix(hash, (u64)atomic64_read(&map->refcnt) | (u64)atomic64_read(&map->usercnt) << 32);
		observe_count(SEQ_COUNTED_MAP, id, (u64)atomic64_read(&map->refcnt));
		observe_count(SEQ_COUNTED_MAP_USERS, id, (u64)atomic64_read(&map->usercnt));
	}
	for (id = bpf_prog_next_id(0); id; id = bpf_prog_next_id(id + 1)) {
		seq_mix(hash, (u64)atomic64_read(&bpf_prog_by_id(id)->aux->refcnt));
		observe_count(SEQ_COUNTED_PROG, id, (u64)atomic64_read(&bpf_prog_by_id(id)->aux->refcnt));
	}
	for (i = 0; i < NR_LIVE_KINDS; i++) {
		if (!is_comparable(i))
			continue;
		seq_mix(hash, (u64)kernel_live(i));
		observe_count(SEQ_COUNTED_LIVE, i, (u64)kernel_live(i));
	}
}
