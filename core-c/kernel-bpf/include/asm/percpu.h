/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU variables of one CPU. */
#ifndef _WASM_PERCPU_H
#define _WASM_PERCPU_H
#include <asm-generic/percpu.h>
extern struct wasm_pcpu_hot {
	int cpu_number;
} pcpu_hot;
#endif
