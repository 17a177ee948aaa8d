// SPDX-License-Identifier: GPL-2.0-only
/* Checks that include/bpf-token.h declares the same layouts and numbers as the core. */
#include <linux/build_bug.h>
#include <trace/refusal.h>

#include "../wasm/entry.h"

#define BPF_TOKEN_TYPES_ONLY
#include <bpf-token.h>

#define SAME_SIZE(a, b) static_assert(sizeof(a) == sizeof(b))
#define SAME_PLACE(a, b, member) static_assert(offsetof(a, member) == offsetof(b, member))

SAME_SIZE(struct bpf_token_call, struct call_block);
SAME_PLACE(struct bpf_token_call, struct call_block, nargs);
SAME_PLACE(struct bpf_token_call, struct call_block, args);
SAME_PLACE(struct bpf_token_call, struct call_block, ret);
SAME_PLACE(struct bpf_token_call, struct call_block, out);

SAME_SIZE(struct bpf_token_decision, struct refusal_entry);
SAME_PLACE(struct bpf_token_decision, struct refusal_entry, err);
SAME_PLACE(struct bpf_token_decision, struct refusal_entry, task);
SAME_PLACE(struct bpf_token_decision, struct refusal_entry, needed);
SAME_PLACE(struct bpf_token_decision, struct refusal_entry, present);

static_assert(BPF_TOKEN_LOG_SIZE == REFUSAL_LOG_SIZE);
SAME_SIZE(struct bpf_token_log, struct refusal_log);
SAME_PLACE(struct bpf_token_log, struct refusal_log, dropped);
static_assert(offsetof(struct bpf_token_log, decision) == offsetof(struct refusal_log, entry));
SAME_PLACE(struct bpf_token_log, struct refusal_log, not_modelled);

static_assert((int)BPF_TOKEN_NR_CHECKS == (int)NR_CHECKS);
