// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locates the profile counters that clang's -fprofile-instr-generate adds to an upstream file. The
 * host reads them. clang defines the section names and the record format.
 */
#include <linux/types.h>

#include "../../arch/wasm/abi.h"

extern const char __start___llvm_prf_data[] __attribute__((weak));
extern const char __stop___llvm_prf_data[] __attribute__((weak));
extern char __start___llvm_prf_cnts[] __attribute__((weak));
extern char __stop___llvm_prf_cnts[] __attribute__((weak));

/* Start and end addresses. */
struct counters {
	const void *data, *data_end;
	void *counts, *counts_end;
};

ABI_COUNTERS;

const struct counters *fuzz_counters(void);

/* Symbols of clang's run-time library; older compilers call the functions. */
int __llvm_profile_runtime;
void __llvm_profile_register_function(void *data);
void __llvm_profile_register_names_function(void *names, u64 size);

void __llvm_profile_register_function(void *data)
{
	(void)data;
}

void __llvm_profile_register_names_function(void *names, u64 size)
{
	(void)names;
	(void)size;
}

const struct counters *fuzz_counters(void)
{
	static struct counters at;

	at.data = __start___llvm_prf_data;
	at.data_end = __stop___llvm_prf_data;
	at.counts = __start___llvm_prf_cnts;
	at.counts_end = __stop___llvm_prf_cnts;
	return &at;
}
