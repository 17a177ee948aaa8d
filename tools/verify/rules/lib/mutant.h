/* SPDX-License-Identifier: MIT */
#ifndef _TRACE_MUTANT_H
#define _TRACE_MUTANT_H

#include <linux/types.h>
#include <trace/refusal.h>

/*
 * Only in builds of tools/verify/rules: switches that break one rule at a time, and a record of the
 * conditions and checks that ran.
 */
bool mutant_if(u32 site, bool holds);
int mutant_asked(u32 site, u32 check, u32 mark, int err);
int mutant_refuse(int err, u32 *check);
bool mutant_decide(u32 check);
unsigned long mutant_seen(void);
bool mutant_silent(u32 check);
s64 mutant_leave(s64 ret);

/* A check in a function call; its records can be reverted. */
#define mutant_ask(site, check, call)                              \
	({                                                         \
		u32 mark_##check = refusal_log.count;              \
		mutant_asked(site, check, mark_##check, call);     \
	})

#endif /* _TRACE_MUTANT_H */
