/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FUZZ_SEQUENCE_BPF_H
#define _FUZZ_SEQUENCE_BPF_H

/* Calls of bpf(2), shared by the files that make them. */
#include "sequence.h"

#define OFFSET_OF_END(field) \
	(__builtin_offsetof(union bpf_attr, field) + sizeof(((union bpf_attr *)0)->field))

/* What the next call is given, and where in it addresses are: a bit per eight bytes. */
extern union bpf_attr seq_attr;
extern u64 seq_attr_pointers;

#define set_pointer(field, value) \
	do { \
		seq_attr.field = (value); \
		seq_attr_pointers |= 1ULL << __builtin_offsetof(union bpf_attr, field) / 8; \
	} while (0)

void seq_attr_begin(void);
/* Makes a call that answers with a descriptor. */
s64 seq_bpf_fd(struct seq_task *task, u32 cmd, u32 size);
bool seq_pass_token(struct seq_task *task, u32 *flags, s32 *fd);
void seq_count_use(s64 fd, bool token);

/* sequence_load.c */
void seq_prog_load(struct seq_task *task);

/* sequence_btf.c */
void seq_btf_load(struct seq_task *task);

#endif /* _FUZZ_SEQUENCE_BPF_H */
