// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks and waits. Stands in for kernel/locking/ and kernel/sched/wait.c. There is one thread, so
 * a lock is always free. It counts, because the kernel asks whether a lock is held.
 */
#include <linux/mutex.h>
#include <linux/percpu-rwsem.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>

#include "glue.h"

#if SINCE_7
void mutex_init_generic(struct mutex *m)
{
}
#else
void __mutex_init(struct mutex *m, const char *n, struct lock_class_key *k)
{
}
#endif

void mutex_lock(struct mutex *m)
{
	atomic_long_set(&m->owner, 8);
}

void mutex_unlock(struct mutex *m)
{
	atomic_long_set(&m->owner, 0);
}

int mutex_lock_interruptible(struct mutex *m)
{
	atomic_long_set(&m->owner, 8);
	return 0;
}

bool mutex_is_locked(struct mutex *m)
{
	return atomic_long_read(&m->owner) != 0;
}

void __init_rwsem(struct rw_semaphore *s, const char *n, struct lock_class_key *k)
{
}

void down_read(struct rw_semaphore *s)
{
	atomic_long_inc(&s->count);
}

void up_read(struct rw_semaphore *s)
{
	atomic_long_dec(&s->count);
}

void down_write(struct rw_semaphore *s)
{
	atomic_long_inc(&s->count);
}

void up_write(struct rw_semaphore *s)
{
	atomic_long_dec(&s->count);
}

int down_read_trylock(struct rw_semaphore *s)
{
	atomic_long_inc(&s->count);
	return 1;
}

int __percpu_init_rwsem(struct percpu_rw_semaphore *s, const char *name, struct lock_class_key *key)
{
	memset(s, 0, sizeof(*s));
	s->read_count = memory_alloc(sizeof(int), __GFP_ZERO);
	return s->read_count ? 0 : -ENOMEM;
}

void percpu_free_rwsem(struct percpu_rw_semaphore *s)
{
	kfree((void *)s->read_count);
	s->read_count = NULL;
}

#if SINCE_7
bool __percpu_down_read(struct percpu_rw_semaphore *s, bool t, bool f)
{
	return true;
}
#else
bool __percpu_down_read(struct percpu_rw_semaphore *s, bool t)
{
	return true;
}
#endif

void __init_waitqueue_head(struct wait_queue_head *w, const char *n, struct lock_class_key *k)
{
	INIT_LIST_HEAD(&w->head);
}

int __wake_up(struct wait_queue_head *w, unsigned int m, int n, void *k)
{
	return 0;
}

void wake_up_var(void *v)
{
}

void __local_bh_enable_ip(unsigned long ip, unsigned int c)
{
}

int __cond_resched(void)
{
	return 0;
}

int mutex_trylock(struct mutex *m)
{
	atomic_long_set(&m->owner, 8);
	return 1;
}

int down_read_killable(struct rw_semaphore *s)
{
	atomic_long_inc(&s->count);
	return 0;
}

int down_write_killable(struct rw_semaphore *s)
{
	atomic_long_inc(&s->count);
	return 0;
}

void percpu_down_write(struct percpu_rw_semaphore *s)
{
}

void percpu_up_write(struct percpu_rw_semaphore *s)
{
}

#if SINCE_7
void __percpu_up_read(struct percpu_rw_semaphore *s)
{
}

void ___migrate_enable(void)
{
}

void kick_process(struct task_struct *task)
{
}
#endif
