/* SPDX-License-Identifier: MIT */
/* The dispatcher's table of tasks. */
#ifndef _EXECUTOR_TASK_TABLE_H
#define _EXECUTOR_TASK_TABLE_H

#include "exec.h"

struct task {
	pid_t pid;	/* 0: free */
	int pidfd;
	int fd;		/* the dispatcher's end of the connection */
	bool unusable;	/* an unknown process may hold the connection: never used again */
};

/* Result of a wait. */
enum outcome {
	DONE,
	DIED,
	LATE,
};

const char *task_table_make(void);
struct task *task_find(pid_t pid);
struct task *task_alloc(void);
bool task_adopt(struct task *task, pid_t pid);
void task_free(struct task *task);
bool task_kill(struct task *task);
unsigned int task_index(const struct task *task);

enum outcome task_wait(struct task *task, int fd, short events, int64_t deadline);
enum outcome task_wait_end(struct task *task, int64_t deadline);
enum outcome task_send(struct task *task, const void *data, size_t size, int64_t deadline);
enum outcome task_recv(struct task *task, void *data, size_t size, size_t *have, size_t need,
		       int64_t deadline);

void dispatcher_poll(int fd, short events);

#endif
