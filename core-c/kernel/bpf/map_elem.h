/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KERNEL_BPF_MAP_ELEM_H
#define _KERNEL_BPF_MAP_ELEM_H

#include <linux/bpf.h>
#include <trace/refusal.h>

#define LOOPBACK_IFINDEX	1U	/* the only network device */

/* Batch commands of a map type: one bit each, counted from BPF_MAP_LOOKUP_BATCH. */
#define BATCH_LOOKUP	0x1
#define BATCH_TAKE	0x2
#define BATCH_UPDATE	0x4
#define BATCH_DELETE	0x8

/* One element: the key followed by the value, both opaque to the model. */
struct bpf_map_elem {
	struct bpf_map_elem *next;	/* next in the bucket */
	void *object;			/* the program or map whose id is the value */
	u8 data[];
};

/* syscall_elem.c: value size in user space, and checks for the element commands */
u32 bpf_map_value_size(const struct bpf_map *map);
int bpf_map_no_method(const struct bpf_map *map);
bool bpf_map_names_cpu(const struct bpf_map *map, u64 flags);
int bpf_map_check_op_flags(const struct bpf_map *map, u64 flags);
bool is_percpu(u32 type);

/* hashtab.c: storage of map elements */
int map_elems_alloc(struct bpf_map *map, u32 n_buckets);
void map_elems_free(struct bpf_map *map);
/* The slot of the element with this key, or the slot where it would be inserted. */
struct bpf_map_elem **map_elem_find(struct bpf_map *map, const void *key);
/* Inserts an element before *@slot. The element takes over the caller's reference to @object. */
int map_elem_insert(struct bpf_map *map, struct bpf_map_elem **slot, const void *key,
		    const void *value, void *object);
void map_elem_remove(struct bpf_map *map, struct bpf_map_elem **slot);
/* Overwrites the value of an existing element. */
void map_elem_write(struct bpf_map *map, struct bpf_map_elem *elem, const void *value,
		    void *object);
void *map_elem_value(const struct bpf_map *map, struct bpf_map_elem *elem);
int map_elem_missing(const struct bpf_map *map);
int map_elem_exists(const struct bpf_map *map, u64 flags);
int map_elem_flags(u64 allowed, u64 flags);
int map_elem_check_flags(const struct bpf_map *map, u64 flags);
int htab_map_lookup_and_delete_batch(struct bpf_map *map, const union bpf_attr *attr,
				     union bpf_attr __user *uattr, bool take);

/* map_in_map.c */
int bpf_map_meta_alloc(struct bpf_map *map, u32 inner_fd);
void *bpf_map_fd_get_ptr(struct bpf_map *map, u32 ufd);

/* syscall_batch.c */
int bpf_map_do_batch(u32 cmd, struct bpf_map *map, const union bpf_attr *attr,
		     union bpf_attr __user *uattr);

extern const struct bpf_map_ops array_map_ops, htab_map_ops, prog_array_map_ops,
	array_of_maps_map_ops, htab_of_maps_map_ops;

#endif
