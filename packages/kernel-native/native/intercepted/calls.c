// SPDX-License-Identifier: MIT
#include <asm/unistd.h>
#include <linux/audit.h>
#include <stddef.h>
#include "intercepted/calls.h"

#if defined(__x86_64__)
const uint32_t own_arch = AUDIT_ARCH_X86_64;
#define OLD(name, number) CALL(name, number)
#else
const uint32_t own_arch = AUDIT_ARCH_AARCH64;
#endif

const struct intercepted_call intercepted_calls[] = {
#define CALL(name, number) { __NR_##name, number, ANY },
#define NEWER(name, number) { number, number, ANY },
#define ON_FILE(name, number) { __NR_##name, number, OF_FILE },
#define ADDING(name, number) { __NR_##name, number, ADDS },
#define MAPPING(name, number) { __NR_##name, number, MAPS },
#define CREATING(name, number) { __NR_##name, number, CREATES },
#define SETTING(name, number) { __NR_##name, number, SETS },
#include "calls.def"
};

const uint32_t intercepted_count = sizeof(intercepted_calls) / sizeof(intercepted_calls[0]);

_Static_assert(sizeof(intercepted_calls) / sizeof(intercepted_calls[0]) <= MOST_INTERCEPTED,
	       "the filter has room for MOST_INTERCEPTED calls");

const struct intercepted_call *intercepted_call(int nr)
{
	for (uint32_t i = 0; i < intercepted_count; i++)
		if (intercepted_calls[i].here == nr)
			return &intercepted_calls[i];
	return NULL;
}

int intercepted_file(const struct intercepted_call *call)
{
	switch (call->kind) {
	case OF_FILE:
		return 0;
	case ADDS:
		return 2;
	case MAPS:
		return 4;
	default:
		return -1;
	}
}
