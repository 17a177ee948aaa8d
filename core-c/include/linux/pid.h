/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PID_H
#define _LINUX_PID_H

#include <linux/types.h>

struct task_struct;

/* Finds a task by pid, zombies included; NULL if there is none. There is one PID namespace. */
struct task_struct *find_task_by_vpid(pid_t nr);

#endif /* _LINUX_PID_H */
