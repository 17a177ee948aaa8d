// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sequences on WebAssembly: what a module for tests exports beside the
 * door. The host boots, writes bytes to fuzz_input(), and reads the struct
 * seq_result whose address fuzz_run() answers.
 */
#include "sequence.h"

#define INPUT_SIZE 4096

static u8 input[INPUT_SIZE];

u8 *fuzz_input(void);
struct seq_result *fuzz_run(const u8 *bytes, u32 len);

u8 *fuzz_input(void)
{
	return input;
}

struct seq_result *fuzz_run(const u8 *bytes, u32 len)
{
	if (len > INPUT_SIZE)
		len = INPUT_SIZE;
	seq_begin();
	seq_tell(bytes, len);
	return seq_go_on(bytes, len);
}
