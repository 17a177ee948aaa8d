// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replays a recording of a WebAssembly kernel on the native core and compares every result:
 * `replay FILE`. tools/verify/core/lib/recorder.mjs writes the recording.
 *
 * A recording has one chunk per kernel. All numbers are u32, little endian: magic number, length
 * of the chunk, name, records up to RECORD_END. "Data" is a number of bytes, followed by the
 * bytes, padded to a multiple of four.
 *   CALL     function, number of arguments, arguments; hooks; the result; for
 *            kernel_fd_next four more words; the log if the function resets it
 *   SYSCALL  pid; nr, nargs and the arguments as in the call block; number of
 *            segments; the data of each; hooks; the result, 64 bits; for each
 *            segment 0 or 1 and, after 1, the new data; the log
 *   RESET
 *   SEGMENT  address, size
 * "Hooks" are the LSM hooks that asked the host during the call: their number, and for each the
 * struct lsm_call and the answer. The log is two words, as many entries as the first word says,
 * and, as data, what was not modelled.
 *
 * Each kernel runs in its own process, because a process can boot only once. The exit status is 0
 * if all results are equal, 1 if there is a difference or a sanitizer report.
 */
#include <linux/err.h>
#include <linux/live.h>
#include <linux/lsm_answer.h>
#include <linux/string.h>
#include <trace/refusal.h>

#include "../arch/wasm/entry.h"
#include "../arch/native/native.h"

#define MAGIC 0x54504352u

int printf(const char *fmt, ...) __attribute__((__format__(printf, 1, 2)));
int fflush(void *stream);
int fork(void);
int waitpid(int pid, int *status, int options);
void exit(int status) __attribute__((__noreturn__));
int open(const char *path, int flags, ...);
long lseek(int fd, long offset, int whence);
void *mmap(void *at, unsigned long size, int prot, int flags, int fd, long offset);

enum record { RECORD_END, RECORD_CALL, RECORD_SYSCALL, RECORD_RESET, RECORD_SEGMENT };

enum function {
	FN_BOOT,
	FN_SETTLE,
	FN_LIVE,
	FN_FORK,
	FN_EXEC,
	FN_EXIT,
	FN_WAIT,
	FN_SEND_FD,
	FN_OPEN_NS,
	FN_FD_NEXT,
	FN_SYSCTL_READ,
	FN_SYSCTL_WRITE,
	FN_LSM_ANSWER,
	FN_FAIL_NTH,
	FN_LSM_ASKED,
};

#define MAX_SEGMENTS 128
#define MAX_ARGS 4

static const u8 *at;
static const u8 *begin;
static const char *name;
static u32 name_len;
static u32 record_no;
static u32 nr_differences;
static struct {
	u8 *memory;
	u32 size;
} segments[MAX_SEGMENTS];
static u32 nr_segments;

static u32 word(void)
{
	u32 value;

	memcpy(&value, at, sizeof(value));
	at += sizeof(value);
	return value;
}

static const u8 *data(u32 *len)
{
	const u8 *bytes;

	*len = word();
	bytes = at;
	at += (*len + 3) & ~3u;
	return bytes;
}

/* Prints one line per difference, up to eight. */
static void differ(const char *what, u32 which, s64 is, s64 recorded)
{
	if (nr_differences++ < 8)
		printf("%.*s: record %u (system call %u): %s %u: %lld natively, %lld on WebAssembly\n",
		       (int)name_len, name, record_no, kernel_call_block()->nr, what, which, is,
		       recorded);
}

static void compare(const char *what, u32 which, s64 is, s64 recorded)
{
	if (is != recorded)
		differ(what, which, is, recorded);
}

/* The evidence of -ENOMEM is the size of a struct, which depends on the machine. */
static void compare_entry(u32 i, const struct refusal_entry *is)
{
	struct refusal_entry recorded;

	memcpy(&recorded, at, sizeof(recorded));
	at += sizeof(recorded);
	compare("check", i, is->check, recorded.check);
	compare("errno of check", is->check, is->err, recorded.err);
	compare("task of check", is->check, is->task, recorded.task);
	if (recorded.err == -ENOMEM)
		return;
	compare("needed by check", is->check, (s64)is->needed, (s64)recorded.needed);
	compare("present at check", is->check, (s64)is->present, (s64)recorded.present);
}

static void compare_log(void)
{
	const struct refusal_log *log = kernel_refusals();
	u32 count = word(), dropped = word(), i, len;
	const u8 *text;

	compare("number of decisions", 0, log->count, count);
	compare("decisions that did not fit", 0, log->dropped, dropped);
	for (i = 0; i < count; i++)
		compare_entry(i, &log->entry[i]);
	text = data(&len);
	compare("length of the unmodelled name", 0,
		log->not_modelled ? (s64)strlen(log->not_modelled) : 0, len);
	if (log->not_modelled && strlen(log->not_modelled) == len)
		compare("unmodelled name", 0, memcmp(log->not_modelled, text, len), 0);
}

/* The remaining hooks of this call, and their number. */
static const u8 *hooks;
static u32 nr_hooks;

static void begin_hooks(void)
{
	nr_hooks = word();
	hooks = at;
	at += nr_hooks * (sizeof(struct lsm_call) + sizeof(s32));
}

static void end_hooks(void)
{
	compare("missing hooks", 0, nr_hooks, 0);
}

/* The last argument of a hook is an address in the core, which is not compared. */
static int answer_hook(const void *memory)
{
	const struct lsm_call *is = memory;
	struct lsm_call recorded;
	s32 answer;

	if (!nr_hooks) {
		differ("unexpected hook", is->hook, 1, 0);
		return 0;
	}
	memcpy(&recorded, hooks, sizeof(recorded));
	memcpy(&answer, hooks + sizeof(recorded), sizeof(answer));
	hooks += sizeof(recorded) + sizeof(answer);
	nr_hooks--;
	recorded.args[3] = is->args[3];
	compare("arguments of hook", is->hook, memcmp(is, &recorded, sizeof(recorded)), 0);
	return answer;
}

static void replay_segment(void)
{
	u32 address = word(), size = word();

	native_next_address(address);
	if (kernel_user_alloc(size) != address || nr_segments == MAX_SEGMENTS) {
		differ("no memory for segment", nr_segments, 0, address);
		return;
	}
	segments[nr_segments].memory = (u8 *)(unsigned long)native_last_memory();
	segments[nr_segments++].size = size;
}

static void replay_reset(void)
{
	native_forget_addresses();
	nr_segments = 0;
	kernel_user_reset();
}

static void compare_segment(u32 i)
{
	const u8 *memory = segments[i].memory, *recorded;
	u32 len, n;

	recorded = data(&len);
	for (n = 0; n < len && memory[n] == recorded[n]; n++)
		;
	if (n < len)
		differ("byte of user memory", n, memory[n], recorded[n]);
}

/* Keeps the recorded bytes of each segment, for segments that the call must not change. */
static void replay_syscall(void)
{
	struct call_block *block = kernel_call_block();
	const u8 *before[MAX_SEGMENTS];
	u32 pid = word(), i, nr, len;
	s64 ret;

	memcpy(block, at, __builtin_offsetof(struct call_block, ret));
	at += __builtin_offsetof(struct call_block, ret);
	nr = word();
	for (i = 0; i < nr; i++) {
		before[i] = at;
		memcpy(segments[i].memory, data(&len), segments[i].size);
	}
	begin_hooks();
	kernel_syscall(pid);
	end_hooks();
	memcpy(&ret, at, sizeof(ret));
	at += sizeof(ret);
	compare("result of system call", block->nr, block->ret, ret);
	for (i = 0; i < nr; i++) {
		bool changed = word();
		const u8 *behind = at;

		if (!changed)
			at = before[i];
		compare_segment(i);
		if (!changed)
			at = behind;
	}
	compare_log();
}

static s32 call(enum function function, const u32 *a)
{
	switch (function) {
	case FN_BOOT:
		return kernel_boot(a[0], a[1], a[2], a[3]);
	case FN_SETTLE:
		return (s32)kernel_settle();
	case FN_LIVE:
		return kernel_live(a[0]);
	case FN_FORK:
		return kernel_fork(a[0]);
	case FN_EXEC:
		return kernel_exec(a[0]);
	case FN_EXIT:
		kernel_exit(a[0], (s32)a[1]);
		return 0;
	case FN_WAIT:
		return kernel_wait(a[0], a[1]);
	case FN_SEND_FD:
		return kernel_send_fd(a[0], a[1], a[2]);
	case FN_OPEN_NS:
		return kernel_open_ns(a[0], a[1], a[2]);
	case FN_FD_NEXT:
		return kernel_fd_next(a[0], a[1]);
	case FN_SYSCTL_READ:
		return kernel_sysctl_read(a[0]);
	case FN_SYSCTL_WRITE:
		return kernel_sysctl_write(a[0], a[1], (s32)a[2]);
	case FN_LSM_ANSWER:
		kernel_lsm_answer(a[0], (s32)a[1]);
		return 0;
	case FN_LSM_ASKED:
		kernel_lsm_asked(a[0]);
		return 0;
	case FN_FAIL_NTH:
		return (s32)kernel_fail_nth(a[0], a[1]);
	}
	return -ENOSYS;
}

static bool has_log(enum function function)
{
	return (function >= FN_FORK && function <= FN_OPEN_NS) || function == FN_SYSCTL_WRITE;
}

static void replay_call(void)
{
	enum function function = word();
	u32 nargs = word(), args[MAX_ARGS] = { 0 }, i;
	s32 ret;

	for (i = 0; i < nargs; i++)
		args[i] = word();
	begin_hooks();
	ret = call(function, args);
	end_hooks();
	/* allocated bytes depend on the sizes of structs */
	if (function == FN_LIVE && args[0] == LIVE_ALLOC_BYTES)
		word();
	else
		compare("result of function", function, ret, (s32)word());
	for (i = 0; function == FN_FD_NEXT && i < 4; i++) {
		s64 recorded = word();

		if (ret >= 0)
			compare("word of kernel_fd_next", i, kernel_call_block()->out[i], recorded);
	}
	if (has_log(function))
		compare_log();
}

/* Stops at the first difference, because later ones would be consequences. */
static int replay(void)
{
	for (record_no = 1; !nr_differences; record_no++) {
		switch ((enum record)word()) {
		case RECORD_END:
			return 0;
		case RECORD_CALL:
			replay_call();
			break;
		case RECORD_SYSCALL:
			replay_syscall();
			break;
		case RECORD_RESET:
			replay_reset();
			break;
		case RECORD_SEGMENT:
			replay_segment();
			break;
		default:
			printf("%.*s: record %u has an unknown type\n", (int)name_len, name, record_no);
			return 1;
		}
	}
	return 1;
}

static int replay_in_child(void)
{
	int status = 1, pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		exit(replay());
	waitpid(pid, &status, 0);
	if (status)
		printf("%.*s: wait status 0x%x\n", (int)name_len, name, status);
	return status ? 1 : 0;
}

int main(int argc, char **argv)
{
	u32 kernels = 0, failed = 0;
	int fd = argc == 2 ? open(argv[1], 0) : -1;
	long size = fd < 0 ? -1 : lseek(fd, 0, 2);
	const u8 *end;

	if (size < 0) {
		printf("usage: replay FILE\n");
		return 2;
	}
	native_lsm_ask = answer_hook;
	/* PROT_READ, MAP_PRIVATE */
	begin = mmap(NULL, (unsigned long)size, 1, 2, fd, 0);
	end = begin + (size < 8 ? 0 : size);
	while (begin < end) {
		u32 length;

		at = begin;
		if (word() != MAGIC) {
			printf("%s is not a recording\n", argv[1]);
			return 2;
		}
		length = word();
		name = (const char *)data(&name_len);
		failed += (u32)replay_in_child();
		kernels++;
		begin += length;
	}
	printf("%u kernels, %u of them differ or fail\n", kernels, failed);
	return failed || !kernels ? 1 : 0;
}
