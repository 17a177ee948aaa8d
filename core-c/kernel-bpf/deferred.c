// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred work. Stands in for kernel/rcu/, kernel/workqueue.c and kernel/irq_work.c. Work waits
 * in lists until the host calls kernel_settle().
 */
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/task_work.h>
#include <linux/workqueue.h>

#include "glue.h"

static struct rcu_head *rcu_callbacks;
static LIST_HEAD(works);
struct workqueue_struct *system_percpu_wq, *system_unbound_wq, *system_wq;
#if SINCE_7
struct workqueue_struct *system_dfl_wq;
struct srcu_struct rcu_tasks_trace_srcu_struct, tracepoint_srcu;
#endif

void call_rcu(struct rcu_head *h, rcu_callback_t f)
{
	h->func = f;
	h->next = rcu_callbacks;
	rcu_callbacks = h;
}

void synchronize_rcu(void)
{
}

void __wait_rcu_gp(bool e, unsigned int st, int n, call_rcu_func_t *f, struct rcu_synchronize *r)
{
}

#if !SINCE_7
void call_rcu_tasks_trace(struct rcu_head *h, rcu_callback_t f)
{
	call_rcu(h, f);
}
#endif

#if SINCE_7
void call_srcu(struct srcu_struct *s, struct rcu_head *head, rcu_callback_t f)
{
	call_rcu(head, f);
}

void synchronize_srcu(struct srcu_struct *s)
{
}

void __srcu_read_unlock(struct srcu_struct *s, int index)
{
}
#endif

bool queue_work_on(int cpu, struct workqueue_struct *q, struct work_struct *w)
{
	if (list_empty(&w->entry))
		list_add_tail(&w->entry, &works);
	return true;
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *q, struct delayed_work *w,
			   unsigned long d)
{
	return queue_work_on(cpu, q, &w->work);
}

void delayed_work_timer_fn(struct timer_list *t)
{
}

#if SINCE_7
#undef alloc_workqueue
#define alloc_workqueue alloc_workqueue_noprof
#endif

struct workqueue_struct *alloc_workqueue(const char *f, unsigned int fl, int m, ...)
{
	static int x;
	return (void *)&x;
}

bool irq_work_queue(struct irq_work *w)
{
	w->func(w);
	return true;
}

void irq_work_sync(struct irq_work *w)
{
}

static bool run_rcu_callback(void)
{
	struct rcu_head *head = rcu_callbacks;
	unsigned long offset;

	if (!head)
		return false;
	rcu_callbacks = head->next;
	/* kfree_rcu() passes the offset of the head in its object in place of a function. */
	offset = (unsigned long)head->func;
	if (offset < 4096)
		kvfree((void *)head - offset);
	else
		head->func(head);
	return true;
}

static bool run_work(void)
{
	struct work_struct *work;

	if (list_empty(&works))
		return false;
	work = list_first_entry(&works, struct work_struct, entry);
	list_del_init(&work->entry);
	work->func(work);
	return true;
}

/* Waits for all callbacks: runs them. */
void rcu_barrier(void)
{
	while (run_rcu_callback())
		;
}

#if !SINCE_7
void rcu_barrier_tasks_trace(void)
{
	rcu_barrier();
}
#endif

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *work)
{
	return queue_work_on(0, wq, &work->work);
}

bool cancel_work_sync(struct work_struct *work)
{
	bool pending = !list_empty(&work->entry);

	list_del_init(&work->entry);
	return pending;
}

bool flush_work(struct work_struct *work)
{
	if (!cancel_work_sync(work))
		return false;
	work->func(work);
	return true;
}

bool cancel_work(struct work_struct *work)
{
	return cancel_work_sync(work);
}

bool cancel_delayed_work_sync(struct delayed_work *work)
{
	return cancel_work_sync(&work->work);
}

EXPORT(kernel_settle) void kernel_settle(void)
{
	do {
		if (task_work_pending(current))
			task_work_run();
	} while (run_rcu_callback() || run_work() || task_work_pending(current));
}
