/* SPDX-License-Identifier: MIT */
/* The calls that wait for an answer: the interceptor reports them, and the addon answers them. */
#ifndef _INTERCEPTED_CALLS_H
#define _INTERCEPTED_CALLS_H

#include <stdint.h>

enum call_kind { ANY, OF_FILE, ADDS, MAPS, CREATES, SETS };

/* There are no more calls than this. */
enum { MOST_INTERCEPTED = 160 };

struct intercepted_call {
	int here;
	int on_x64;
	enum call_kind kind;
};

extern const struct intercepted_call intercepted_calls[];
extern const uint32_t intercepted_count;

/* AUDIT_ARCH_… of this machine. */
extern const uint32_t own_arch;

/* The numbers of x32. No machine has so many calls of its own. */
#define FIRST_OF_X32 0x40000000u
#define END_OF_X32 0x80000000u

/* In place of the number of a call that has none on x86-64. */
enum { OF_OTHER_ARCH = -1, OF_X32 = -2 };

/* The argument that is the file of a call; -1 if the call waits in any case. */
int intercepted_file(const struct intercepted_call *call);

/* A call of this machine; NULL for one that the filter lets pass. */
const struct intercepted_call *intercepted_call(int nr);

#endif
