// SPDX-License-Identifier: GPL-2.0-only
/* Batch commands on map elements. Models: kernel/bpf/syscall.c; spec CG-09. */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "map_elem.h"

/* State of a batch: the user-space arrays, and one key and value in kernel memory. */
struct batch {
	struct bpf_map *map;
	const union bpf_attr *attr;
	u32 value_size;
	u8 *key;
	u8 *next;
	u8 *value;
};

static void __user *nth_key(const struct batch *b, u32 n)
{
	return u64_to_user_ptr(b->attr->batch.keys + (u64)n * b->map->key_size);
}

static void __user *nth_value(const struct batch *b, u32 n)
{
	return u64_to_user_ptr(b->attr->batch.values + (u64)n * b->value_size);
}

static int key_fault(const struct batch *b)
{
	return refuse(-EFAULT, CHK_MAP_ELEM_KEY_FAULT, b->map->key_size, 0);
}

static int value_fault(const struct batch *b)
{
	return refuse(-EFAULT, CHK_MAP_ELEM_VALUE_FAULT, b->value_size, 0);
}

/* Models: one iteration of generic_map_update_batch() or generic_map_delete_batch(). */
static int write_one(const struct batch *b, u32 n, bool deletes)
{
	if (copy_from_user(b->key, nth_key(b, n), b->map->key_size))
		return key_fault(b);
	if (deletes)
		return b->map->ops->map_delete_elem(b->map, b->key);
	if (copy_from_user(b->value, nth_value(b, n), b->value_size))
		return value_fault(b);
	return b->map->ops->map_update_elem(b->map, b->key, b->value, b->attr->batch.elem_flags);
}

static int generic_map_write_batch(struct batch *b, bool deletes, u32 *done)
{
	int err = 0;

	for (*done = 0; *done < b->attr->batch.count; ++*done) {
		err = write_one(b, *done, deletes);
		if (err)
			break;
	}
	return err;
}

static int read_one(const struct batch *b, u32 n)
{
	int err = b->map->ops->map_lookup_elem(b->map, b->next, b->value);

	if (err)
		return err;
	if (copy_to_user(nth_key(b, n), b->next, b->map->key_size))
		return key_fault(b);
	return copy_to_user(nth_value(b, n), b->value, b->value_size) ? value_fault(b) : 0;
}

/* Models: kernel/bpf/syscall.c:generic_map_lookup_batch(). Keys without a value are skipped. */
static int generic_map_lookup_batch(struct batch *b, u32 *done, bool *final)
{
	void __user *ubatch = u64_to_user_ptr(b->attr->batch.in_batch);
	u8 *prev = NULL;
	int err;

	*done = 0;
	if (ubatch && copy_from_user(b->key, ubatch, b->map->key_size))
		return key_fault(b);
	if (ubatch)
		prev = b->key;
	while (*done < b->attr->batch.count) {
		err = b->map->ops->map_get_next_key(b->map, prev, b->next);
		if (err) {
			*final = true;
			return err;
		}
		err = read_one(b, *done);
		if (err && err != -ENOENT)
			return err;
		*done += !err;
		prev = b->key;
		memcpy(b->key, b->next, b->map->key_size);
	}
	*final = true;
	return 0;
}

static int lookup_batch(struct batch *b, union bpf_attr __user *uattr)
{
	bool final = false;
	u32 done;
	int err = generic_map_lookup_batch(b, &done, &final);

	if (!final)
		return err;
	if (put_user(done, &uattr->batch.count) ||
	    (done && copy_to_user(u64_to_user_ptr(b->attr->batch.out_batch), b->key,
				  b->map->key_size)))
		return key_fault(b);
	return err;
}

static int write_batch(struct batch *b, bool deletes, union bpf_attr __user *uattr)
{
	u32 done;
	int err = generic_map_write_batch(b, deletes, &done);

	return put_user(done, &uattr->batch.count) ? key_fault(b) : err;
}

static int run_batch(u32 cmd, struct batch *b, union bpf_attr __user *uattr)
{
	if (cmd != BPF_MAP_LOOKUP_BATCH)
		return write_batch(b, cmd == BPF_MAP_DELETE_BATCH, uattr);
	return lookup_batch(b, uattr);
}

/**
 * bpf_map_do_batch() - Run a batch command on a map that the caller may access.
 *
 * Models: kernel/bpf/syscall.c:bpf_map_do_batch() and the functions that it calls.
 */
int bpf_map_do_batch(u32 cmd, struct bpf_map *map, const union bpf_attr *attr,
		     union bpf_attr __user *uattr)
{
	bool whole_buckets = map->ops->batch & BATCH_TAKE;
	bool takes = cmd == BPF_MAP_LOOKUP_AND_DELETE_BATCH;
	struct batch b = { .map = map, .attr = attr, .value_size = bpf_map_value_size(map) };
	int err;

	if (!(map->ops->batch >> (cmd - BPF_MAP_LOOKUP_BATCH) & 1))
		return bpf_map_no_method(map);
	if (attr->batch.elem_flags & ~(u64)BPF_F_LOCK &&
	    !bpf_map_names_cpu(map, attr->batch.elem_flags))
		return refuse(-EINVAL, CHK_MAP_ELEM_FLAGS, BPF_F_LOCK, attr->batch.elem_flags);
	err = bpf_map_check_op_flags(map, attr->batch.elem_flags);
	if (err)
		return err;
	whole_buckets = whole_buckets && (takes || cmd == BPF_MAP_LOOKUP_BATCH);
	if (whole_buckets && attr->batch.flags)
		return refuse(-EINVAL, CHK_MAP_BATCH_FLAGS, 0, attr->batch.flags);
	if (!attr->batch.count)
		return 0;
	if (put_user(0, &uattr->batch.count))
		return refuse(-EFAULT, CHK_MAP_BATCH_COUNT, sizeof(u32), 0);
	if (whole_buckets)
		return htab_map_lookup_and_delete_batch(map, attr, uattr, takes);
	b.key = kmalloc(map->key_size, GFP_USER);
	b.next = kmalloc(map->key_size, GFP_USER);
	b.value = kmalloc(b.value_size, GFP_USER);
	err = b.key && b.next && b.value ? run_batch(cmd, &b, uattr) : -ENOMEM;
	kfree(b.value);
	kfree(b.next);
	kfree(b.key);
	return err;
}
