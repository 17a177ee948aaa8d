/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_IDR_H
#define _LINUX_IDR_H

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/types.h>

/*
 * Maps ids to pointers: a sorted list instead of the kernel's radix tree. Each id has its own
 * allocation, so that removing an id frees its memory.
 */
struct idr {
	struct list_head entries;
	int next;
};

#define IDR_INIT(name) { .entries = LIST_HEAD_INIT((name).entries) }
#define DEFINE_IDR(name) struct idr name = IDR_INIT(name)

static inline void idr_init(struct idr *idr)
{
	INIT_LIST_HEAD(&idr->entries);
	idr->next = 0;
}

static inline bool idr_is_empty(const struct idr *idr)
{
	return list_empty(&idr->entries);
}

static inline void idr_preload(gfp_t gfp)
{
	(void)gfp;
}

static inline void idr_preload_end(void)
{
}

/* @end 0: no upper bound. -ENOSPC if the range is full, -ENOMEM. */
int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
void *idr_find(const struct idr *idr, unsigned long id);
void *idr_remove(struct idr *idr, unsigned long id);
void *idr_get_next(struct idr *idr, int *id);
void idr_destroy(struct idr *idr);

#define idr_for_each_entry(idr, entry, id) \
	for (id = 0; ((entry) = idr_get_next(idr, &(id))) != NULL; id += 1U)

#endif /* _LINUX_IDR_H */
