// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of the sequences, printed at the end, to judge whether they are useful. */
#include "sequence.h"
#include "tally.h"

int printf(const char *fmt, ...) __attribute__((__format__(printf, 1, 2)));
int fflush(void *stream);
long clock(void);

#define CLOCKS_PER_SECOND 1000000ULL
#define PULSE 1000000ULL

/* Lower bounds of the histogram of calls per sequence. */
static const u32 floors[] = { 0, 8, 12, 16, 24, 32, 48, 64, 96, 128 };

static u64 sequences, recalled, setup_calls, step_calls, with_token, with_use, tidied;
static u64 by_calls[ARRAY_SIZE(floors)], by_tasks[SEQ_MAX_TASKS + 1];

static u64 per_second(void)
{
	u64 time = (u64)clock();

	return sequences * CLOCKS_PER_SECOND / (time ? time : 1);
}

void tally(const struct seq_result *result, bool was_recalled)
{
	u32 i = ARRAY_SIZE(floors) - 1;

	sequences++;
	recalled += was_recalled;
	setup_calls += result->setup_calls;
	step_calls += result->step_calls;
	with_token += result->tokens > 0;
	with_use += result->uses > 0;
	tidied += result->calls > result->setup_calls + result->step_calls;
	while (floors[i] > result->step_calls)
		i--;
	by_calls[i]++;
	by_tasks[min(result->tasks, (u32)SEQ_MAX_TASKS)]++;
	if (sequences % PULSE == 0) {
		printf("%llu sequences, %llu per second of CPU time\n", sequences, per_second());
		fflush(NULL);
	}
}

static void print_share(u64 part, const char *what)
{
	u64 share = 1000 * part / sequences;

	printf("%4llu.%llu %% %s\n", share / 10, share % 10, what);
}

static void print_calls(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(floors); i++) {
		if (!by_calls[i])
			continue;
		printf(" %u%s: %llu", floors[i], i + 1 < ARRAY_SIZE(floors) ? "+" : " and more",
		       by_calls[i]);
	}
}

void tally_print(void)
{
	u32 i;

	if (!sequences)
		return;
	printf("sequences by calls after the setup prefix:");
	print_calls();
	printf("\nsequences by tasks:");
	for (i = 0; i < ARRAY_SIZE(by_tasks); i++)
		if (by_tasks[i])
			printf(" %u: %llu", i, by_tasks[i]);
	printf("\n");
	print_share(with_token, "created a token");
	print_share(with_use, "used one that the kernel did not ignore");
	print_share(recalled, "continued from a cached setup prefix");
	print_share(tidied, "left files outside of their sandbox root");
	printf("%llu sequences of %llu calls after a setup prefix of %llu; %llu per second of CPU time\n",
	       sequences, step_calls / sequences, setup_calls / sequences, per_second());
	fflush(NULL);
}
