/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TRACE_REFUSAL_H
#define _TRACE_REFUSAL_H

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/types.h>

/*
 * Records which check refused. Each refusal of the model is one line that returns the result of
 * refuse(). trace/checks.def is the table of checks.
 */
enum check_id {
#define NONE 0
#define DEFINE_CHECK(id, name, errno, file, func, rules, evidence, sentence) CHK_##id,
#include <trace/checks.def>
#undef DEFINE_CHECK
#undef NONE
	NR_CHECKS,
};

/* What is unmodelled, by name; the texts are in trace/unmodelled.def. */
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

/* The checks of one system call, in order. The layout is part of the ABI. */
struct refusal_log {
	u32 count;
	u32 dropped;
	struct refusal_entry entry[REFUSAL_LOG_SIZE];
	const char *not_modelled;	/* on wasm32, below NR_UNMODELLED: that enum */
};

extern struct refusal_log refusal_log;

/**
 * refuse() - Record that a check refused.
 * @err: the -errno that the check returns
 * @id: the check
 * @needed: what it required, in the encoding of its evidence kind
 * @present: what it found
 *
 * Return: @err
 */
#ifdef __wasm__ /* Most checks have no evidence: this saves passing two constants. */
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

/** decide() - Record a decision without an errno, such as a dropped token. */
void decide(enum check_id id, u64 needed, u64 present);

/**
 * not_modelled() - Record that the caller used something unmodelled.
 *
 * Return: -ENOTMODELLED
 */
int not_modelled(enum unmodelled what);

/** not_modelled_text() - Like not_modelled(), with a name that must stay valid. */
int not_modelled_text(const char *what);

/** refusal_log_reset() - Empty the log before a system call. */
void refusal_log_reset(void);

/*
 * Evidence of checks of kind CAP: the capability and the user namespace where it is required; the
 * effective set and user namespace of the credentials.
 */
struct cred;
struct user_namespace;
u64 evidence_cap(int cap, const struct user_namespace *ns);
u64 evidence_caps_of(const struct cred *cred);
u64 evidence_caps_held(void);

#endif /* _TRACE_REFUSAL_H */
