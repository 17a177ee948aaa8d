// SPDX-License-Identifier: GPL-2.0-only
/* Map objects, fds and ids. Models: kernel/bpf/syscall.c, its first part. */
#include <linux/anon_inodes.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/release.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "map_elem.h"

static LIST_HEAD(map_list);	/* maps with an id, sorted by id */
static u32 last_map_id;

/**
 * bpf_map_alloc() - Allocate a map and set its attributes.
 *
 * Return: the map with one reference, which the future fd will own; or NULL.
 */
struct bpf_map *bpf_map_alloc(const union bpf_attr *attr)
{
	struct bpf_map *map = kzalloc(sizeof(*map), GFP_USER);

	if (!map)
		return NULL;
	live_inc(LIVE_MAPS);
	map->map_type = attr->map_type;
	map->key_size = attr->key_size;
	map->value_size = attr->value_size;
	map->max_entries = attr->max_entries;
	/* the access flags belong to the fd, not to the map */
	map->map_flags = attr->map_flags & ~(BPF_F_RDONLY | BPF_F_WRONLY);
	map->map_extra = attr->map_extra;
	/* programs may only read these maps */
	if (map->map_type == BPF_MAP_TYPE_DEVMAP || map->map_type == BPF_MAP_TYPE_DEVMAP_HASH ||
	    map->map_type == BPF_MAP_TYPE_INSN_ARRAY)
		map->map_flags |= BPF_F_RDONLY_PROG;
	atomic64_set(&map->refcnt, 1);
	atomic64_set(&map->usercnt, 1);
	INIT_LIST_HEAD(&map->list);
	return map;
}

/**
 * bpf_map_free() - Free a map.
 *
 * Models: kernel/bpf/syscall.c:bpf_map_free().
 */
void bpf_map_free(struct bpf_map *map)
{
	list_del_init(&map->list);
	map_elems_free(map);
	kfree(map->elems.buckets);
	kfree(map->inner_map_meta);
	btf_put(map->btf);
	kfree(map);
	live_dec(LIVE_MAPS);
}

/**
 * bpf_map_publish() - Give a map its id.
 *
 * Models: kernel/bpf/syscall.c:bpf_map_alloc_id().
 */
void bpf_map_publish(struct bpf_map *map)
{
	map->id = ++last_map_id;
	list_add_tail(&map->list, &map_list);
}

/** bpf_map_by_id() - Find the map with this id, or return NULL. */
struct bpf_map *bpf_map_by_id(u32 id)
{
	struct bpf_map *map;

	list_for_each_entry(map, &map_list, list)
		if (map->id == id)
			return map;
	return NULL;
}

/** bpf_map_next_id() - Get the lowest id that is at least @id; 0 if there is none. */
u32 bpf_map_next_id(u32 id)
{
	struct bpf_map *map;

	list_for_each_entry(map, &map_list, list)
		if (map->id >= id)
			return map->id;
	return 0;
}

/** bpf_map_inc() - Take a reference to a map. */
void bpf_map_inc(struct bpf_map *map)
{
	atomic64_inc(&map->refcnt);
}

/** bpf_map_inc_with_uref() - Take a reference to a map on behalf of user space. */
void bpf_map_inc_with_uref(struct bpf_map *map)
{
	atomic64_inc(&map->refcnt);
	atomic64_inc(&map->usercnt);
}

/** bpf_map_put() - Drop a reference to a map; the last one frees it. */
void bpf_map_put(struct bpf_map *map)
{
	if (atomic64_dec_and_test(&map->refcnt))
		bpf_map_free(map);
}

/**
 * bpf_map_put_with_uref() - Drop a reference that user space holds.
 *
 * The last such reference empties a program array, because its programs may hold the array in
 * turn.
 *
 * Models: kernel/bpf/syscall.c:bpf_map_put_uref(), kernel/bpf/arraymap.c:bpf_fd_array_map_clear().
 */
void bpf_map_put_with_uref(struct bpf_map *map)
{
	if (atomic64_dec_and_test(&map->usercnt) && map->map_type == BPF_MAP_TYPE_PROG_ARRAY)
		map_elems_free(map);
	bpf_map_put(map);
}

static int bpf_map_release(struct inode *inode, struct file *file)
{
	bpf_map_put_with_uref(file->private_data);
	return 0;
}

static ssize_t bpf_dummy_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	return refuse(-EINVAL, CHK_BPF_OBJECT_READ, 0, size);
}

static ssize_t bpf_dummy_write(struct file *file, const char __user *buf, size_t size,
			       loff_t *pos)
{
	return refuse(-EINVAL, CHK_BPF_OBJECT_READ, 0, size);
}

static int bpf_map_mmap(struct file *file, u64 length, unsigned long prot, unsigned long flags)
{
	return not_modelled(UNMODELLED_MAP_MMAP);
}

static void bpf_map_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct bpf_map *map = file->private_data;

	seq_printf(m,
		   "map_type:\t%u\nkey_size:\t%u\nvalue_size:\t%u\nmax_entries:\t%u\n"
		   "map_flags:\t%#x\nmap_extra:\t%#llx\nmemlock:\t0\nmap_id:\t%u\nfrozen:\t%u\n",
		   map->map_type, map->key_size, map->value_size, map->max_entries,
		   map->map_flags, map->map_extra, map->id, map->frozen);
}

const struct file_operations bpf_map_fops = {
	.show_fdinfo	= bpf_map_show_fdinfo,
	.release	= bpf_map_release,
	.read		= bpf_dummy_read,
	.write		= bpf_dummy_write,
	.mmap		= bpf_map_mmap,
};

/**
 * bpf_map_new_fd() - Open an fd for a map; it takes over the caller's reference.
 *
 * Models: kernel/bpf/syscall.c:bpf_map_new_fd(); spec MC-18.
 */
int bpf_map_new_fd(struct bpf_map *map, int flags)
{
	return anon_inode_getfd("bpf-map", &bpf_map_fops, map, flags | O_CLOEXEC);
}

/**
 * bpf_map_get() - Get the map of an fd and take a reference.
 *
 * Models: kernel/bpf/syscall.c:bpf_map_get().
 */
struct bpf_map *bpf_map_get(u32 ufd)
{
	struct file *file = bpf_fd_file(ufd);
	struct bpf_map *map;

	if (!file)
		return refuse_ptr(-EBADF, CHK_MAP_FD_OPEN, 0, ufd);
	if (file->f_op != &bpf_map_fops)
		return refuse_ptr(-EINVAL, CHK_MAP_FD_KIND, 0, ufd);
	map = file->private_data;
	bpf_map_inc(map);
	return map;
}

/** bpf_map_get_with_uref() - Like bpf_map_get(), on behalf of user space. */
struct bpf_map *bpf_map_get_with_uref(u32 ufd)
{
	struct bpf_map *map = bpf_map_get(ufd);

	if (!IS_ERR(map))
		atomic64_inc(&map->usercnt);
	return map;
}

/* Models: kernel/bpf/syscall.c:bpf_map_get_info_by_fd(), the part about the hash (6.18..). */
static int map_info_hash(const struct bpf_map *map, u64 hash, u32 size)
{
	const u32 digest = 32;

	if (!hash)
		return size ? refuse(-EINVAL, CHK_MAP_INFO_HASH_SIZE, 0, size) : 0;
	if (map->map_type != BPF_MAP_TYPE_ARRAY)
		return refuse(-EINVAL, CHK_MAP_INFO_HASH_TYPE, BPF_MAP_TYPE_ARRAY, map->map_type);
	if (size != digest)
		return refuse(-EINVAL, CHK_MAP_INFO_HASH_SIZE, digest, size);
	if (!map->frozen)
		return refuse(-EPERM, CHK_MAP_INFO_HASH_FROZEN, 1, 0);
	return not_modelled(UNMODELLED_MAP_HASHES);
}

/**
 * bpf_map_get_info() - OBJ_GET_INFO_BY_FD of a map.
 *
 * Since 6.18 fields without a value keep what the caller put there.
 *
 * Models: kernel/bpf/syscall.c:bpf_map_get_info_by_fd().
 */
int bpf_map_get_info(const struct bpf_map *map, const union bpf_attr *attr,
		     union bpf_attr __user *uattr)
{
	const bool hashes = kernel_at_least(6, 18);
	const u32 size = hashes ? sizeof(struct bpf_map_info) : offsetof(struct bpf_map_info, hash);
	struct bpf_map_info info = {};
	const u32 used = offsetofend(struct bpf_map_info, hash_size);
	int err, len = bpf_info_from_user(attr, &info, size, sizeof(info) - used);

	if (len < 0)
		return len;
	if (!hashes)
		memset(&info, 0, sizeof(info));
	err = map_info_hash(map, info.hash, info.hash_size);
	if (err)
		return err;
	info.type = map->map_type;
	info.id = map->id;
	info.key_size = map->key_size;
	info.value_size = map->value_size;
	info.max_entries = map->max_entries;
	info.map_flags = map->map_flags;
	info.map_extra = map->map_extra;
	info.btf_vmlinux_value_type_id = 0;
	memcpy(info.name, map->name, sizeof(info.name));
	if (map->btf) {
		info.btf_id = btf_obj_id(map->btf);
		info.btf_key_type_id = map->btf_key_type_id;
		info.btf_value_type_id = map->btf_value_type_id;
	}
	return bpf_info_to_user(attr, uattr, &info, len);
}
