/* SPDX-License-Identifier: MIT */
#ifndef _FACTS_H
#define _FACTS_H

#include "mini.h"

/* Where the facts come from. */
struct facts_source {
	const char *proc;	/* /proc */
	const char *sys;	/* /sys */
	const char *release;	/* NULL: the running kernel's */
	bool full;		/* with names and paths */
	/* NULL: the seccomp filters are not read; else write_seccomp() */
	bool (*filters)(struct out *out, const char *pid, char *why, size_t size);
	bool own_filter;	/* the caller installed one seccomp filter, which does not count */
};

/* Why there are no facts. */
struct facts_problem {
	char text[512];
};

/*
 * Writes the facts of a process as JSON: what decides about its bpf() calls. The
 * same as collectFacts() and redact() of @bpf-token/diagnose. Changes nothing and
 * makes no bpf() call.
 */
bool write_facts(struct out *out, const char *pid, const struct facts_source *from,
		 struct facts_problem *problem);


#endif
