/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FUZZ_SEQUENCE_H
#define _FUZZ_SEQUENCE_H

/*
 * Interprets bytes as a sequence of system calls: see sequence.c. The files only use the functions
 * that the core exports, so they give the same results natively and as WebAssembly.
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
/* Kinds of fds: those of linux/fd_kind.h, O_PATH, and maps with modelled elements. */
#define KIND_PATH (FD_KIND_NULL + 1)
#define KIND_ELEMENTS (KIND_PATH + 1)
#define SEQ_KINDS (KIND_ELEMENTS + 1)
#define SEQ_RECENT 8
#define SEQ_NO_FD (-1)
#define SEQ_TRAIL 256

struct seq_task {
	u32 pid;			/* 0: none */
	u32 parent;
	s32 last[SEQ_KINDS];		/* the newest fd of each kind */
	s32 recent[SEQ_RECENT];
	u32 nr_recent;
};

/* Result of a sequence, for the host. */
struct seq_result {
	u64 hash;			/* of all results */
	u64 called;			/* the hash without seq_direct() */
	u64 hooks;			/* hash of all calls of LSM hooks */
	u64 references;			/* hash of reference counts and counts of objects */
	u32 calls;			/* total: setup prefix, steps, and tidying up */
	u32 setup_calls;
	u32 step_calls;
	u32 tasks;			/* tasks that took part */
	u32 tokens;			/* tokens created */
	u32 uses;			/* objects created with the help of a token */
	u32 leaked;			/* 1 + live kind whose count differs; 0: no leak */
	u32 left_inodes;		/* that failed TOKEN_CREATE calls kept: TP-22 */
	s32 before;
	s32 after;
	u32 trail[SEQ_TRAIL];		/* the hash after each call, to find the first difference */
};

/* State of a sequence. Together with a snapshot of the kernel it allows to continue. */
struct seq_state {
	struct seq_task tasks[SEQ_MAX_TASKS];	/* task 0 is the host, task 1 the container */
	struct seq_result result;
	s32 before[NR_LIVE_KINDS];
	u32 read;			/* number of bytes read */
};

extern struct seq_state seq;

void seq_begin(void);
u32 seq_run_setup(const u8 *bytes, u32 len);
struct seq_result *seq_run_steps(const u8 *bytes, u32 len);

/* The next byte of the input; 0 after its end. */
u32 seq_byte(void);
u32 seq_u32(void);
#define seq_pick(array) ((array)[seq_byte() % ARRAY_SIZE(array)])

/* User memory for the next call. Marked pointers are not hashed: they depend on the machine. */
u64 seq_user(const void *bytes, u32 size);
u64 seq_text(const char *text);
void seq_mark_pointers(u64 words);
/* A word from the table of names, paths and values. */
const char *seq_word(void);
/* Returns @path, or a harmless one if a confined sequence must not look it up. */
const char *seq_confined_path(const char *path);
/* File names that a sequence may create; NULL ends the list. */

/* Makes a call and frees its memory. The result and the memory go into the hash. */
s64 seq_call(struct seq_task *task, u32 nr, const u64 *args, u32 nargs);
/* Like seq_call(), for a call that returns an fd. */
s64 seq_call_fd(struct seq_task *task, u32 nr, const u64 *args, u32 nargs);
#define seq_sys(task, name, args...) \
	seq_call(task, NR_##name, (const u64[]){ args }, sizeof((u64[]){ args }) / sizeof(u64))
#define seq_sys_fd(task, name, args...) \
	seq_call_fd(task, NR_##name, (const u64[]){ args }, sizeof((u64[]){ args }) / sizeof(u64))
void seq_answer(u64 value);
/* Mixes a value into a hash. */
void seq_mix(u64 *hash, u64 value);
void seq_note_fd(struct seq_task *task, s64 fd);
/* An fd for an argument that needs @kind; mostly of that kind. */
u64 seq_fd(const struct seq_task *task, u32 kind);
struct seq_task *seq_fork(struct seq_task *parent);
void seq_exit(struct seq_task *task);

/* Prints a line per call; does nothing on WebAssembly. */
#ifdef CONFIG_NATIVE
void seq_trace(const char *what, u32 pid, u32 nr, const u64 *args, u32 nargs, s64 ret);
#else
#define seq_trace(what, pid, nr, args, nargs, ret) do { } while (0)
#endif

/*
 * Events of a sequence, from which the host writes a scenario; see wasm_exports.c. A call is
 * reported before it runs, with its memory, and after it.
 */
enum seq_note_kind {
	SEQ_NOTE_CALL,
	SEQ_NOTE_RETURN,
	SEQ_NOTE_FORK,		/* result: the child */
	SEQ_NOTE_EXIT,
	SEQ_NOTE_WAIT,		/* child */
	SEQ_NOTE_EXEC,
	SEQ_NOTE_SEND,		/* fd, receiver */
	SEQ_NOTE_OPEN_NS,	/* target task, clone flag */
	SEQ_NOTE_SYSCTL,	/* id, value */
	SEQ_NOTE_SETTLE,
	SEQ_NOTE_FAIL,		/* kind, n */
	SEQ_NOTE_LSM,		/* hook, answer */
	SEQ_NOTE_NOT_MODELLED,	/* about the call that has just returned */
	/* only if the host asks for observations: see sequence_observe.c */
	SEQ_NOTE_HOOK,		/* hook, its four arguments, a hash of its token */
	SEQ_NOTE_COUNT,		/* enum seq_counted, id, count */
	SEQ_NOTE_DIRECT,	/* which direct call, its answer */
};

/* What a SEQ_NOTE_COUNT counts; a map has two counts. */
enum seq_counted {
	SEQ_COUNTED_USERNS,
	SEQ_COUNTED_MAP,
	SEQ_COUNTED_MAP_USERS,
	SEQ_COUNTED_PROG,
	SEQ_COUNTED_LIVE,	/* id: enum live_kind */
};

struct seq_segment {
	u8 *memory;
	u32 size;
	u64 pointers;		/* one bit per eight bytes */
	u32 address;		/* its address in pointers */
};

#ifdef CONFIG_NATIVE
#define seq_note(kind, pid, ret, args...) do { } while (0)
#define seq_is_observed() false
#else
/* Whether the host wants hooks, counts and direct answers as events. */
bool seq_is_observed(void);
void seq_note_args(u32 kind, u32 pid, u32 nr, s64 ret, const u64 *args, u32 nargs);
#define seq_note(kind, pid, ret, args...) \
	seq_note_args(kind, pid, 0, ret, (const u64[]){ 0, ##args }, \
		      sizeof((u64[]){ 0, ##args }) / sizeof(u64))
#endif
const struct seq_segment *seq_segments(u32 *nr);

/*
 * Modes of a sequence. answers_only: hash only results, because one of the compared kernels does
 * not record checks. confined: make no calls that could affect other processes, because the kernel is
 * a real one.
 */
struct seq_options {
	bool answers_only;
	bool confined;
};

extern struct seq_options seq_options;

/* sequence_observe.c */
void seq_observe_hooks(void);
void seq_observe_references(void);

/* sequence_sandbox.c */
void seq_look_up(void);
void seq_enter_sandbox(struct seq_task *task);
void seq_tidy(void);

/* sequence_fs.c */
void seq_container(struct seq_task *task);
void seq_inner_container(struct seq_task *task);
void seq_mapped_container(struct seq_task *host, struct seq_task *task, u32 how);
void seq_fs(struct seq_task *task, u32 op);
#define SEQ_FS_OPS 9

/* sequence_setup.c */
void seq_token_setup(u32 how);
void seq_umask(struct seq_task *task, u32 which);

/* sequence_guarded.c */
void seq_guarded(struct seq_task *task, u32 how);

/* sequence_pins.c */
void seq_pins(struct seq_task *task);

/* sequence_xattr.c */
void seq_xattr(struct seq_task *task);

/* sequence_bpf.c */
s64 seq_token_create(struct seq_task *task, u64 fd);
void seq_bpf(struct seq_task *task, u32 op);
#define SEQ_BPF_OPS 16

/* sequence_direct.c */
void seq_direct(const struct seq_task *task);

/* sequence_any.c */
void seq_any(struct seq_task *task);

#endif /* _FUZZ_SEQUENCE_H */
