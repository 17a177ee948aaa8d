/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_WORKQUEUE_H
#define _LINUX_WORKQUEUE_H

#include <linux/list.h>
#include <linux/types.h>

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	struct list_head entry;
	work_func_t func;
};

#define INIT_WORK(_work, _func) \
	do { \
		INIT_LIST_HEAD(&(_work)->entry); \
		(_work)->func = (_func); \
	} while (0)
#define __WORK_INITIALIZER(n, f) { .entry = LIST_HEAD_INIT((n).entry), .func = (f) }
#define DECLARE_WORK(n, f) struct work_struct n = __WORK_INITIALIZER(n, f)

/* Returns false if the work is already queued. */
bool schedule_work(struct work_struct *work);

/* Runs all queued work, including work that it queues. Returns the number of items. */
u32 run_workqueue(void);

#endif /* _LINUX_WORKQUEUE_H */
