/* SPDX-License-Identifier: MIT */
/*
 * Runs programs under ptrace and stops at system calls. It knows nothing of what
 * is done at a stop: struct stops says that.
 */
#ifndef _SUPERVISE_H
#define _SUPERVISE_H

#include "mini.h"

/* How many processes are recorded at the same time. */
enum { MOST_PROCESSES = 2048 };

/* A process: what its threads share. */
struct process {
	int pid;
	int threads;
	/* A filter of the program itself is active, so every call stops: see supervise.c. */
	bool foreign_filter;
	bool our_filter;
	bool foreign;		/* a program of another architecture */
	bool silent;		/* its memory did not arrive, and is not read any more */
	size_t slot;		/* below MOST_PROCESSES, for the user of this file */
};

/* A thread. */
struct tracee {
	int tid;
	struct process *process;
	bool early;		/* stopped before the stop of its parent was seen */
	unsigned int polls;	/* how often that stop was not there */
	bool wanted;		/* between entry and exit of a call that is wanted */
	bool reached;		/* the kernel's own seccomp step let the call pass */
	uint64_t nr;
	uint64_t args[6];
	struct out line;	/* for the user of this file */
};

/* What happens at a stop. */
struct stops {
	/* Whether a call matters. The seccomp filter asks only for the number. */
	bool (*wants)(const struct tracee *tracee);
	void (*entry)(struct tracee *tracee);
	void (*exit)(struct tracee *tracee, int64_t result);
	void (*started)(struct process *child, const struct process *parent);
	void (*executed)(struct process *process);
	/* The process runs a program of another architecture, whose calls have other numbers. */
	void (*foreign)(struct process *process, bool is_first);
	void (*ended)(struct process *process);
};

/* A filter for seccomp(2): instructions as struct sock_filter. */
struct filter {
	unsigned short count;
	const void *insns;
};

/*
 * Runs a program until it and all its children end.
 *
 * Returns its exit status, or 128 + the signal that ended it; 126 or 127 if it cannot
 * be executed. If it is a program of another architecture, it ends at once: -ENOEXEC.
 */
int supervise_program(char **argv, char **envp, const struct filter *filter,
		      const struct stops *stops);

/*
 * Follows a process that runs, until it ends. Returns 0, or -errno: -ENOEXEC if it is a
 * program of another architecture.
 */
int supervise_process(int pid, const struct stops *stops);

#endif
