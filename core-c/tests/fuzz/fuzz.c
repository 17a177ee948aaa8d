// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the core under libFuzzer. The first byte chooses the release, the rest is a sequence
 * (sequence.c). Each release boots once. Before each sequence the kernel is restored to that
 * state, or to the end of the sequence's setup prefix.
 */
#include "arena.h"
#include "sequence.h"
#include "setup_cache.h"
#include "tally.h"

int fprintf(void *stream, const char *fmt, ...) __attribute__((__format__(printf, 2, 3)));
char *getenv(const char *name);
int atexit(void (*function)(void));
void abort(void) __attribute__((__noreturn__));
extern void *stderr;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size);

/* Keep ASan's memory small: the model has its own heap, and libFuzzer's is of no interest. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4:malloc_context_size=1";
}

static const u32 releases[NR_FUZZ_RELEASES] = { 6018, 1, 2, 3, 6009, 6012, 6015, 6017, 6019,
						 7000, 7001, 7002, 7003 };
static struct image *booted[ARRAY_SIZE(releases)];
static struct seq_state begun[ARRAY_SIZE(releases)];
static bool tracing;

struct signature {
	const char *name;
	u32 nr;
	u8 kinds[6];
};

static const struct signature *signature_of(u32 nr)
{
	static const struct signature signatures[] = {
#define SIGNATURE(name, nr, count, a, b, c, d, e, f) { #name, nr, { a, b, c, d, e, f } },
		SYSCALL_TABLE(SIGNATURE)
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(signatures) - 1 && signatures[i].nr != nr; i++)
		;
	return &signatures[i];
}

static void show_argument(u32 kind, u64 value)
{
	if (kind == ARG_STR && value)
		fprintf(stderr, " \"%s\"", (const char *)(unsigned long)value);
	else if (kind == ARG_FD || kind == ARG_INT)
		fprintf(stderr, " %lld", (s64)value);
	else
		fprintf(stderr, " 0x%llx", value);
}

/* With FUZZ_TRACE in the environment, prints each call of a sequence. */
void seq_trace(const char *what, u32 pid, u32 nr, const u64 *args, u32 nargs, s64 ret)
{
	const struct signature *signature;
	u32 i;

	if (!tracing)
		return;
	signature = signature_of(nr);
	fprintf(stderr, "%u: %s", pid, nargs ? signature->name : what);
	for (i = 0; i < nargs; i++)
		show_argument(signature->kinds[i], args[i]);
	fprintf(stderr, nargs ? " = %lld\n" : " %lld\n", ret);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct image *off;
	u32 i;

	off = image_save(NULL);
	(void)argc;
	(void)argv;
	tracing = getenv("FUZZ_TRACE");
	for (i = 0; i < ARRAY_SIZE(releases); i++) {
		image_restore(off);
		if (kernel_boot(releases[i], i == 1 ? 0 : 2, 0, 0))
			abort();
		seq_begin();
		begun[i] = seq;
		booted[i] = image_save(NULL);
	}
	atexit(tally_print);
	return 0;
}

/* Runs or restores the setup prefix of an input; returns whether it was restored. */
static bool run_setup(const u8 *bytes, u32 len)
{
	u32 release = bytes[0] % ARRAY_SIZE(releases), read;

	if (setup_restore(bytes, len))
		return true;
	image_restore(booted[release]);
	seq = begun[release];
	read = 1 + seq_run_setup(bytes + 1, len - 1);
	/* if bytes were missing, a longer input has another setup prefix */
	if (read < len)
		setup_save(bytes, read);
	return false;
}

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	struct seq_result *result;
	u32 len = (u32)size;
	bool known;

	if (!len)
		return 0;
	known = run_setup(bytes, len);
	result = seq_run_steps(bytes + 1, len - 1);
	tally(result, known);
	if (result->leaked) {
		fprintf(stderr, "release %u: live kind %u: %d before, %d after\n",
			releases[bytes[0] % ARRAY_SIZE(releases)], result->leaked - 1,
			result->before, result->after);
		abort();
	}
	return 0;
}
