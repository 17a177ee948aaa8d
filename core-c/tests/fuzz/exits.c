// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records the lines at which functions of an upstream file returned, in order. For this the file
 * is compiled with instrumented return and goto. The host reads and empties the record; exits
 * beyond its capacity are dropped.
 */
#include <linux/types.h>

#include "../../arch/wasm/abi.h"

#define MAX_EXITS 256

struct exit {
	u32 kind, line;
	const char *file, *function;
};

struct exits {
	u32 count;
	struct exit exit[MAX_EXITS];
};

ABI_EXIT;
ABI_EXITS;

static struct exits exits;

void exit_note(u32 kind, u32 line, const char *file, const char *function);
struct exits *fuzz_exits(void);

void exit_note(u32 kind, u32 line, const char *file, const char *function)
{
	if (exits.count == MAX_EXITS)
		return;
	exits.exit[exits.count].kind = kind;
	exits.exit[exits.count].line = line;
	exits.exit[exits.count].file = file;
	exits.exit[exits.count++].function = function;
}

struct exits *fuzz_exits(void)
{
	return &exits;
}
