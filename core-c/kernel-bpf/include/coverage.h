/* SPDX-License-Identifier: GPL-2.0-only */
/* How often instructions ran: coverage.c counts, compiled.c writes the code that counts. */
#ifndef COVERAGE_H
#define COVERAGE_H

#include <linux/types.h>

struct bpf_prog;

/* Of one instruction of the program as it was loaded. */
struct counters {
	u32 ran;
	u32 jumped; /* a conditional jump, to its target */
};

struct coverage {
	u32 users; /* the program and its functions */
	u32 count;
	struct counters of[];
};

void forget_origins(void);
struct coverage *coverage_get(const struct bpf_prog *prog);
void coverage_put(struct coverage *coverage);
struct counters *coverage_of(struct coverage *coverage, const struct bpf_prog *prog, u32 i);
struct coverage *compiled_coverage(const struct bpf_prog *prog);

#endif
