// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core under libFuzzer: the first byte chooses the release, the rest is a
 * sequence (sequence.c). Each release boots once; before every sequence the
 * kernel is put back to that.
 */
#include "arena.h"
#include "sequence.h"

int printf(const char *fmt, ...) __attribute__((__format__(printf, 1, 2)));
int fprintf(void *stream, const char *fmt, ...) __attribute__((__format__(printf, 2, 3)));
char *getenv(const char *name);
int atexit(void (*function)(void));
void abort(void) __attribute__((__noreturn__));
extern void *stderr;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size);

static const u32 releases[] = { 6018, 1, 2, 3, 6009, 6012, 6015, 6017 };
static struct image *booted[ARRAY_SIZE(releases)];
static u64 sequences, calls, with_token, with_use;
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

/* With FUZZ_TRACE in the environment: what a sequence does, to read. */
void seq_trace(const char *what, u32 pid, u32 nr, const u64 *args, u32 nargs, s64 ret)
{
	const struct signature *signature = signature_of(nr);
	u32 i;

	if (!tracing)
		return;
	fprintf(stderr, "%u: %s", pid, nargs ? signature->name : what);
	for (i = 0; i < nargs; i++)
		show_argument(signature->kinds[i], args[i]);
	fprintf(stderr, nargs ? " = %lld\n" : " %lld\n", ret);
}

static void tell(void)
{
	printf("%llu sequences, %llu calls, %llu %% made a token, %llu %% used one\n", sequences,
	       calls, sequences ? 100 * with_token / sequences : 0,
	       sequences ? 100 * with_use / sequences : 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct image *off;
	u32 i;

	off = image_save();
	(void)argc;
	(void)argv;
	tracing = getenv("FUZZ_TRACE");
	for (i = 0; i < ARRAY_SIZE(releases); i++) {
		image_restore(off);
		if (kernel_boot(releases[i], i == 1 ? 0 : 2, 0, 0))
			abort();
		kernel_settle();
		booted[i] = image_save();
	}
	atexit(tell);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	struct seq_result *result;

	if (!size)
		return 0;
	image_restore(booted[bytes[0] % ARRAY_SIZE(releases)]);
	result = seq_run(bytes + 1, (u32)size - 1);
	sequences++;
	calls += result->calls;
	with_token += result->tokens > 0;
	with_use += result->uses > 0;
	if (result->leaked) {
		fprintf(stderr, "release %u: live kind %u: %d before, %d after\n",
			releases[bytes[0] % ARRAY_SIZE(releases)], result->leaked - 1,
			result->before, result->after);
		abort();
	}
	return 0;
}
