/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_ARCH_H
#define _LINUX_ARCH_H

#include <linux/types.h>

/*
 * What the core needs from an architecture; the kernel has no such header. Implemented by
 * arch/wasm/traps.c for wasm32, and by arch/native/ for hosts.
 */

/* Copy limits and id map files depend on this page size. */
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096UL
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PATH_MAX 4096
#define NAME_MAX 255

/** arch_heap_start() - Get the first address of the heap, 16-byte aligned. */
unsigned long arch_heap_start(void);

/**
 * arch_heap_reserve() - Make memory below @end usable.
 * @end: end of the memory
 *
 * Return: the end of the usable memory (>= @end), or 0 when out of memory. New memory is zeroed.
 * Memory is never returned.
 */
unsigned long arch_heap_reserve(unsigned long end);

/*
 * arch_warn() - A WARN_ON triggered: a bug of the model, not of the caller. arch_bug() - A BUG_ON
 * 	triggered: terminate this kernel.
 *
 * wasm32 reports no location, so that the module contains no file names.
 */
#ifdef CONFIG_NATIVE
void arch_warn(const char *file, int line);
void arch_bug(const char *file, int line) __attribute__((__noreturn__));
#else
#define arch_warn(file, line) ((void)0)
#define arch_bug(file, line) __builtin_trap()
#endif

/** arch_leak() - The model loses the object at @p on purpose, because the kernel does. */
#ifdef CONFIG_NATIVE
void arch_leak(const void *p);
#else
#define arch_leak(p) ((void)0)
#endif

struct lsm_call;

/** arch_lsm_ask() - Ask the host for the answer of an LSM hook: 0 or -errno. */
s32 arch_lsm_ask(const struct lsm_call *call);

/** arch_canary_init() - Initialise the canary at address 0, if there is one. */
void arch_canary_init(void);

/** arch_canary_ok() - Is the canary intact, so that nothing wrote through a NULL pointer? */
bool arch_canary_ok(void);

/**
 * arch_user_address() - Get the address by which callers know their memory.
 * @p: address of its first byte in the core
 *
 * Both are the same on wasm32, unless user_place() was called. A host that replays a recording of
 * another machine must present that machine's addresses.
 */
#ifdef CONFIG_NATIVE
unsigned long arch_user_address(const void *p);
#else
extern unsigned long user_bias;
#define arch_user_address(p) ((unsigned long)(p) + user_bias)
#endif

#endif /* _LINUX_ARCH_H */
