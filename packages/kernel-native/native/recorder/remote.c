// SPDX-License-Identifier: MIT
#include <asm/poll.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/wait.h>
#include "files.h"
#include "process.h"
#include "remote.h"

enum {
	BPFFS_MAGIC = 0xcafe4a11,
	/* Two seconds in which the helper does not run: a busy machine is no reason. */
	MOST_POLLS = 40,
	POLL_NANOSECONDS = 50000000,
	/* Helpers that the kernel cannot end stay; a hostile program gets no more of them. */
	MOST_GIVEN_UP = 16,
};

struct request {
	int tid;			/* 0: asks for the filesystem */
	uint64_t address;
	size_t count;
	char path[96];
};

struct answer {
	long ret;
	size_t count;
	unsigned char bytes[REMOTE_MOST];
};

enum { ANSWER_HEAD = offsetof(struct answer, bytes) };

/* The ends of two pipes. The reading end of requests stays open, so that no write is a SIGPIPE. */
static int requests[2], answers;
static long helper;
static unsigned int given_up;

static long read_memory(int tid, uint64_t address, void *bytes, size_t count)
{
	uint64_t mine[2] = { (uint64_t)(uintptr_t)bytes, count }, theirs[2] = { address, count };

	return SYS(__NR_process_vm_readv, tid, mine, 1, theirs, 1, 0);
}

/* The helper -------------------------------------------------------------- */

static void answer_to(const struct request *request, struct answer *answer)
{
	/* struct statfs: the type is its first word. */
	long statfs[32];

	answer->count = 0;
	if (request->tid) {
		answer->ret = read_memory(request->tid, request->address, answer->bytes, request->count);
		answer->count = answer->ret > 0 ? (size_t)answer->ret : 0;
	} else {
		answer->ret = SYS(__NR_statfs, request->path, statfs) == 0 &&
			      (unsigned int)statfs[0] == (unsigned int)BPFFS_MAGIC;
	}
}

static _Noreturn void help(int from, int to)
{
	static struct request request;
	static struct answer answer;

	SYS(__NR_prctl, PR_SET_PDEATHSIG, 9);
	/* What waits for the end of the recording must not wait for a helper that cannot end. */
	SYS(__NR_dup3, from, 0, 0);
	SYS(__NR_dup3, to, 1, 0);
	SYS(__NR_close_range, 2, ~0U, 0);
	while (SYS(__NR_read, 0, &request, sizeof(request)) == sizeof(request)) {
		size_t done = 0, size;

		answer_to(&request, &answer);
		size = ANSWER_HEAD + answer.count;
		while (done < size) {
			long ret = SYS(__NR_write, 1, (char *)&answer + done, size - done);

			if (ret <= 0)
				mini_exit(1);
			done += (size_t)ret;
		}
	}
	mini_exit(0);
}

/* The recorder ------------------------------------------------------------ */

static void close_all(void)
{
	SYS(__NR_close, requests[0]);
	SYS(__NR_close, requests[1]);
	SYS(__NR_close, answers);
	helper = 0;
}

static bool start(void)
{
	int both[2];
	uint64_t mask;

	if (helper)
		return true;
	if (given_up == MOST_GIVEN_UP || SYS(__NR_pipe2, requests, O_CLOEXEC) < 0)
		return false;
	if (SYS(__NR_pipe2, both, O_CLOEXEC) < 0) {
		SYS(__NR_close, requests[0]);
		SYS(__NR_close, requests[1]);
		return false;
	}
	/* A signal of the terminal is for the program. */
	mask = block_signals(~0UL);
	/* Without a signal at its end, so that loop() does not wait for it. */
	helper = SYS(__NR_clone, 0, 0, 0, 0, 0);
	if (helper == 0)
		help(requests[0], both[1]);
	block_signals(mask);
	SYS(__NR_close, both[1]);
	answers = both[0];
	if (helper > 0)
		return true;
	close_all();
	return false;
}

static void give_up(void)
{
	SYS(__NR_kill, helper, 9);
	SYS(__NR_wait4, helper, 0, WNOHANG | __WCLONE, 0);
	close_all();
	given_up++;
}

static bool is_running(void)
{
	char path[64], status[4096], digits[16];

	mini_join(path, sizeof(path), "/proc/", text_of((unsigned int)helper, digits), "/status", NULL);
	read_short_lines(path, status, sizeof(status));
	return mini_find(status, "\nState:\tR");
}

/* Whether there is something to read, which may be the end. */
static bool wait_answer(void)
{
	for (unsigned int polls = 0; polls < MOST_POLLS;) {
		long limit[2] = { 0, POLL_NANOSECONDS };
		struct pollfd end = { .fd = answers, .events = POLLIN };
		long ret = SYS(__NR_ppoll, &end, 1, limit, 0, 0);

		if (ret > 0)
			return true;
		polls += ret == 0 && !is_running();
	}
	return false;
}

static long ask(const struct request *request, void *bytes)
{
	static struct answer answer;
	size_t have = 0;

	if (!start())
		return NO_ANSWER;
	SYS(__NR_write, requests[1], request, sizeof(*request));
	while (have < ANSWER_HEAD || have < ANSWER_HEAD + answer.count) {
		long ret = wait_answer() ?
			SYS(__NR_read, answers, (char *)&answer + have, sizeof(answer) - have) : 0;

		if (ret <= 0) {
			give_up();
			return NO_ANSWER;
		}
		have += (size_t)ret;
	}
	for (size_t i = 0; i < answer.count; i++)
		((unsigned char *)bytes)[i] = answer.bytes[i];
	return answer.ret;
}

long remote_read(int tid, uint64_t address, void *bytes, size_t count)
{
	struct request request = { .tid = tid, .address = address, .count = count };
	long ret = ask(&request, bytes);

	/* Yama may let only the tracer read. Without root, nothing of the host is stopped. */
	if (ret == -MINI_EPERM && SYS(__NR_geteuid) != 0)
		ret = read_memory(tid, address, bytes, count);
	return ret;
}

long remote_is_bpffs(const char *path)
{
	struct request request = { .tid = 0 };

	mini_join(request.path, sizeof(request.path), path, NULL);
	return ask(&request, NULL);
}
