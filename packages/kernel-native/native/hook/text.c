// SPDX-License-Identifier: MIT
/* Strings, output and files: the program has no C library, which would be larger than the rest. */
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/time_types.h>
#include "hook.h"
#include "addon/sys.h"

/* A state or a file that does not arrive within this time is refused. */
#define SECONDS 10

const char *failing_container = "";

/* The compiler calls the first two for copies. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((char *)to)[i] = ((const char *)from)[i];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((char *)to)[i] = byte;
	return to;
}

size_t strlen(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	return size;
}

bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

bool starts_with(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return false;
	return true;
}

bool append(char *to, size_t size, const char *text)
{
	size_t at = strlen(to), more = strlen(text);

	if (at + more + 1 > size)
		return false;
	memcpy(to + at, text, more + 1);
	return true;
}

_Noreturn void leave(int code)
{
	for (;;)
		sys(__NR_exit_group, code, 0, 0);
}

/* Longest part of a message: annotations are as long as their author likes. */
enum { PART_MAX = 512 };

static size_t put_safe(char *line, size_t at, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; text[i] && at + 8 < LINE_MAX; i++) {
		unsigned char c = text[i];

		if (i == PART_MAX) {
			for (int dot = 0; dot < 3; dot++)
				line[at++] = '.';
			break;
		}
		if (c >= ' ' && c < 0x7f) {
			line[at++] = c;
			continue;
		}
		line[at++] = '\\';
		line[at++] = 'x';
		line[at++] = digits[c >> 4];
		line[at++] = digits[c & 15];
	}
	return at;
}

_Noreturn void fail_parts(const char *const *parts)
{
	char line[LINE_MAX];
	size_t at = put_safe(line, 0, "bpf-token-hook: ");
	const char *why;

	if (*failing_container) {
		at = put_safe(line, at, "container ");
		at = put_safe(line, at, failing_container);
		at = put_safe(line, at, ": ");
	}
	for (; *parts; parts++)
		at = put_safe(line, at, *parts);
	why = log_line(line, at);
	if (why) {
		at = put_safe(line, at, " (the log ");
		at = put_safe(line, at, log_file);
		at = put_safe(line, at, " cannot be written: ");
		at = put_safe(line, at, why);
		at = put_safe(line, at, ")");
	}
	line[at++] = '\n';
	sys(__NR_write, 2, line, at);
	leave(1);
}

/* Texts of numbers stay until three more were made. */
static char *number_buffer(void)
{
	static char buffers[4][24];
	static unsigned int turn;

	return buffers[turn++ % 4];
}

const char *decimal(long number)
{
	char *end = number_buffer() + 23;
	unsigned long rest = number < 0 ? -(unsigned long)number : (unsigned long)number;

	*end = 0;
	do
		*--end = '0' + rest % 10;
	while (rest /= 10);
	if (number < 0)
		*--end = '-';
	return end;
}

const char *hexadecimal(uint64_t mask)
{
	char *end = number_buffer() + 23;

	*end = 0;
	do
		*--end = "0123456789abcdef"[mask & 15];
	while (mask >>= 4);
	*--end = 'x';
	*--end = '0';
	return end;
}

const char *errno_name(long error)
{
	static const struct { int number; const char *name; } names[] = {
		{ EPERM, "EPERM" }, { ENOENT, "ENOENT" }, { ESRCH, "ESRCH" }, { EIO, "EIO" },
		{ EAGAIN, "EAGAIN" }, { ENOMEM, "ENOMEM" }, { EACCES, "EACCES" },
		{ EEXIST, "EEXIST" }, { ENODEV, "ENODEV" }, { ENOTDIR, "ENOTDIR" },
		{ EISDIR, "EISDIR" }, { EINVAL, "EINVAL" }, { ENFILE, "ENFILE" },
		{ EMFILE, "EMFILE" }, { ENOSPC, "ENOSPC" }, { EROFS, "EROFS" },
		{ EPIPE, "EPIPE" }, { ELOOP, "ELOOP" }, { ENAMETOOLONG, "ENAMETOOLONG" },
		{ ENOSYS, "ENOSYS" }, { EXDEV, "EXDEV" }, { EBUSY, "EBUSY" },
		{ EFBIG, "EFBIG" }, { ETIMEDOUT, "ETIMEDOUT" }, { EOVERFLOW, "EOVERFLOW" },
		{ ENOEXEC, "ENOEXEC" }, { ENXIO, "ENXIO" },
	};

	if (error < 0)
		error = -error;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == error)
			return names[i].name;
	return decimal(error);
}

/* Waits until @fd can be read. A regular file can be at once. */
static long wait_readable(int fd)
{
	struct __kernel_timespec limit = { .tv_sec = SECONDS };
	struct pollfd one = { .fd = fd, .events = POLLIN };
	long ready = sys6(__NR_ppoll, (long)&one, 1, (long)&limit, 0, 0, 0);

	return ready == 0 ? -ETIMEDOUT : ready;
}

long read_whole(int fd, size_t most, char **text)
{
	long memory = sys6(__NR_mmap, 0, most + 1, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t size = 0;

	if (memory < 0)
		return memory;
	*text = (char *)memory;
	for (;;) {
		long n = wait_readable(fd);

		if (n >= 0)
			n = sys(__NR_read, fd, *text + size, most + 1 - size);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		if (n == 0)
			break;
		size += n;
		if (size > most)
			return -EFBIG;
	}
	(*text)[size] = 0;
	return size;
}
