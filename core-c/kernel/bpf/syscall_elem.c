// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands on map elements. Models: map_lookup_elem() and related functions in
 * kernel/bpf/syscall.c; spec CG-09. Only the open mode of the fd decides: these commands check no
 * capability and no token.
 */
#include <linux/bpf.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "map_elem.h"

static struct bpf_map *map_of(const struct file *file)
{
	return file->private_data;
}

/* Models: kernel/bpf/syscall.c:map_get_sys_perms(). A frozen map cannot be written. */
static int map_may_write(const struct file *file)
{
	if (map_of(file)->frozen)
		return refuse(-EPERM, CHK_MAP_FROZEN, 0, map_of(file)->id);
	if (!(file->f_mode & FMODE_CAN_WRITE))
		return refuse(-EPERM, CHK_MAP_FD_MODE, FMODE_WRITE, file->f_mode);
	return 0;
}

/* Models: kernel/bpf/syscall.c:__bpf_map_get(). */
static int check_map_file(const struct file *file, u32 ufd)
{
	if (!file)
		return refuse(-EBADF, CHK_MAP_FD_OPEN, 0, ufd);
	if (file->f_op != &bpf_map_fops)
		return refuse(-EINVAL, CHK_MAP_FD_KIND, 0, ufd);
	return 0;
}

/** is_percpu() - Does each CPU have a value of its own in maps of this type? */
bool is_percpu(u32 type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/**
 * bpf_map_value_size() - Get the size of a value in user space.
 *
 * Models: kernel/bpf/syscall.c:bpf_map_value_size(). The modelled machine has one CPU.
 */
u32 bpf_map_value_size(const struct bpf_map *map)
{
	return is_percpu(map->map_type) ? round_up(map->value_size, 8) : map->value_size;
}

/** bpf_map_no_method() - Refuse a command that the map type does not support. */
int bpf_map_no_method(const struct bpf_map *map)
{
	return refuse(-ENOTSUPP, CHK_MAP_ELEM_NO_METHOD, 0, map->map_type);
}

/**
 * bpf_map_names_cpu() - Do the flags choose CPUs of a per-CPU map?
 *
 * Since 7.0 they may; the model has no values of single CPUs. Spec CG-09.
 */
bool bpf_map_names_cpu(const struct bpf_map *map, u64 flags)
{
	return kernel_at_least(7, 0) && is_percpu(map->map_type) &&
	       flags & (BPF_F_CPU | BPF_F_ALL_CPUS);
}

/**
 * bpf_map_check_op_flags() - Check the flags of a command on elements.
 *
 * Refuses BPF_F_LOCK on a value without a lock and, since 7.0, a CPU for a map whose values do not
 * belong to CPUs. Models: kernel/bpf/bpf.h:bpf_map_check_op_flags(); spec CG-09.
 */
int bpf_map_check_op_flags(const struct bpf_map *map, u64 flags)
{
	u64 cpus = BPF_F_CPU | BPF_F_ALL_CPUS;

	if (flags & BPF_F_LOCK && !map->has_fields)
		return refuse(-EINVAL, CHK_MAP_ELEM_LOCK, 0, flags);
	if (bpf_map_names_cpu(map, flags))
		return not_modelled(UNMODELLED_ELEM_CPU);
	if (kernel_at_least(7, 0) && (flags & cpus || flags >> 32))
		return map_elem_flags(BPF_NOEXIST | BPF_EXIST, flags);
	return 0;
}

/* Models: kernel/bpf/syscall.c:__bpf_copy_key(). */
static int copy_key(const struct bpf_map *map, u64 ukey, void *key)
{
	if (copy_from_user(key, u64_to_user_ptr(ukey), map->key_size))
		return refuse(-EFAULT, CHK_MAP_ELEM_KEY_FAULT, map->key_size, 0);
	return 0;
}

static int get_value(const struct bpf_map *map, u64 uvalue, void *value)
{
	if (copy_from_user(value, u64_to_user_ptr(uvalue), bpf_map_value_size(map)))
		return refuse(-EFAULT, CHK_MAP_ELEM_VALUE_FAULT, bpf_map_value_size(map), 0);
	return 0;
}

/* Models: kernel/bpf/syscall.c:map_lookup_elem(). */
static int map_lookup_elem(struct bpf_map *map, const union bpf_attr *attr, void *key, void *value)
{
	int err = map->ops->map_lookup_elem(map, key, value);

	if (!err && copy_to_user(u64_to_user_ptr(attr->value), value, bpf_map_value_size(map)))
		return refuse(-EFAULT, CHK_MAP_ELEM_VALUE_FAULT, bpf_map_value_size(map), 0);
	return err;
}

/* Models: kernel/bpf/syscall.c:map_update_elem(). */
static int map_update_elem(struct bpf_map *map, const union bpf_attr *attr, void *key, void *value)
{
	int err = get_value(map, attr->value, value);

	return err ? err : map->ops->map_update_elem(map, key, value, attr->flags);
}

/*
 * Models: kernel/bpf/syscall.c:map_lookup_and_delete_elem(). The element is deleted even if
 * copying its value to user space fails.
 */
static int map_lookup_and_delete_elem(struct bpf_map *map, const union bpf_attr *attr, void *key,
				      void *value)
{
	int err = map->ops->map_pop_elem ? map->ops->map_pop_elem(map, key, value) :
					   bpf_map_no_method(map);

	if (!err && copy_to_user(u64_to_user_ptr(attr->value), value, bpf_map_value_size(map)))
		return refuse(-EFAULT, CHK_MAP_ELEM_VALUE_FAULT, bpf_map_value_size(map), 0);
	return err;
}

/* Models: kernel/bpf/syscall.c:map_get_next_key(). */
static int map_get_next_key(struct bpf_map *map, const union bpf_attr *attr, void *key,
			    void *next_key)
{
	int err = map->ops->map_get_next_key(map, attr->key ? key : NULL, next_key);

	if (!err && copy_to_user(u64_to_user_ptr(attr->next_key), next_key, map->key_size))
		return refuse(-EFAULT, CHK_MAP_ELEM_KEY_FAULT, map->key_size, 0);
	return err;
}

/* Runs a command; @key and @value are buffers in kernel memory. */
static int map_elem_command(u32 cmd, struct bpf_map *map, const union bpf_attr *attr, void *key,
			    void *value)
{
	int err = cmd == BPF_MAP_GET_NEXT_KEY && !attr->key ? 0 : copy_key(map, attr->key, key);

	if (err)
		return err;
	switch (cmd) {
	case BPF_MAP_LOOKUP_ELEM:
		return map_lookup_elem(map, attr, key, value);
	case BPF_MAP_UPDATE_ELEM:
		return map_update_elem(map, attr, key, value);
	case BPF_MAP_DELETE_ELEM:
		return map->ops->map_delete_elem(map, key);
	case BPF_MAP_GET_NEXT_KEY:
		return map_get_next_key(map, attr, key, value);
	default:
		return map_lookup_and_delete_elem(map, attr, key, value);
	}
}

static int map_elem(u32 cmd, struct bpf_map *map, const union bpf_attr *attr)
{
	void *key, *value = NULL;
	int err;

	/* GET_NEXT_KEY has next_key where the other commands have flags */
	if (cmd != BPF_MAP_GET_NEXT_KEY) {
		err = bpf_map_check_op_flags(map, attr->flags);
		if (err)
			return err;
	}
	key = kmalloc(map->key_size, GFP_USER);
	value = kmalloc(max(bpf_map_value_size(map), map->key_size), GFP_USER);
	err = key && value ? map_elem_command(cmd, map, attr, key, value) : -ENOMEM;
	kfree(value);
	kfree(key);
	return err;
}

/**
 * bpf_map_elem() - Check and run a command on map elements.
 * @cmd: the command
 * @attr: its attributes
 * @uattr: its attributes in user space
 *
 * Models: the first checks of map_lookup_elem() and related functions, and of bpf_map_do_batch(),
 * in kernel/bpf/syscall.c; spec CG-09.
 */
int bpf_map_elem(u32 cmd, const union bpf_attr *attr, union bpf_attr __user *uattr)
{
	bool batch = cmd >= BPF_MAP_LOOKUP_BATCH && cmd <= BPF_MAP_DELETE_BATCH;
	bool reads = cmd != BPF_MAP_UPDATE_ELEM && cmd != BPF_MAP_DELETE_ELEM &&
		     cmd != BPF_MAP_UPDATE_BATCH && cmd != BPF_MAP_DELETE_BATCH;
	bool writes = !reads || cmd == BPF_MAP_LOOKUP_AND_DELETE_ELEM ||
		      cmd == BPF_MAP_LOOKUP_AND_DELETE_BATCH;
	u32 ufd = batch ? attr->batch.map_fd : attr->map_fd;
	struct bpf_map *map;
	struct file *file;
	bool bad_flags;
	int err = bpf_check_attr(cmd, attr, CHK_BPF_UNUSED_FIELD);

	if (err)
		return err;
	bad_flags = (cmd == BPF_MAP_LOOKUP_ELEM || cmd == BPF_MAP_LOOKUP_AND_DELETE_ELEM) &&
		    attr->flags & ~(u64)BPF_F_LOCK;
	/* since 6.19 MAP_LOOKUP_ELEM checks its flags after the fd */
	if (bad_flags && !(cmd == BPF_MAP_LOOKUP_ELEM && kernel_at_least(6, 19)))
		return refuse(-EINVAL, CHK_MAP_ELEM_FLAGS, BPF_F_LOCK, attr->flags);
	file = bpf_fd_file(ufd);
	err = check_map_file(file, ufd);
	if (err)
		return err;
	if (reads && !(file->f_mode & FMODE_CAN_READ))
		return refuse(-EPERM, CHK_MAP_FD_MODE, FMODE_READ, file->f_mode);
	err = writes ? map_may_write(file) : 0;
	if (err)
		return err;
	map = map_of(file);
	if (bad_flags && !bpf_map_names_cpu(map, attr->flags))
		return refuse(-EINVAL, CHK_MAP_ELEM_FLAGS, BPF_F_LOCK, attr->flags);
	if (map->has_fields)
		return not_modelled(UNMODELLED_SPECIAL_FIELDS);
	if (!map->ops)
		return bpf_map_type_unmodelled(map->map_type);
	return batch ? bpf_map_do_batch(cmd, map, attr, uattr) : map_elem(cmd, map, attr);
}

/**
 * bpf_map_freeze() - MAP_FREEZE.
 *
 * Models: kernel/bpf/syscall.c:map_freeze(); spec CG-09.
 */
int bpf_map_freeze(const union bpf_attr *attr)
{
	int err = bpf_check_attr(BPF_MAP_FREEZE, attr, CHK_BPF_UNUSED_FIELD);
	struct file *file;

	if (err)
		return err;
	file = bpf_fd_file(attr->map_fd);
	err = check_map_file(file, attr->map_fd);
	if (err)
		return err;
	if (map_of(file)->has_fields)
		return refuse(-ENOTSUPP, CHK_MAP_FREEZE_FIELDS, 0, attr->map_fd);
	err = map_may_write(file);
	if (err)
		return err;
	map_of(file)->frozen = true;
	return 0;
}
