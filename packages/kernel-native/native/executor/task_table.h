/* SPDX-License-Identifier: MIT */
/* The dispatcher's side of a task. */
#ifndef _EXECUTOR_TASK_TABLE_H
#define _EXECUTOR_TASK_TABLE_H

#include "exec.h"

struct slot {
	pid_t pid;	/* 0: free */
	int pidfd;
	int fd;		/* the dispatcher's end of the connection */
	bool spoilt;	/* may be in use by a process that nobody knows: never again */
};

/* How a wait ended. */
enum outcome {
	DONE,
	DIED,
	LATE,
};

const char *slots_make(void);
struct slot *slot_find(pid_t pid);
struct slot *slot_alloc(void);
bool slot_adopt(struct slot *slot, pid_t pid);
void slot_free(struct slot *slot);
bool slot_kill(struct slot *slot);
unsigned int slot_index(const struct slot *slot);

enum outcome slot_wait(struct slot *slot, int fd, short events, int64_t deadline);
enum outcome slot_wait_end(struct slot *slot, int64_t deadline);
enum outcome slot_send(struct slot *slot, const void *data, size_t size, int64_t deadline);
enum outcome slot_recv(struct slot *slot, void *data, size_t size, size_t *have, size_t need,
		       int64_t deadline);

void dispatcher_poll(int fd, short events);

#endif
