/* SPDX-License-Identifier: MIT */
/*
 * What the collector and the recorder need in place of a C library, so that
 * each is one small static file: system calls, text, and JSON output. Linux on
 * x86-64 and arm64.
 */
#ifndef _MINI_H
#define _MINI_H

#include <asm/unistd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Numbers of errors, as positive values. */
enum {
	MINI_EPERM = 1,
	MINI_ENOENT = 2,
	MINI_ESRCH = 3,
	MINI_EINTR = 4,
	MINI_ECHILD = 10,
	MINI_EAGAIN = 11,
	MINI_EACCES = 13,
	MINI_EBUSY = 16,
	MINI_EINVAL = 22,
	MINI_ENFILE = 23,
	MINI_E2BIG = 7,
	MINI_ENOEXEC = 8,
};

/* A system call. Returns the kernel's value: >= 0, or -errno. */
long mini_syscall(long nr, long a, long b, long c, long d, long e, long f);

#define SYS(nr, ...) SYS_(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SYS_(nr, a, b, c, d, e, f, ...)                                                      \
	mini_syscall(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* The program. Returns its exit status. */
int mini_main(int argc, char **argv, char **envp);

_Noreturn void mini_exit(int status);

size_t mini_strlen(const char *text);
bool mini_equal(const char *a, const char *b);
bool mini_starts(const char *text, const char *start);
const char *mini_find(const char *text, const char *part);
/* Parses a decimal number of at most 10 digits. Returns -1 for any other text. */
long mini_number(const char *text);

/*
 * Bytes that grow, or a file that they are written to. Without memory, or if the
 * file cannot be written, `failed` is set and the rest is dropped.
 */
struct out {
	char *bytes;
	size_t used;
	size_t size;
	int fd;			/* -1: only memory */
	bool failed;
};

void out_open(struct out *out, int fd);
void out_clear(struct out *out);
/* Frees the memory. */
void out_release(struct out *out);
void out_bytes(struct out *out, const void *bytes, size_t count);
void out_text(struct out *out, const char *text);
void out_number(struct out *out, long long number);
void out_hex(struct out *out, unsigned long long number);
/* Writes bytes as base64. */
void out_base64(struct out *out, const void *bytes, size_t count);
/* Writes a JSON string. Bytes that are not UTF-8 become U+FFFD. */
void out_json(struct out *out, const char *text, size_t count);
/* Writes what is left to the file. */
void out_flush(struct out *out);

/*
 * Reads a whole file. The text ends with a NUL, which is not counted.
 * Returns the count, or -errno; -E2BIG if the file does not fit.
 */
long read_file(const char *path, char *text, size_t size);
/* A line of a file, without its newline. The text ends with a NUL, which is not counted. */
struct text_line {
	const char *at;
	size_t count;
	bool cut;		/* the line is longer: this is its start */
};

/* Lines below this size are read as a whole. */
enum { MINI_LINE = 1 << 16 };

/* Gives a file of any size to `take`, line by line. It ends early if `take` returns false. */
long read_lines(const char *path, bool (*take)(const struct text_line *line, void *to), void *to);
/*
 * Reads a file as read_file() does, without the lines of 256 bytes and more: the groups in
 * /proc/PID/status can have any size.
 */
long read_short_lines(const char *path, char *text, size_t size);
/* Reads a symbolic link, as read_file() does. */
long read_link(const char *path, char *text, size_t size);

/* A path or message of several parts. The last argument is NULL. */
const char *mini_join(char *text, size_t size, ...);
/* Prints a message and a newline on standard error. */
void mini_complain(const char *message);
/* A text of the program itself on standard output; nothing in it is replaced. */
void mini_print(const char *text);
/*
 * Traces a process with options for at most 5 seconds: one in execve() cannot be traced, and another
 * process may keep it there. `program` is for the message. Returns 0, or -errno.
 */
long mini_seize(const char *program, long pid, unsigned long options);
/* The name of an error such as ENOENT; "error" for one without a name here. */
const char *mini_error_name(long error);

#endif
