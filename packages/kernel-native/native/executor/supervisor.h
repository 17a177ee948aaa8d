/* SPDX-License-Identifier: MIT */
/* A guest and its console, for the supervisor. */
#ifndef _EXECUTOR_SUPERVISOR_H
#define _EXECUTOR_SUPERVISOR_H

#include "exec.h"

/* Bytes of console output in a message. */
#define CONSOLE_TEXT 4096

struct guest {
	pid_t pid;
	int pidfd;
	int line;	/* this and the console are non-blocking */
	int console;	/* or -1 */
	bool ended;
	int status;	/* from waitpid() */
};

/* guest.c */
bool guest_start(struct guest *guest, char **command);
int guest_end(struct guest *guest);

/* xstate.c */
void xstate_hide(void);

/* console.c */
bool console_read(int fd);
const char *console_panic(void);
size_t console_format(char *text, size_t size);

#endif
