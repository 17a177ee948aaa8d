/* SPDX-License-Identifier: MIT */
/*
 * Stands between the test and the skeleton of its LSM programs. Where the kernel does
 * not run LSM programs, the test continues without them.
 */
#ifndef _TOKEN_LSM_SKEL_H
#define _TOKEN_LSM_SKEL_H

#define token_lsm__open_and_load generated_open_and_load
#define token_lsm__attach generated_attach
#define token_lsm__destroy generated_destroy
#include "generated/token_lsm.skel.h"
#undef token_lsm__open_and_load
#undef token_lsm__attach
#undef token_lsm__destroy

static struct token_lsm *without_programs;

static struct token_lsm *token_lsm__open_and_load(void)
{
	static struct token_lsm__bss bss;
	static struct token_lsm empty = { .bss = &bss };
	struct token_lsm *skel = generated_open_and_load();

	if (skel || errno != ENOSYS)
		return skel;
	fprintf(stderr, "LSM programs: not loaded\n");
	without_programs = &empty;
	return &empty;
}

static int token_lsm__attach(struct token_lsm *skel)
{
	return skel == without_programs ? 0 : generated_attach(skel);
}

static void token_lsm__destroy(struct token_lsm *skel)
{
	if (skel != without_programs)
		generated_destroy(skel);
}

#endif
