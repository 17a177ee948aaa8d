/* SPDX-License-Identifier: MIT */
/* Starts another program: what the recorder and the interceptor share. */
#ifndef _PROCESS_H
#define _PROCESS_H

#include "mini.h"

enum {
	SIG_INT = 2,
	SIG_QUIT = 3,
	SIG_KILL = 9,
	SIG_CHLD = 17,
};

/* Sets what a signal does: 0 its default, 1 nothing. */
void set_signal(int signal, unsigned long handler);
/* Sets the mask of blocked signals. Returns the former one. */
uint64_t block_signals(uint64_t mask);
/* Executes a program that is searched in PATH. Returns -errno. */
long execute(char **argv, char **envp);
/*
 * The same, with a message if it fails. Exits with 127 if there is no such program, else
 * with 126, as a shell does.
 */
_Noreturn void execute_or_exit(const char *who, char **argv, char **envp);

#endif
