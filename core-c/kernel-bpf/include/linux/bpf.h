/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for linux/bpf.h. For a machine without page tables it defines stubs in place of some
 * functions of arena.c. The module has arena.c, so the stubs get other names.
 */
#ifndef SUBSYSTEM_LINUX_BPF_H
#define SUBSYSTEM_LINUX_BPF_H
#define bpf_arena_alloc_pages_non_sleepable stub_alloc_pages_non_sleepable
#define bpf_arena_alloc_pages_sleepable stub_alloc_pages_sleepable
#define bpf_arena_free_pages_non_sleepable stub_free_pages_non_sleepable
#include_next <linux/bpf.h>
#undef bpf_arena_alloc_pages_non_sleepable
#undef bpf_arena_alloc_pages_sleepable
#undef bpf_arena_free_pages_non_sleepable
void *bpf_arena_alloc_pages_non_sleepable(void *map, void *addr, u32 count, int node, u64 flags);
void *bpf_arena_alloc_pages_sleepable(void *map, void *addr, u32 count, int node, u64 flags);
void bpf_arena_free_pages_non_sleepable(void *map, void *pages, u32 count);
#endif
