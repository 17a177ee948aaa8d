/* SPDX-License-Identifier: GPL-2.0-only */
/* What task.c, exec.c and pass.c share. */
#ifndef TASK_H
#define TASK_H

#include <linux/types.h>

struct mm_struct;
struct task_struct;
struct user_namespace;

struct task_struct *find_task(u32 pid);
struct mm_struct *create_mm(struct user_namespace *ns);
void release_mm(struct task_struct *task);
int set_up_dumpable(struct task_struct *init);

#endif
