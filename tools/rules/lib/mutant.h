/* SPDX-License-Identifier: MIT */
#ifndef _TRACE_MUTANT_H
#define _TRACE_MUTANT_H

#include <linux/types.h>

/*
 * Only in builds of tools/rules: the switches that break one rule at a time,
 * and a record of what was asked.
 */
bool mutant_if(u32 site, bool holds);
int mutant_refuse(int err, u32 *check);
bool mutant_decide(u32 check);
unsigned long mutant_seen(void);
bool mutant_silent(u32 check);
s64 mutant_leave(s64 ret);

#endif /* _TRACE_MUTANT_H */
