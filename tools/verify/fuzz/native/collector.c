// SPDX-License-Identifier: MIT
/* The collector. The input is the files of /proc and /sys in the order of the list. */
#include <asm/unistd.h>
#include <errno.h>
#include <string.h>
#include "kernel.h"

int mini_main(int argc, char **argv, char **envp);

static const char *const files[] = {
	"/proc/7/status", "/proc/7/mountinfo", "/proc/7/ns/user", "/proc/self/ns/user",
	"/proc/1/mountinfo", "/proc/self/mountinfo", "/proc/7/cgroup", "/sys/kernel/security/lsm",
	"/sys/kernel/security/lockdown", "/proc/sys/kernel/unprivileged_bpf_disabled",
	"/proc/sys/kernel/perf_event_paranoid",
};

/* The instructions of all filters. */
enum { FILTERS = sizeof(files) / sizeof(files[0]), GET_FILTER = 0x420c };

static bool full;
static int status;

int piece_of_path(const char *path)
{
	for (int i = 0; i < FILTERS; i++)
		if (strcmp(path, files[i]) == 0)
			return i;
	return NO_FILE;
}

/* Filter N is as long as the N-th byte of its piece says. */
static long get_filter(unsigned long index, char *to)
{
	struct piece_of_input filters = kernel_piece(FILTERS);
	size_t size;

	if (index >= filters.size)
		return -ENOENT;
	size = filters.bytes[index];
	/* A longer one than the kernel accepts. */
	if (size == 0xff)
		return 5000;
	if (to)
		memset(to, filters.bytes[index], 8 * size);
	return (long)size;
}

/* The first thread of a process never stops after its end, while others run. */
static bool has_ended(void)
{
	struct piece_of_input text = kernel_piece(0);

	return memmem(text.bytes, text.size, "\nState:\tZ", 9) &&
	       !memmem(text.bytes, text.size, "\nState:\tR", 9);
}

static int waits;

long other_call(long nr, const long *args)
{
	static int stops;

	if (nr == __NR_ptrace)
		return args[0] == GET_FILTER ? get_filter((unsigned long)args[2], (char *)args[3]) : 0;
	if (nr == __NR_wait4 && has_ended()) {
		if (waits++ > 100000)
			finding("it waits without end", "", 0);
		return 0;
	}
	if (nr == __NR_wait4) {
		/* Every second time the process has not stopped yet. */
		if (stops++ % 2)
			return 0;
		*(int *)args[1] = 0x137f;
		return args[0];
	}
	return -ENOSYS;
}

static void run(void)
{
	char *all[] = { "bpf-token-collect", "--full", "--seccomp", "7", NULL };
	char *some[] = { "bpf-token-collect", "7", NULL };

	waits = 0;
	status = full ? mini_main(4, all, all + 4) : mini_main(2, some, some + 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (full = false;; full = true) {
		const char *text;
		size_t written;

		status = -1;
		kernel_run(data, size, run);
		check_messages();
		text = kernel_written(1, &written);
		if (status == 0 && (!is_json(text, written) || memchr(text, '\n', written) != text + written - 1))
			finding("the report is no line of JSON", text, written);
		if (full)
			return 0;
	}
}
