/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PROC_FS_H
#define _LINUX_PROC_FS_H

struct task_struct;

void proc_root_init(void);
/* Forget what /proc holds of a task that was reaped. */
void proc_flush_pid(struct task_struct *task);

#endif
