/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder share: the boundary to the host, memory and the target BTF. */
#ifndef GLUE_H
#define GLUE_H

#include <linux/gfp_types.h>
#include <linux/types.h>
#include <linux/version.h>

#define SINCE_7 (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))
#define EXPORT(name) __attribute__((export_name(#name), used))
#define IMPORT(name) __attribute__((import_module("host"), import_name(#name)))

IMPORT(host_log) void host_log(const char *text, u32 length);
IMPORT(host_now) u64 host_now(void);

void not_modelled(const char *name);
void *memory_alloc(size_t size, gfp_t flags);
void *memory_alloc_aligned(size_t size, gfp_t flags);
void kernel_settle(void);
void not_modelled(const char *name);
int run_initcall(const char *name);

/* The types of the target BTF by id, from 1 to count. */
struct btf_names {
	const char *strings;
	u32 count;
	u32 *name;
	u8 *kind;
};

int find_tracepoints(const struct btf_names *btf);

#endif
