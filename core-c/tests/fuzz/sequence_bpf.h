/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FUZZ_SEQUENCE_BPF_H
#define _FUZZ_SEQUENCE_BPF_H

/* bpf(2) calls, shared by the sequence_*.c files. */
#include "sequence.h"

#define OFFSET_OF_END(field) \
	(__builtin_offsetof(union bpf_attr, field) + sizeof(((union bpf_attr *)0)->field))

/* The next call's attributes, and which of them are addresses: one bit per eight bytes. */
extern union bpf_attr seq_attr;
extern u64 seq_attr_pointers;

#define set_pointer(field, value) \
	do { \
		seq_attr.field = (value); \
		seq_attr_pointers |= 1ULL << __builtin_offsetof(union bpf_attr, field) / 8; \
	} while (0)

void seq_attr_begin(void);
u64 seq_log_fields(u32 cmd, u32 *size, u32 *level);
/* Makes a bpf(2) call that returns an fd. */
s64 seq_bpf_fd(struct seq_task *task, u32 cmd, u32 size);
bool seq_pass_token(struct seq_task *task, u32 *flags, s32 *fd);
void seq_count_use(s64 fd, bool token);

/* sequence_load.c */
void seq_prog_load(struct seq_task *task);

/* sequence_btf.c */
void seq_btf_load(struct seq_task *task);

#endif /* _FUZZ_SEQUENCE_BPF_H */
