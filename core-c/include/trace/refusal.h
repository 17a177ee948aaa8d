/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TRACE_REFUSAL_H
#define _TRACE_REFUSAL_H

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/types.h>

/*
 * Which check refused. Every refusal of the model is one line that returns
 * what refuse() returns; the table of checks is trace/checks.def.
 */
enum check_id {
#define NONE 0
#define DEFINE_CHECK(id, name, errno, file, func, rules, evidence, sentence) CHK_##id,
#include <trace/checks.def>
#undef DEFINE_CHECK
#undef NONE
	NR_CHECKS,
};

/* What this model does not have, by name; the texts are in trace/unmodelled.def. */
enum unmodelled {
	UNMODELLED_NONE,
#define UNMODELLED(id, text) UNMODELLED_##id,
#include <trace/unmodelled.def>
#undef UNMODELLED
	NR_UNMODELLED,
};

#define REFUSAL_LOG_SIZE 24

struct refusal_entry {
	u32 check;
	s32 err;
	u32 task;
	u32 pad;
	u64 needed;
	u64 present;
};

/* Of one system call, in order. Read by the host, which knows this layout. */
struct refusal_log {
	u32 count;
	u32 dropped;
	struct refusal_entry entry[REFUSAL_LOG_SIZE];
	const char *not_modelled;	/* on WebAssembly, below NR_UNMODELLED: that enum, no address */
};

extern struct refusal_log refusal_log;

/**
 * refuse() - record that a check refused
 * @err: negative errno that it answers
 * @id: the check
 * @needed: what it wanted, read by the evidence kind of the check
 * @present: what it saw
 *
 * Return: @err
 */
#ifdef __wasm__ /* Most have no evidence: two constants less in each of those calls. */
#define refuse(err, id, needed, present)                                              \
	(__builtin_constant_p((u64)(needed) | (u64)(present)) &&                      \
			 !((u64)(needed) | (u64)(present)) ?                          \
		 refuse_plainly(err, id) :                                            \
		 refuse_for(err, id, needed, present))
#else
#define refuse refuse_for
#endif
int refuse_for(int err, enum check_id id, u64 needed, u64 present);
int refuse_plainly(int err, enum check_id id);

#define refuse_ptr(err, id, needed, present) ERR_PTR(refuse(err, id, needed, present))

/** decide() - record a decision that has no errno, such as a dropped token. */
void decide(enum check_id id, u64 needed, u64 present);

/**
 * not_modelled() - the caller asked for something that this model does not have
 *
 * Return: -ENOTMODELLED
 */
int not_modelled(enum unmodelled what);

/** not_modelled_text() - the same, for a name that is made at run time; the text must stay. */
int not_modelled_text(const char *what);

/** refusal_log_reset() - forget, before a system call. */
void refusal_log_reset(void);

/*
 * Evidence of checks of kind CAP: the capability and the namespace that it is
 * wanted in; the effective set and the namespace of who was asked about.
 */
struct cred;
struct user_namespace;
u64 evidence_cap(int cap, const struct user_namespace *ns);
u64 evidence_caps_of(const struct cred *cred);
u64 evidence_caps_held(void);

#endif /* _TRACE_REFUSAL_H */
