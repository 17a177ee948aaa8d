// SPDX-License-Identifier: GPL-2.0-only
/* What include/linux/arch.h asks of a machine, on a host with libc. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void arch_warn(const char *file, int line);
void arch_bug(const char *file, int line) __attribute__((__noreturn__));
void arch_canary_init(void);
bool arch_canary_ok(void);
unsigned long arch_heap_start(void);
unsigned long arch_heap_reserve(unsigned long end);

/* A warning is a bug of ours: a test run must not go on as if nothing was. */
void arch_warn(const char *file, int line)
{
	fprintf(stderr, "%s:%d: WARN_ON\n", file, line);
	abort();
}

void arch_bug(const char *file, int line)
{
	fprintf(stderr, "%s:%d: BUG_ON\n", file, line);
	abort();
}

/* A NULL pointer traps by itself here. */
void arch_canary_init(void)
{
}

bool arch_canary_ok(void)
{
	return true;
}

/* The heap is libc's: see heap.c. */
unsigned long arch_heap_start(void)
{
	return 0;
}

unsigned long arch_heap_reserve(unsigned long end)
{
	(void)end;
	return 0;
}
