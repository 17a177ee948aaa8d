// SPDX-License-Identifier: MIT
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include "kernel.h"

enum { FIRST_FD = 100, MOST_FDS = 64, MOST_MAPS = 1024, OUTPUTS = 8, LARGE = 1 << 20 };

static struct piece_of_input pieces[MOST_PIECES];
static struct { int piece; size_t at; } files[MOST_FDS + 1];
static int file_count;
static struct { void *at; size_t size; } maps[MOST_MAPS];
static struct { char *text; size_t size; } outputs[OUTPUTS];
static jmp_buf ends;

/* Variables of the program that must not outlive a run: native.mjs puts them into these sections. */
extern char __start_fuzz_bss[] __attribute__((weak)), __stop_fuzz_bss[] __attribute__((weak));
extern char __start_fuzz_data[] __attribute__((weak)), __stop_fuzz_data[] __attribute__((weak));
static char *first_bss, *first_data;

/* Copies memory that contains the red zones of variables. */
__attribute__((no_sanitize("address")))
static void copy(void *to, const void *from, size_t size)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static void restore(char **first, char *start, char *stop)
{
	size_t size = stop - start;

	if (*first) {
		copy(start, *first, size);
		return;
	}
	*first = malloc(size + 1);
	copy(*first, start, size);
}

static void split(const uint8_t *data, size_t size)
{
	memset(pieces, 0, sizeof(pieces));
	for (int i = 0; i < MOST_PIECES; i++) {
		const uint8_t *end = i + 1 < MOST_PIECES ? memchr(data, 0x1e, size) : NULL;

		pieces[i].bytes = data;
		pieces[i].size = end ? (size_t)(end - data) : size;
		if (!end)
			return;
		size -= pieces[i].size + 1;
		data = end + 1;
	}
}

struct piece_of_input kernel_piece(int index)
{
	return pieces[index];
}

const char *kernel_written(int fd, size_t *size)
{
	*size = outputs[fd].size;
	return outputs[fd].text ? outputs[fd].text : "";
}

/* Only a prefix of so much memory is ever used, so its red zones would only take time. */
static void *allocate(size_t size)
{
	if (size < LARGE)
		return calloc(1, size);
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void release(void *memory, size_t size)
{
	if (size < LARGE)
		free(memory);
	else
		munmap(memory, size);
}

/* Maps, remaps or, with no size, unmaps. */
static long map(void *old, size_t size)
{
	for (int i = 0; i < MOST_MAPS; i++) {
		size_t before = maps[i].size;
		void *fresh;

		if (maps[i].at != old)
			continue;
		fresh = size ? allocate(size) : NULL;
		if (old && fresh)
			memcpy(fresh, old, before < size ? before : size);
		release(old, before);
		maps[i].at = fresh;
		maps[i].size = size;
		return (long)fresh;
	}
	return old ? -EINVAL : -ENOMEM;
}

static void clear(void)
{
	for (int i = 0; i < MOST_MAPS; i++) {
		release(maps[i].at, maps[i].size);
		maps[i].at = NULL;
		maps[i].size = 0;
	}
	for (int i = 0; i < OUTPUTS; i++) {
		free(outputs[i].text);
		outputs[i].text = NULL;
		outputs[i].size = 0;
	}
	file_count = 0;
	files[MOST_FDS].at = 0;
}

int kernel_run(const uint8_t *data, size_t size, void (*run)(void))
{
	int status;

	clear();
	split(data, size);
	if (__start_fuzz_bss)
		restore(&first_bss, __start_fuzz_bss, __stop_fuzz_bss);
	if (__start_fuzz_data)
		restore(&first_data, __start_fuzz_data, __stop_fuzz_data);
	status = setjmp(ends);
	if (status)
		return status - 1;
	run();
	return -1;
}

static long open_file(const char *path, long flags)
{
	int piece = flags & O_CREAT ? -1 : piece_of_path(path), file;

	/* A new file is the fourth output, a log the fifth. */
	if (flags & O_CREAT)
		return flags & O_APPEND ? 5 : 4;
	if (piece < 0 || !pieces[piece].bytes)
		return -ENOENT;
	/* The programs close what they open, and a loop may open any number. */
	file = file_count++ % MOST_FDS;
	files[file].piece = piece;
	files[file].at = 0;
	return FIRST_FD + file;
}

/* The standard input is the piece of the path "", and has its place after those of the files. */
static long read_piece(long fd, char *to, size_t size)
{
	int file = fd ? (int)fd - FIRST_FD : MOST_FDS;
	int index = fd ? files[file].piece : piece_of_path("");
	size_t *at = &files[file].at, left = pieces[index].size - *at;

	if (!left)
		return 0;
	/* A pipe gives what it has. */
	if (size > 1000)
		size = 1000;
	if (size > left)
		size = left;
	memcpy(to, pieces[index].bytes + *at, size);
	*at += size;
	return (long)size;
}

static long write_output(long fd, const char *bytes, size_t size)
{
	char *text;

	if (fd < 0 || fd >= OUTPUTS)
		return -EBADF;
	text = realloc(outputs[fd].text, outputs[fd].size + size + 1);
	memcpy(text + outputs[fd].size, bytes, size);
	outputs[fd].text = text;
	outputs[fd].size += size;
	text[outputs[fd].size] = 0;
	return (long)size;
}

static long read_symlink(const char *path, char *to, size_t size)
{
	int piece = piece_of_path(path);

	if (piece < 0 || !pieces[piece].bytes)
		return -ENOENT;
	if (size > pieces[piece].size)
		size = pieces[piece].size;
	memcpy(to, pieces[piece].bytes, size);
	return (long)size;
}

static long name_kernel(struct utsname *to)
{
	static const char release[] = "6.18.44";

	memcpy(to->release, release, sizeof(release));
	return 0;
}

/* A file of root that nobody else can write. */
static long stat_file(const char *path, struct statx *to)
{
	memset(to, 0, sizeof(*to));
	to->stx_mode = S_IFREG | 0644;
	to->stx_ino = strcmp(path, "/proc/self/exe") == 0;
	return 0;
}

long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	const long args[6] = { a, b, c, d, e, f };

	switch (nr) {
	case __NR_exit_group:
		longjmp(ends, (int)a + 1);
	case __NR_openat:
		return open_file((const char *)b, c);
	case __NR_read:
		if (a && a < FIRST_FD)
			return other_call(nr, args);
		return read_piece(a, (char *)b, (size_t)c);
	case __NR_write:
		return write_output(a, (const char *)b, (size_t)c);
	case __NR_readlinkat:
		return read_symlink((const char *)b, (char *)c, (size_t)d);
	case __NR_mmap:
		return map(NULL, (size_t)b);
	case __NR_mremap:
		return map((void *)a, (size_t)c);
	case __NR_munmap:
		return map((void *)a, 0);
	case __NR_uname:
		return name_kernel((struct utsname *)a);
	case __NR_statx:
		return stat_file((const char *)b, (struct statx *)e);
	case __NR_ppoll:
		return 1;
	case __NR_getpid:
		return 7;
	case __NR_close:
	case __NR_unlinkat:
	case __NR_renameat2:
	case __NR_faccessat:
	case __NR_nanosleep:
		return 0;
	default:
		return other_call(nr, args);
	}
}

void finding(const char *why, const char *text, size_t size)
{
	fprintf(stderr, "ERROR: %s: %.*s\n", why, (int)size, text);
	abort();
}

void check_messages(void)
{
	size_t size;
	const char *text = kernel_written(2, &size);

	for (size_t i = 0; i < size; i++)
		if ((text[i] != '\n' || i + 1 < size) &&
		    ((unsigned char)text[i] < ' ' || text[i] == 0x7f))
			finding("a message has a control character", text, size);
}
