/* SPDX-License-Identifier: MIT */
/* The memory of a call, read from the traced process and written as JSON. */
#ifndef _MEMORY_H
#define _MEMORY_H

#include "supervise.h"

/* The attr of a bpf() call. Bytes that the caller did not give are 0. */
struct attr {
	uint64_t at;
	size_t size;		/* as the caller gave it; bytes holds at most its size */
	bool readable;
	unsigned int cmd;
	unsigned char bytes[256];
};

void read_attr(const struct tracee *tracee, struct attr *attr);
/* The file descriptors that the kernel would read from an attr. Returns their number. */
size_t descriptors_in(const struct attr *attr, int *fds, size_t most);
/* Writes the attr and what it points to: pieces `["0x…","base64"]`. */
void write_attr(struct out *line, const struct tracee *tracee, const struct attr *attr);
/* Writes what the arguments of another call point to. */
void write_arguments(struct out *line, const struct tracee *tracee);
/* Writes the log of a refused PROG_LOAD or BTF_LOAD, or nothing. */
void write_log(struct out *line, const struct tracee *tracee);

/* Reads a string. Returns its length, or -1; it is cut if it does not fit. */
long read_text(const struct tracee *tracee, uint64_t address, char *text, size_t size);
/* Reads bytes. Returns whether all of them could be read. */
bool read_bytes(const struct tracee *tracee, uint64_t address, void *bytes, size_t count);

/*
 * The file descriptors that a message passes with SCM_RIGHTS, from the address of its
 * struct msghdr. Returns their number, at most `most`.
 */
size_t message_fds(const struct tracee *tracee, uint64_t message, int *fds, size_t most);

#endif
