/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FUZZ_SEQUENCE_H
#define _FUZZ_SEQUENCE_H

/*
 * Bytes as a story of system calls: see sequence.c. Nothing here needs more
 * than the door of the core, so that the same files run natively and as
 * WebAssembly, and give the same answers.
 */
#include <linux/errno.h>
#include <linux/fd_kind.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/types.h>
#include <generated/syscalls.h>
#include <uapi/linux/bpf.h>
#include <uapi/linux/fcntl.h>

#include "../../arch/wasm/entry.h"

#define INIT 1u
#define SEQ_MAX_TASKS 6
/* Kinds of descriptors: those of linux/fd_kind.h, O_PATH, and maps whose elements are modelled. */
#define KIND_PATH (FD_KIND_NULL + 1)
#define KIND_ELEMENTS (KIND_PATH + 1)
#define SEQ_KINDS (KIND_ELEMENTS + 1)
#define SEQ_RECENT 8
#define SEQ_NO_FD (-1)
#define SEQ_TRAIL 256

struct seq_task {
	u32 pid;			/* 0: none */
	u32 parent;
	s32 last[SEQ_KINDS];		/* the newest descriptor of each kind */
	s32 recent[SEQ_RECENT];
	u32 nr_recent;
};

/* What a host is told at the end. */
struct seq_result {
	u64 hash;			/* of every answer */
	u64 called;			/* the hash without what was asked directly */
	u32 calls;			/* all of them: the story's, the steps', and those that tidy up */
	u32 setup_calls;
	u32 step_calls;
	u32 tasks;			/* that took part */
	u32 tokens;			/* how many were made */
	u32 uses;			/* objects made with a token that was not put aside */
	u32 leaked;			/* 1 + kind of what was not as before; 0: nothing */
	s32 before;
	s32 after;
	u32 trail[SEQ_TRAIL];		/* of the hash, call by call: where two machines part */
};

/* Where a sequence stands; with an image of the kernel, all that going on takes. */
struct seq_state {
	struct seq_task tasks[SEQ_MAX_TASKS];	/* the host is task 0, the container task 1 */
	struct seq_result result;
	s32 before[NR_LIVE_KINDS];
	u32 read;			/* bytes */
};

extern struct seq_state seq;

void seq_begin(void);
u32 seq_run_setup(const u8 *bytes, u32 len);
struct seq_result *seq_run_steps(const u8 *bytes, u32 len);

/* Bytes of the input; 0 behind its end. */
u32 seq_byte(void);
u32 seq_u32(void);
#define seq_pick(array) ((array)[seq_byte() % ARRAY_SIZE(array)])

/* User memory of the next call. A pointer in it is marked: its value is the machine's own. */
u64 seq_user(const void *bytes, u32 size);
u64 seq_text(const char *text);
void seq_mark_pointers(u64 words);
/* A word of the table of names, paths and values. */
const char *seq_word(void);
/* The path itself, or another one where a confined sequence must not look it up. */
const char *seq_confined_path(const char *path);
/* Names that files of a sequence can have; NULL behind the last. */

/* Makes a call; what it answers goes into the hash, as all memory does, which ends with it. */
s64 seq_call(struct seq_task *task, u32 nr, const u64 *args, u32 nargs);
/* The same, for a call that answers with a descriptor. */
s64 seq_call_fd(struct seq_task *task, u32 nr, const u64 *args, u32 nargs);
#define seq_sys(task, name, args...) \
	seq_call(task, NR_##name, (const u64[]){ args }, sizeof((u64[]){ args }) / sizeof(u64))
#define seq_sys_fd(task, name, args...) \
	seq_call_fd(task, NR_##name, (const u64[]){ args }, sizeof((u64[]){ args }) / sizeof(u64))
void seq_answer(u64 value);
void seq_note_fd(struct seq_task *task, s64 fd);
/* A descriptor for where one of @kind is wanted: mostly one. */
u64 seq_fd(const struct seq_task *task, u32 kind);
struct seq_task *seq_fork(struct seq_task *parent);
void seq_exit(struct seq_task *task);

/* A line per call for whoever looks into one sequence; nothing on WebAssembly. */
#ifdef CONFIG_NATIVE
void seq_trace(const char *what, u32 pid, u32 nr, const u64 *args, u32 nargs, s64 ret);
#else
#define seq_trace(what, pid, nr, args, nargs, ret) do { } while (0)
#endif

/*
 * What a sequence did, for a host that writes it down as a scenario; see wasm_exports.c.
 * A call is told before it is made, with the memory that it is given, and after.
 */
enum seq_note_kind {
	SEQ_NOTE_CALL,
	SEQ_NOTE_RETURN,
	SEQ_NOTE_FORK,		/* answer: the child */
	SEQ_NOTE_EXIT,
	SEQ_NOTE_WAIT,		/* child */
	SEQ_NOTE_EXEC,
	SEQ_NOTE_SEND,		/* descriptor, to */
	SEQ_NOTE_OPEN_NS,	/* of, clone flag */
	SEQ_NOTE_SYSCTL,	/* id, value */
	SEQ_NOTE_SETTLE,
	SEQ_NOTE_FAIL,		/* kind, n */
	SEQ_NOTE_LSM,		/* hook, answer */
	SEQ_NOTE_NOT_MODELLED,	/* of the call that has returned */
};

struct seq_segment {
	u8 *memory;
	u32 size;
	u64 pointers;		/* a bit per eight bytes */
	u32 address;		/* as pointers to it have it */
};

#ifdef CONFIG_NATIVE
#define seq_note(kind, pid, ret, args...) do { } while (0)
#else
void seq_note_args(u32 kind, u32 pid, u32 nr, s64 ret, const u64 *args, u32 nargs);
#define seq_note(kind, pid, ret, args...) \
	seq_note_args(kind, pid, 0, ret, (const u64[]){ 0, ##args }, \
		      sizeof((u64[]){ 0, ##args }) / sizeof(u64))
#endif
const struct seq_segment *seq_segments(u32 *nr);

/*
 * What a host may want of sequences. For comparisons of kernels of which one
 * does not name its checks, only answers count; a kernel that others depend on
 * is asked for nothing that could reach beyond a sequence's own processes.
 */
struct seq_options {
	bool answers_only;
	bool confined;
};

extern struct seq_options seq_options;

/* sequence_sandbox.c */
void seq_look_up(void);
void seq_enter_sandbox(struct seq_task *task);
void seq_tidy(void);

/* sequence_fs.c */
void seq_container(struct seq_task *task);
void seq_token_setup(u32 how);
void seq_fs(struct seq_task *task, u32 op);
#define SEQ_FS_OPS 9

/* sequence_bpf.c */
s64 seq_token_create(struct seq_task *task, u64 fd);
void seq_bpf(struct seq_task *task, u32 op);
#define SEQ_BPF_OPS 16

/* sequence_direct.c */
void seq_direct(const struct seq_task *task);

/* sequence_any.c */
void seq_any(struct seq_task *task);

#endif /* _FUZZ_SEQUENCE_H */
