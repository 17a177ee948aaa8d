/* SPDX-License-Identifier: MIT */
/* The kernel of a fuzzed program: its files, memory and exits. */
#ifndef _FUZZ_KERNEL_H
#define _FUZZ_KERNEL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_PIECES = 16, NO_FILE = -2 };

/* A part of the input. */
struct piece_of_input {
	const uint8_t *bytes;
	size_t size;
};

/* Calls @run, until it returns or the program exits. Returns its status, or -1 without an exit. */
int kernel_run(const uint8_t *data, size_t size, void (*run)(void));
/* The input up to the next byte 0x1e, or all that is left as the last piece. */
struct piece_of_input kernel_piece(int index);

/* What the program wrote to a file descriptor. The text ends with a NUL. */
const char *kernel_written(int fd, size_t *size);

/* Of the harness: the piece that a path stands for, or NO_FILE. */
__attribute__((weak)) int piece_of_path(const char *path);
/* Of the harness: a system call that kernel.c does not have. */
__attribute__((weak)) long other_call(long nr, const long *args);

/* Ends the process with a message, which makes it a finding. */
_Noreturn void finding(const char *why, const char *text, size_t size);

/* Whether a text is one JSON value, in valid UTF-8. */
bool is_json(const char *text, size_t size);
/* Each message on standard error has printable characters only. */
void check_messages(void);

#endif
