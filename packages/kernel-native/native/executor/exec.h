/* SPDX-License-Identifier: MIT */
/*
 * The executor: makes system calls on the running kernel for Node.
 *
 *	guard		the process that was started. It creates the cgroup, starts
 *			the dispatcher in namespaces of its own and watches it.
 *	dispatcher	process 1 of a PID namespace: when it ends, the kernel ends
 *			all tasks. It never makes a call of a test; it forwards
 *			requests and enforces their deadlines.
 *	task		one process per simulated task, single threaded.
 */
#ifndef _EXECUTOR_EXEC_H
#define _EXECUTOR_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "generated/protocol.h"

/*
 * File descriptors that every task holds at fixed numbers above its soft limit,
 * so that 0, 1, 2 and what it opens are numbered as in any process. They are
 * created before the first task: later a test may have lowered its limits.
 */
enum kept_fd {
	/* one per task: the task's end of its connection with the dispatcher */
	KEPT_TASK = LIMIT_FD_BASE,
	/* a socket pair that passes fds from task to task */
	KEPT_MAIL_OUT = KEPT_TASK + LIMIT_TASKS,
	KEPT_MAIL_IN,
	/* root of the executor's own /proc, O_PATH */
	KEPT_PROC,
	/* the executor's program file */
	KEPT_EXE,
	/* the shared state, a memfd */
	KEPT_SHARED,
	KEPT_END
};

_Static_assert(KEPT_END <= LIMIT_FD_END, "kept fds do not fit");

/* Pid of the dispatcher in its own namespace. */
#define DISPATCHER_PID 1

/* Ends of the line between guard and dispatcher, at start. */
#define DISPATCHER_LINE 3

/* io.c */
int64_t now_ms(void);
bool write_all(int fd, const void *data, size_t size);
bool read_all(int fd, void *data, size_t size);
bool read_file(int dirfd, const char *path, char *text, size_t size);
bool write_file(int dirfd, const char *path, const char *text);
void *xalloc(size_t size);
void xfree(void *mem, size_t size);
void send_failure(int fd, int err, const char *what);

/* line.c */
bool line_take(const char *folder);

/* cgroup.c */
struct cgroups {
	int count;
	char path[2][512];
	uint32_t flags;		/* enum hello */
	bool inside;		/* the dispatcher was started in the cgroup */
};

void cgroups_make(struct cgroups *groups);
int cgroups_open(const struct cgroups *groups);
void cgroups_enter(struct cgroups *groups);
void cgroups_remove(struct cgroups *groups);

/* guard.c */
int guard_main(uint32_t flags);
void clean_process(void);

/* supervisor.c */
int supervisor_main(char **argv);

/* delegate.c */
int delegate_main(char **argv);

/* join.c */
int join_main(char **argv);

/* init.c */
_Noreturn void init_main(char **argv);

/* sandbox_root.c */
const char *sandbox_root_make(void);

/* dispatcher.c */
int dispatcher_main(uint32_t flags);

/* task.c */
_Noreturn void task_main(unsigned int index);
_Noreturn void task_resume(const char *index, const char *closed);

/* shared_state.c */
const char *shared_state_make(bool in_guest);
bool shared_state_map(void);
bool shared_set_sandbox_root(void);
bool shared_is_sandbox_root(const struct stat *st);
void shared_record_object(int fd, bool prog);
bool shared_has_object(uint32_t id, bool prog);
uint32_t shared_cpus(void);
bool shared_in_guest(void);

/* probe.c */
int probe_main(void);

/* security.c */
int security_main(void);

#endif
