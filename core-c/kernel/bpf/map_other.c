// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps whose elements belong to other parts of a kernel: what they say to
 * bpf(). Models: kernel/bpf/{devmap,cpumap,stackmap,arena,local_storage,
 * bpf_*_storage,reuseport_array}.c, net/core/{sock_map,bpf_sk_storage}.c and
 * net/xdp/xskmap.c. A method that is not there is -ENOTSUPP.
 */
#include <linux/fd_kind.h>
#include <linux/file.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/release.h>
#include <linux/string.h>

#include "internal.h"
#include "map_elem.h"

#define CPUMAP_QUEUE_MAX	16384U

static u32 word(const void *p, u32 n)
{
	u32 value;

	memcpy(&value, (const u8 *)p + n * sizeof(value), sizeof(value));
	return value;
}

static int unsupported(const struct bpf_map *map)
{
	return refuse(-EOPNOTSUPP, CHK_MAP_ELEM_UNSUPPORTED, 0, map->map_type);
}

static int no_update(const struct bpf_map *map)
{
	return refuse(-EINVAL, CHK_MAP_ELEM_UPDATE, 0, map->map_type);
}

/* Flags, index; the answer of arrays of foreign things. */
static int check_update(const struct bpf_map *map, const void *key, u64 flags)
{
	u32 index;

	if (flags > BPF_EXIST)
		return map_elem_flags(BPF_NOEXIST | BPF_EXIST, flags);
	return array_index(map, key, &index);
}

static int no_elem_lookup(struct bpf_map *map, const void *key, void *value)
{
	return map_elem_missing(map);
}

static int no_elem_delete(struct bpf_map *map, const void *key)
{
	return map_elem_missing(map);
}

static int no_elem_next(struct bpf_map *map, void *key, void *next_key)
{
	return refuse(-ENOENT, CHK_MAP_ELEM_LAST, 0, 0);
}

static int lookup_stored(struct bpf_map *map, const void *key, void *value)
{
	struct bpf_map_elem *elem = *map_elem_find(map, key);

	if (!elem)
		return map_elem_missing(map);
	memcpy(value, map_elem_value(map, elem), map->value_size);
	return 0;
}

/* Models: dev_map_delete_elem() and its like: what is not there is deleted, too. */
static int delete_stored(struct bpf_map *map, const void *key)
{
	struct bpf_map_elem **slot = map_elem_find(map, key);

	if (word(key, 0) >= map->max_entries)
		return refuse(-EINVAL, CHK_MAP_ELEM_DELETE_INDEX, map->max_entries, word(key, 0));
	if (*slot)
		map_elem_remove(map, slot);
	return 0;
}

/* Every network namespace has the loopback device, and no other. */
static int dev_get(const void *value)
{
	if (word(value, 0) != LOOPBACK_IFINDEX)
		return refuse(-EINVAL, CHK_MAP_ELEM_DEVICE, LOOPBACK_IFINDEX, word(value, 0));
	return 0;
}

static bool has_prog(const struct bpf_map *map, const void *value)
{
	return map->value_size == 8 && (s32)word(value, 1) > 0;
}

/* The program that a value names: one that runs on what goes to that device or CPU. */
static struct bpf_prog *prog_of_value(const struct bpf_map *map, const void *value, int err,
				      enum bpf_attach_type type)
{
	struct bpf_prog *prog;

	if (!has_prog(map, value))
		return NULL;
	prog = bpf_prog_get(word(value, 1));
	if (!IS_ERR(prog) && prog->type == BPF_PROG_TYPE_XDP && prog->expected_attach_type == type)
		return prog;
	if (!IS_ERR(prog))
		bpf_prog_put(prog);
	return refuse_ptr(err, CHK_MAP_ELEM_XDP, type, word(value, 1));
}

/* What is stored: the device or the queue, and the program's id in place of its descriptor. */
static int store(struct bpf_map *map, const void *key, const void *value, struct bpf_prog *prog)
{
	u32 stored[2] = { word(value, 0), prog ? prog->aux->id : 0 };
	struct bpf_map_elem **slot = map_elem_find(map, key);
	int err;

	if (*slot) {
		map_elem_write(map, *slot, stored, prog);
		return 0;
	}
	err = map_elem_insert(map, slot, key, stored, prog);
	if (err && prog)
		bpf_prog_put(prog);
	return err;
}

/* Models: kernel/bpf/devmap.c:dev_map_update_elem(). */
static int dev_map_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	int err = check_update(map, key, flags);
	struct bpf_prog *prog;

	if (err)
		return err;
	if (flags == BPF_NOEXIST)
		return map_elem_exists(map, flags);
	if (!word(value, 0) && has_prog(map, value))
		return refuse(-EINVAL, CHK_MAP_ELEM_DEVICE, LOOPBACK_IFINDEX, 0);
	if (!word(value, 0))
		return delete_stored(map, key);
	err = dev_get(value);
	if (err)
		return err;
	prog = prog_of_value(map, value, -EINVAL, BPF_XDP_DEVMAP);
	return IS_ERR(prog) ? (int)PTR_ERR(prog) : store(map, key, value, prog);
}

/* Models: kernel/bpf/devmap.c:dev_map_hash_update_elem(). */
static int dev_map_hash_update_elem(struct bpf_map *map, const void *key, const void *value,
				    u64 flags)
{
	bool there = *map_elem_find(map, key);
	struct bpf_prog *prog;
	int err;

	if (flags > BPF_EXIST)
		return map_elem_flags(BPF_NOEXIST | BPF_EXIST, flags);
	if (word(value, 0) && there && flags & BPF_NOEXIST)
		return map_elem_exists(map, flags);
	err = dev_get(value);
	if (err)
		return err;
	prog = prog_of_value(map, value, -EINVAL, BPF_XDP_DEVMAP);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	if (!there && map->elems.count >= map->max_entries) {
		if (prog)
			bpf_prog_put(prog);
		return map_elem_full(map);
	}
	return store(map, key, value, prog);
}

static int dev_map_hash_delete_elem(struct bpf_map *map, const void *key)
{
	struct bpf_map_elem **slot = map_elem_find(map, key);

	if (!*slot)
		return map_elem_missing(map);
	map_elem_remove(map, slot);
	return 0;
}

/* Models: kernel/bpf/cpumap.c:cpu_map_update_elem(). This machine has one CPU. */
static int cpu_map_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	int err = check_update(map, key, flags);
	struct bpf_prog *prog;

	if (err)
		return err;
	if (flags == BPF_NOEXIST)
		return map_elem_exists(map, flags);
	if (word(value, 0) > CPUMAP_QUEUE_MAX)
		return refuse(-EOVERFLOW, CHK_MAP_ELEM_QUEUE, CPUMAP_QUEUE_MAX, word(value, 0));
	if (word(key, 0))
		return refuse(-ENODEV, CHK_MAP_ELEM_CPU, 1, word(key, 0));
	if (!word(value, 0))
		return delete_stored(map, key);
	prog = prog_of_value(map, value, -ENOMEM, BPF_XDP_CPUMAP);
	return IS_ERR(prog) ? (int)PTR_ERR(prog) : store(map, key, value, prog);
}

/* Is there a socket behind a descriptor? */
static int sockfd_lookup(u32 ufd)
{
	CLASS(fd, f)(ufd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_MAP_ELEM_FD, 0, ufd);
	if (file_kind(fd_file(f)) != FD_KIND_SOCKET)
		return refuse(-ENOTSOCK, CHK_MAP_ELEM_SOCKET, 0, ufd);
	return 0;
}

/* A value that is a descriptor, in four or eight bytes. */
static int sock_of_value(const struct bpf_map *map, const void *value, bool signed_word)
{
	u32 high = map->value_size == 8 ? word(value, 1) : 0;

	if (high || (word(value, 0) > INT_MAX && (map->value_size == 8 || !signed_word)))
		return refuse(-EINVAL, CHK_MAP_ELEM_FD_RANGE, INT_MAX, word(value, 0));
	return sockfd_lookup(word(value, 0));
}

/* Models: net/core/sock_map.c:sock_map_update_elem_sys(). */
static int sock_map_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	int err = sock_of_value(map, value, false);

	return err ? err : not_modelled("sockets in maps");
}

static int sock_map_lookup_elem(struct bpf_map *map, const void *key, void *value)
{
	if (map->value_size != 8)
		return refuse(-ENOSPC, CHK_MAP_ELEM_COOKIE, 8, map->value_size);
	return map_elem_missing(map);
}

static int sock_map_delete_elem(struct bpf_map *map, const void *key)
{
	return refuse(-EINVAL, CHK_MAP_ELEM_DELETE_INDEX, map->max_entries, word(key, 0));
}

/* Models: net/xdp/xskmap.c: no socket of this model is one of AF_XDP. */
static int xsk_map_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	int err = check_update(map, key, flags);

	if (!err)
		err = sockfd_lookup(word(value, 0));
	return err ? err : unsupported(map);
}

static int xsk_map_lookup_elem(struct bpf_map *map, const void *key, void *value)
{
	return unsupported(map);
}

/* Models: kernel/bpf/reuseport_array.c: sockets are TCP's or UDP's, and this model has none. */
static int reuseport_array_update_elem(struct bpf_map *map, const void *key, const void *value,
				       u64 flags)
{
	int err = check_update(map, key, flags);

	if (!err)
		err = sock_of_value(map, value, true);
	if (err)
		return err;
	if (flags == BPF_EXIST)
		return map_elem_missing(map);
	return refuse(-ENOTSUPP, CHK_MAP_ELEM_PROTOCOL, 0, word(value, 0));
}

static int reuseport_array_delete_elem(struct bpf_map *map, const void *key)
{
	u32 index;
	int err = array_index(map, key, &index);

	return err ? err : map_elem_missing(map);
}

static int stack_map_update_elem(struct bpf_map *map, const void *key, const void *value,
				 u64 flags)
{
	return no_update(map);
}

/* Models: kernel/bpf/stackmap.c:stack_map_delete_elem(). */
static int stack_map_delete_elem(struct bpf_map *map, const void *key)
{
	if (word(key, 0) >= roundup_pow_of_two(map->max_entries))
		return refuse(-E2BIG, CHK_MAP_ELEM_INDEX, map->max_entries, word(key, 0));
	return map_elem_missing(map);
}

/* There are no traces to take. The command came with 6.18. */
static int stack_map_pop_elem(struct bpf_map *map, const void *key, void *value)
{
	return kernel_at_least(6, 18) ? map_elem_missing(map) : bpf_map_no_method(map);
}

static int arena_map_lookup_elem(struct bpf_map *map, const void *key, void *value)
{
	return no_update(map);
}

static int arena_map_update_elem(struct bpf_map *map, const void *key, const void *value,
				 u64 flags)
{
	return unsupported(map);
}

static int arena_map_delete_elem(struct bpf_map *map, const void *key)
{
	return unsupported(map);
}

static int arena_map_get_next_key(struct bpf_map *map, void *key, void *next_key)
{
	return unsupported(map);
}

/* Elements come with programs that are attached to a cgroup. */
static int cgroup_storage_update_elem(struct bpf_map *map, const void *key, const void *value,
				      u64 flags)
{
	if (flags & ~(u64)BPF_EXIST)
		return map_elem_flags(BPF_EXIST, flags);
	return map_elem_missing(map);
}

static int cgroup_storage_delete_elem(struct bpf_map *map, const void *key)
{
	return refuse(-EINVAL, CHK_MAP_ELEM_DELETE, 0, map->map_type);
}

/* Keys are descriptors: of sockets, of any file, or of what this model has not. */
static int storage_owner(const struct bpf_map *map, const void *key)
{
	if (map->map_type == BPF_MAP_TYPE_SK_STORAGE) {
		int err = sockfd_lookup(word(key, 0));

		return err ? err : not_modelled("storage of sockets and inodes");
	}
	if (map->map_type == BPF_MAP_TYPE_INODE_STORAGE) {
		CLASS(fd_raw, f)(word(key, 0));
		if (!fd_empty(f))
			return not_modelled("storage of sockets and inodes");
	}
	return refuse(-EBADF, CHK_MAP_ELEM_FD, 0, word(key, 0));
}

static int storage_lookup_elem(struct bpf_map *map, const void *key, void *value)
{
	return storage_owner(map, key);
}

static int storage_update_elem(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	return storage_owner(map, key);
}

static int storage_delete_elem(struct bpf_map *map, const void *key)
{
	return storage_owner(map, key);
}

const struct bpf_map_ops ringbuf_map_ops = {};

const struct bpf_map_ops dev_map_ops = {
	.map_lookup_elem	= lookup_stored,
	.map_update_elem	= dev_map_update_elem,
	.map_delete_elem	= delete_stored,
	.map_get_next_key	= array_map_get_next_key,
};

const struct bpf_map_ops dev_map_hash_ops = {
	.map_lookup_elem	= lookup_stored,
	.map_update_elem	= dev_map_hash_update_elem,
	.map_delete_elem	= dev_map_hash_delete_elem,
	.map_get_next_key	= map_elem_next,
};

const struct bpf_map_ops cpu_map_ops = {
	.map_lookup_elem	= lookup_stored,
	.map_update_elem	= cpu_map_update_elem,
	.map_delete_elem	= delete_stored,
	.map_get_next_key	= array_map_get_next_key,
};

const struct bpf_map_ops sock_map_ops = {
	.map_lookup_elem	= sock_map_lookup_elem,
	.map_update_elem	= sock_map_update_elem,
	.map_delete_elem	= sock_map_delete_elem,
	.map_get_next_key	= array_map_get_next_key,
};

const struct bpf_map_ops sock_hash_ops = {
	.map_lookup_elem	= sock_map_lookup_elem,
	.map_update_elem	= sock_map_update_elem,
	.map_delete_elem	= no_elem_delete,
	.map_get_next_key	= no_elem_next,
};

const struct bpf_map_ops xsk_map_ops = {
	.map_lookup_elem	= xsk_map_lookup_elem,
	.map_update_elem	= xsk_map_update_elem,
	.map_delete_elem	= delete_stored,
	.map_get_next_key	= array_map_get_next_key,
};

const struct bpf_map_ops reuseport_array_ops = {
	.map_lookup_elem	= sock_map_lookup_elem,
	.map_update_elem	= reuseport_array_update_elem,
	.map_delete_elem	= reuseport_array_delete_elem,
	.map_get_next_key	= array_map_get_next_key,
};

const struct bpf_map_ops stack_trace_map_ops = {
	.map_lookup_elem	= no_elem_lookup,
	.map_update_elem	= stack_map_update_elem,
	.map_delete_elem	= stack_map_delete_elem,
	.map_pop_elem		= stack_map_pop_elem,
	.map_get_next_key	= no_elem_next,
};

const struct bpf_map_ops arena_map_ops = {
	.map_lookup_elem	= arena_map_lookup_elem,
	.map_update_elem	= arena_map_update_elem,
	.map_delete_elem	= arena_map_delete_elem,
	.map_get_next_key	= arena_map_get_next_key,
};

const struct bpf_map_ops cgroup_storage_map_ops = {
	.map_lookup_elem	= no_elem_lookup,
	.map_update_elem	= cgroup_storage_update_elem,
	.map_delete_elem	= cgroup_storage_delete_elem,
	.map_get_next_key	= no_elem_next,
};

const struct bpf_map_ops storage_map_ops = {
	.map_lookup_elem	= storage_lookup_elem,
	.map_update_elem	= storage_update_elem,
	.map_delete_elem	= storage_delete_elem,
};
