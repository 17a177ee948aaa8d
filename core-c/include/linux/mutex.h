/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MUTEX_H
#define _LINUX_MUTEX_H

#include <linux/cleanup.h>
#include <linux/types.h>

struct mutex {
	char unused;
};

#define DEFINE_MUTEX(name) struct mutex name = { 0 }

static inline void mutex_init(struct mutex *lock)
{
	lock->unused = 0;
}

static inline void mutex_lock(struct mutex *lock)
{
	(void)lock;
}

static inline int mutex_lock_interruptible(struct mutex *lock)
{
	(void)lock;
	return 0;
}

static inline void mutex_unlock(struct mutex *lock)
{
	(void)lock;
}

DEFINE_GUARD(mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T))

struct rw_semaphore {
	char unused;
};

#define DECLARE_RWSEM(name) struct rw_semaphore name = { 0 }
#define down_read(sem) ((void)(sem))
#define up_read(sem) ((void)(sem))
#define down_write(sem) ((void)(sem))
#define up_write(sem) ((void)(sem))

#endif /* _LINUX_MUTEX_H */
