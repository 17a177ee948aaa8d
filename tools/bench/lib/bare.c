// SPDX-License-Identifier: MIT
/*
 * What the kernel itself costs without any of our code: prints nanoseconds, one sample per line.
 * bare lookup|call|word|fork
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES 50

static union bpf_attr attr;
static uint64_t value;
static uint32_t key;
static int line[2];

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* A lookup in an array map. */
static int lookup_ready(void)
{
	attr = (union bpf_attr){ .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
				 .max_entries = 1 };
	int map = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&value;
	return map < 0;
}

static int lookup(void)
{
	return syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, 32);
}

/* A system call that does nothing. */
static int call_ready(void)
{
	return 0;
}

static int call(void)
{
	return syscall(SYS_getpid) <= 0;
}

/* One round trip to another process: the minimum that a call through an executor can cost. */
static int word_ready(void)
{
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, line))
		return 1;
	pid = fork();
	if (pid == 0) {
		close(line[0]);
		while (read(line[1], &value, sizeof(value)) == sizeof(value))
			if (write(line[1], &value, sizeof(value)) < 0)
				break;
		_exit(0);
	}
	close(line[1]);
	return pid < 0;
}

static int word(void)
{
	return write(line[0], &value, sizeof(value)) != sizeof(value) ||
	       read(line[0], &value, sizeof(value)) != sizeof(value);
}

/* A process that exits at once. */
static int forked(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid(pid, NULL, 0) != pid;
}

static const struct work {
	const char *name;
	int batch;
	int (*ready)(void);
	int (*run)(void);
} works[] = {
	{ "lookup", 10000, lookup_ready, lookup },
	{ "call", 10000, call_ready, call },
	{ "word", 200, word_ready, word },
	{ "fork", 10, call_ready, forked },
};

static int measure(const struct work *work)
{
	if (work->ready())
		return 1;
	for (int i = 0; i < SAMPLES; i++) {
		double start = now_ns();

		for (int j = 0; j < work->batch; j++)
			if (work->run())
				return 1;
		printf("%f\n", (now_ns() - start) / work->batch);
	}
	return 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(works) / sizeof(works[0]); i++)
		if (!strcmp(works[i].name, argv[1]))
			return measure(&works[i]);
	return 2;
}
