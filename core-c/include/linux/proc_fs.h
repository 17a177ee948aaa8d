/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PROC_FS_H
#define _LINUX_PROC_FS_H

struct task_struct;

void proc_root_init(void);
/* Drop the /proc entries of a reaped task. */
void proc_flush_pid(struct task_struct *task);

#endif
