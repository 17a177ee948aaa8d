// SPDX-License-Identifier: GPL-2.0-only
/* WebAssembly memory and its trap instruction. */
#include <linux/arch.h>
#include <linux/kernel.h>

#define WASM_PAGE 65536UL
#define CANARY_WORDS 8
#define CANARY 0x79726e6163206362ULL

extern unsigned char __heap_base;

/* A NULL pointer does not trap in WebAssembly: a write through one changes these words. */
static volatile u64 *canary(void)
{
	unsigned long zero = 0;

	/* hides the address 0 from the compiler */
	__asm__("" : "+r"(zero));
	return (volatile u64 *)zero;
}

/** arch_heap_start() - see linux/arch.h */
unsigned long arch_heap_start(void)
{
	return ALIGN((unsigned long)&__heap_base, 16);
}

/** arch_heap_reserve() - see linux/arch.h */
unsigned long arch_heap_reserve(unsigned long end)
{
	unsigned long have = __builtin_wasm_memory_size(0) * WASM_PAGE;

	if (end <= have)
		return have;
	if (__builtin_wasm_memory_grow(0, DIV_ROUND_UP(end - have, WASM_PAGE)) == (size_t)-1)
		return 0;
	return __builtin_wasm_memory_size(0) * WASM_PAGE;
}

/* The import of the module: exports.txt. */
s32 host_lsm_ask(const struct lsm_call *call)
	__attribute__((import_module("host"), import_name("lsm_ask")));

/** arch_lsm_ask() - see linux/arch.h */
s32 arch_lsm_ask(const struct lsm_call *call)
{
	return host_lsm_ask(call);
}

/** arch_canary_init() - see linux/arch.h */
void arch_canary_init(void)
{
	int i;

	for (i = 0; i < CANARY_WORDS; i++)
		canary()[i] = CANARY;
}

/** arch_canary_ok() - see linux/arch.h */
bool arch_canary_ok(void)
{
	int i;

	for (i = 0; i < CANARY_WORDS; i++)
		if (canary()[i] != CANARY)
			return false;
	return true;
}
