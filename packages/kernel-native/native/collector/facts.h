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

/* One BPF filesystem in the text of mountinfo. The texts are parts of it, without NUL. */
struct bpffs_line {
	const char *path, *device, *root, *options;
	size_t path_count, device_count, root_count, options_count;
};

/*
 * Finds the BPF filesystems in the text of mountinfo. Of several mounts at one path
 * the last one hides the others. Returns their number, at most `most`; sets `more` if
 * there are others.
 */
size_t find_bpffs(const char *mountinfo, struct bpffs_line *found, size_t most, bool *more);

#endif
