// SPDX-License-Identifier: GPL-2.0-only
/* Maps ids to pointers. */
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>

struct idr_entry {
	struct list_head list;
	int id;
	void *ptr;
};

/* The last entry with an id up to @id. Searches from the end, because recent ids are likely. */
static struct list_head *idr_floor(const struct idr *idr, int id)
{
	struct list_head *pos = idr->entries.prev;

	while (pos != &idr->entries && list_entry(pos, struct idr_entry, list)->id > id)
		pos = pos->prev;
	return pos;
}

static struct idr_entry *idr_lookup(const struct idr *idr, unsigned long id)
{
	struct list_head *pos;
	struct idr_entry *entry;

	if (id > INT_MAX)
		return NULL;
	pos = idr_floor(idr, (int)id);
	if (pos == &idr->entries)
		return NULL;
	entry = list_entry(pos, struct idr_entry, list);
	return entry->id == (int)id ? entry : NULL;
}

/**
 * idr_alloc() - Allocate the lowest free id.
 * @idr: the map
 * @ptr: value, not NULL
 * @start: lowest id
 * @end: upper bound (exclusive), or 0 for none
 * @gfp: for the entry
 *
 * Return: the id, -ENOSPC or -ENOMEM.
 */
int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	int last = end > 0 ? end - 1 : INT_MAX, id = start;
	struct list_head *pos = idr_floor(idr, start - 1);
	struct idr_entry *entry;

	for (; pos->next != &idr->entries; pos = pos->next) {
		if (list_entry(pos->next, struct idr_entry, list)->id != id)
			break;
		if (id == last)
			return -ENOSPC;
		id++;
	}
	if (id > last)
		return -ENOSPC;
	entry = kmalloc(sizeof(*entry), gfp);
	if (!entry)
		return -ENOMEM;
	entry->id = id;
	entry->ptr = ptr;
	list_add(&entry->list, pos);
	return id;
}

/**
 * idr_alloc_cyclic() - Allocate the next id, wrapping around to @start.
 * @idr: the map
 * @ptr: value, not NULL
 * @start: lowest id
 * @end: upper bound (exclusive), or 0 for none
 * @gfp: for the entry
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

/** idr_find() - Get the pointer of @id, or NULL. */
void *idr_find(const struct idr *idr, unsigned long id)
{
	struct idr_entry *entry = idr_lookup(idr, id);

	return entry ? entry->ptr : NULL;
}

/** idr_remove() - Remove @id and return its pointer. */
void *idr_remove(struct idr *idr, unsigned long id)
{
	struct idr_entry *entry = idr_lookup(idr, id);
	void *ptr;

	if (!entry)
		return NULL;
	ptr = entry->ptr;
	list_del(&entry->list);
	kfree(entry);
	return ptr;
}

/** idr_get_next() - Get the entry with the lowest id that is at least *@id, and set *@id to it. */
void *idr_get_next(struct idr *idr, int *id)
{
	struct list_head *pos = idr_floor(idr, *id - 1)->next;
	struct idr_entry *entry;

	if (pos == &idr->entries)
		return NULL;
	entry = list_entry(pos, struct idr_entry, list);
	*id = entry->id;
	return entry->ptr;
}

/** idr_destroy() - Remove all ids. */
void idr_destroy(struct idr *idr)
{
	struct idr_entry *entry, *n;

	list_for_each_entry_safe(entry, n, &idr->entries, list)
		kfree(entry);
	idr_init(idr);
}
