// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ids to pointers: a sorted array. Ids handed out in a circle grow without
 * bound, so the array holds the live ones only.
 */
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#define IDR_MIN_SIZE 8

/* Where @id stands, or would be put. */
static unsigned int idr_position(const struct idr *idr, int id)
{
	unsigned int low = 0, high = idr->count;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (idr->entry[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int idr_make_room(struct idr *idr, unsigned int at, gfp_t gfp)
{
	if (idr->count == idr->size) {
		unsigned int size = max(idr->size * 2, (unsigned int)IDR_MIN_SIZE);
		struct idr_entry *entry;

		entry = krealloc(idr->entry, size * sizeof(*entry), gfp);
		if (!entry)
			return -ENOMEM;
		idr->entry = entry;
		idr->size = size;
	}
	memmove(idr->entry + at + 1, idr->entry + at, (idr->count - at) * sizeof(*idr->entry));
	idr->count++;
	return 0;
}

/**
 * idr_alloc() - give a pointer the lowest free id
 * @idr: the set
 * @ptr: what to store, not NULL
 * @start: lowest id
 * @end: first id that is too large, or 0
 * @gfp: for the array
 *
 * Return: the id, -ENOSPC or -ENOMEM.
 */
int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	int last = end > 0 ? end - 1 : INT_MAX;
	unsigned int at = idr_position(idr, start);
	int id = start, err;

	if (start > last)
		return -ENOSPC;
	for (; at < idr->count && idr->entry[at].id == id; at++) {
		if (id == last)
			return -ENOSPC;
		id++;
	}
	err = idr_make_room(idr, at, gfp);
	if (err)
		return err;
	idr->entry[at] = (struct idr_entry){ .id = id, .ptr = ptr };
	return id;
}

/**
 * idr_alloc_cyclic() - give a pointer the next id, beginning again at @start
 * @idr: the set
 * @ptr: what to store, not NULL
 * @start: lowest id
 * @end: first id that is too large, or 0
 * @gfp: for the array
 *
 * Return: the id, -ENOSPC or -ENOMEM.
 */
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	int id = idr_alloc(idr, ptr, max(start, idr->next), end, gfp);

	if (id == -ENOSPC && idr->next > start)
		id = idr_alloc(idr, ptr, start, end, gfp);
	if (id >= 0)
		idr->next = id == INT_MAX ? start : id + 1;
	return id;
}

/** idr_find() - what @id stands for, or NULL */
void *idr_find(const struct idr *idr, unsigned long id)
{
	unsigned int at;

	if (id > INT_MAX)
		return NULL;
	at = idr_position(idr, (int)id);
	return at < idr->count && idr->entry[at].id == (int)id ? idr->entry[at].ptr : NULL;
}

/** idr_remove() - free @id; returns what it stood for */
void *idr_remove(struct idr *idr, unsigned long id)
{
	void *ptr = idr_find(idr, id);
	unsigned int at;

	if (!ptr)
		return NULL;
	at = idr_position(idr, (int)id);
	idr->count--;
	memmove(idr->entry + at, idr->entry + at + 1, (idr->count - at) * sizeof(*idr->entry));
	if (!idr->count) {
		kfree(idr->entry);
		idr->entry = NULL;
		idr->size = 0;
	}
	return ptr;
}

/** idr_get_next() - the entry with the lowest id that is not below *@id, which is set to it */
void *idr_get_next(struct idr *idr, int *id)
{
	unsigned int at = idr_position(idr, *id);

	if (at == idr->count)
		return NULL;
	*id = idr->entry[at].id;
	return idr->entry[at].ptr;
}

/** idr_destroy() - forget everything */
void idr_destroy(struct idr *idr)
{
	kfree(idr->entry);
	idr_init(idr);
}
