/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_ARCH_H
#define _LINUX_ARCH_H

#include <linux/types.h>

/*
 * What an architecture gives the core (ours; there is no such header in the
 * kernel). arch/wasm/traps.c has it for wasm32, arch/native/ for hosts.
 */

/* Page size that copy limits and id map files are judged by. */
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096UL
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PATH_MAX 4096
#define NAME_MAX 255

/** arch_heap_start() - first address of the heap, 16-aligned. */
unsigned long arch_heap_start(void);

/**
 * arch_heap_reserve() - make memory up to @end usable.
 * @end: first address behind what is wanted
 *
 * Return: the first address behind what is usable (>= @end), or 0 when there
 * is no more. Fresh memory is zeroed. Memory is never given back.
 */
unsigned long arch_heap_reserve(unsigned long end);

/*
 * arch_warn() - a WARN_ON fired: a bug of ours, not of the caller.
 * arch_bug() - a BUG_ON fired: end this kernel.
 *
 * Nobody listens on wasm32, so that no place there has to say where it is.
 */
#ifdef CONFIG_NATIVE
void arch_warn(const char *file, int line);
void arch_bug(const char *file, int line) __attribute__((__noreturn__));
#else
#define arch_warn(file, line) ((void)0)
#define arch_bug(file, line) __builtin_trap()
#endif

struct lsm_call;

/** arch_lsm_ask() - what the host says to a hook of a security module: 0 or -errno. */
s32 arch_lsm_ask(const struct lsm_call *call);

/** arch_canary_init() - prepare the canary at address 0, if there is one. */
void arch_canary_init(void);

/** arch_canary_ok() - whether nobody wrote through a NULL pointer. */
bool arch_canary_ok(void);

/**
 * arch_user_address() - the address by which callers know memory of theirs.
 * @p: its first byte, as the core knows it
 *
 * They are the same on wasm32, unless user_place() was called. A host that plays back what
 * another machine did has to tell the core addresses of there.
 */
#ifdef CONFIG_NATIVE
unsigned long arch_user_address(const void *p);
#else
extern unsigned long user_bias;
#define arch_user_address(p) ((unsigned long)(p) + user_bias)
#endif

#endif /* _LINUX_ARCH_H */
