/* SPDX-License-Identifier: MIT */
/*
 * Messages between the interceptor and the process that started it, over one socket.
 * All have a fixed size, so neither side has to wait for the rest of a message longer
 * than for its start. src/program/protocol.ts has the same layout.
 */
#ifndef _PROTOCOL_H
#define _PROTOCOL_H

#include <stdint.h>

enum event_kind {
	EVENT_CALL = 1,		/* a call waits for its answer */
	EVENT_INSTALLED = 2,	/* the answer to ANSWER_FILE: value and inode */
	EVENT_RELEASED = 3,	/* nobody has the file with this inode any more */
	EVENT_MEMORY = 4,	/* the answer to ANSWER_MEMORY: value is its number here */
	EVENT_ENDED = 5,	/* the program ended; value is its exit status, or 128 + signal */
};

struct event {
	uint32_t kind;		/* enum event_kind */
	uint32_t tid;
	uint64_t id;		/* of the call */
	uint32_t nr;		/* on this machine */
	uint32_t arch;		/* AUDIT_ARCH_… */
	int64_t value;
	uint64_t inode;
	uint64_t args[6];
};

enum answer_kind {
	ANSWER_HOST = 1,	/* the host makes the call */
	ANSWER_VALUE = 2,	/* the call returns value */
	ANSWER_MEMORY = 3,	/* make a file of `size` bytes; another answer follows */
	ANSWER_FILE = 4,	/* the call returns a new file descriptor, see flags */
	ANSWER_KILL = 5,	/* ends the program and all it started; another answer follows */
};

enum answer_flags {
	FILE_CLOEXEC = 1,
	/* The file is that of ANSWER_MEMORY, with the number in value; else a new socket. */
	FILE_MEMORY = 2,
};

struct answer {
	uint32_t kind;		/* enum answer_kind */
	uint32_t flags;		/* enum answer_flags */
	uint64_t id;		/* of the call */
	int64_t value;
	uint64_t size;		/* of ANSWER_MEMORY */
};

#endif
