// SPDX-License-Identifier: MIT
// The part of every generated C program that does not depend on the finding.

/** What follows the licence and the description of a program. */
export const harnessHead: string = `#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Calls that headers may lack. Newer calls have the same number on x86-64 and arm64. */
#ifndef __NR_open_tree
#define __NR_open_tree 428
#define __NR_move_mount 429
#define __NR_fsopen 430
#define __NR_fsconfig 431
#define __NR_fsmount 432
#define __NR_fspick 433
#endif
#ifndef __NR_openat2
#define __NR_openat2 437
#endif
#ifndef __NR_dup2
#define __NR_dup2 -1	/* arm64: see call() */
#endif
#if !defined(__x86_64__) && !defined(__aarch64__)
#error "only x86-64 and arm64 are supported"
#endif

enum op { CALL, FORK, WAIT, EXIT, SEND, OPEN_NS, SETTLE };
enum kind { NUM, SEG, BAD };

struct arg {
	enum kind kind;
	unsigned long value;	/* a number, or the index of a segment */
};

struct segment {
	const char *bytes;
	size_t length, size;	/* zeros follow up to the size */
};

#define MEMORY(text, size) { text, sizeof(text) - 1, size }

struct fixup {		/* a pointer in a segment */
	unsigned int segment, offset;
	struct arg to;
};

struct step {
	int task;
	enum op op;
	const char *text;
	long answer;		/* on both kernels, except of the last step */
	int exact;		/* whether it must be this number: it is a file descriptor */
	long nr;
	struct arg args[6];
	const struct segment *segments;
	int nr_segments;
	const struct fixup *fixups;
	int nr_fixups;
	int other;		/* the other task of an operation, or a status */
	const char *name;
};

/* What a kernel shows in the last step: an answer, some bytes, or a line of a text. */
struct expected {
	const char *kernel, *shown;
	long answer;
	const char *bytes;	/* NULL: the answer decides */
	size_t size;
};
`;
