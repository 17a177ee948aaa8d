// SPDX-License-Identifier: GPL-2.0-only
/* The functions of include/linux/arch.h for a host with libc. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "native.h"

void arch_warn(const char *file, int line);
void arch_bug(const char *file, int line) __attribute__((__noreturn__));
void arch_leak(const void *p);
void arch_canary_init(void);
bool arch_canary_ok(void);
int arch_lsm_ask(const void *call);
unsigned long arch_heap_start(void);
unsigned long arch_heap_reserve(unsigned long end);
unsigned long arch_user_address(const void *p);

/* A warning is a bug of the model, so it must fail the test run. */
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

/* Only programs with the leak sanitizer have the function. */
void __lsan_ignore_object(const void *p) __attribute__((__weak__));

void arch_leak(const void *p)
{
	if (__lsan_ignore_object)
		__lsan_ignore_object(p);
}

/* A NULL pointer traps natively. */
void arch_canary_init(void)
{
}

bool arch_canary_ok(void)
{
	return true;
}

int (*native_lsm_ask)(const void *call);

/* A host that sets asked hooks also sets native_lsm_ask. */
int arch_lsm_ask(const void *call)
{
	return native_lsm_ask ? native_lsm_ask(call) : 0;
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

/* Memory that the core knows under another address: see native.h. */
static struct alias {
	const void *memory;
	unsigned long address;
} aliases[NATIVE_ALIASES];
static unsigned int nr_aliases;
static unsigned long next_address;

void native_next_address(unsigned long address)
{
	next_address = address;
}

const void *native_last_memory(void)
{
	return nr_aliases ? aliases[nr_aliases - 1].memory : NULL;
}

void native_forget_addresses(void)
{
	nr_aliases = 0;
}

unsigned long arch_user_address(const void *p)
{
	unsigned int i;

	for (i = 0; i < nr_aliases; i++)
		if (aliases[i].memory == p)
			return aliases[i].address;
	if (!next_address || nr_aliases == NATIVE_ALIASES)
		return (unsigned long)p;
	aliases[nr_aliases++] = (struct alias){ .memory = p, .address = next_address };
	next_address = 0;
	return aliases[nr_aliases - 1].address;
}
