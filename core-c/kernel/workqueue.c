// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred work. The model has no kernel threads: queued work runs when the host settles the
 * kernel, and before the next system call.
 */
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

static LIST_HEAD(work_list);
static struct rcu_head *rcu_first;
static struct rcu_head **rcu_last = &rcu_first;

/**
 * schedule_work() - Queue work.
 * @work: the work
 *
 * Models: kernel/workqueue.c:queue_work() (6.9..)
 *
 * Return: false if it is already queued.
 */
bool schedule_work(struct work_struct *work)
{
	if (!list_empty(&work->entry))
		return false;
	list_add_tail(&work->entry, &work_list);
	return true;
}

/**
 * call_rcu() - Queue an RCU callback.
 * @head: the rcu_head in the object
 * @func: called with @head
 *
 * Models: kernel/rcu/tree.c:call_rcu() (6.9..)
 */
void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->next = NULL;
	head->func = func;
	*rcu_last = head;
	rcu_last = &head->next;
}

static struct rcu_head *take_rcu(void)
{
	struct rcu_head *head = rcu_first;

	if (!head)
		return NULL;
	rcu_first = head->next;
	if (!rcu_first)
		rcu_last = &rcu_first;
	return head;
}

/**
 * run_workqueue() - Run all queued work, including work that it queues.
 *
 * Return: the number of items run.
 */
u32 run_workqueue(void)
{
	u32 ran = 0;

	for (;; ran++) {
		struct rcu_head *head;

		if (!list_empty(&work_list)) {
			struct work_struct *work;

			work = list_first_entry(&work_list, struct work_struct, entry);
			list_del_init(&work->entry);
			work->func(work);
			continue;
		}
		head = take_rcu();
		if (!head)
			return ran;
		head->func(head);
	}
}
