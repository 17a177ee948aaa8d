// SPDX-License-Identifier: MIT
/* Reading, writing, time and memory. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "exec.h"

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= n;
	}
	return true;
}

bool read_all(int fd, void *data, size_t size)
{
	char *at = data;

	while (size) {
		ssize_t n = read(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= n;
	}
	return true;
}

/* Reads a small text file; one that does not fit is truncated. */
bool read_file(int dirfd, const char *path, char *text, size_t size)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while (have < size - 1 && (n = read(fd, text + have, size - 1 - have)) > 0)
		have += n;
	text[have] = 0;
	close(fd);
	return n >= 0;
}

bool write_file(int dirfd, const char *path, const char *text)
{
	int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);
	ssize_t size = strlen(text);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, size) == size;
	close(fd);
	return ok;
}

/* Memory from mmap(): a test may have set limits that break malloc(). */
void *xalloc(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

void xfree(void *mem, size_t size)
{
	if (mem)
		munmap(mem, size);
}

/* Reports that the executor could not start: which step failed, and its errno. */
void send_failure(int fd, int err, const char *what)
{
	size_t length = strlen(what);
	struct exec_reply reply = {
		.length = sizeof(struct exec_hello) + length,
		.op = OP_HELLO,
		.status = STATUS_FAILED,
		.ret = -err,
	};
	struct exec_hello hello = {
		.magic = PROTOCOL_MAGIC,
		.version = PROTOCOL_VERSION,
	};

	if (write_all(fd, &reply, sizeof(reply)) &&
	    write_all(fd, &hello, sizeof(hello)))
		write_all(fd, what, length);
}
