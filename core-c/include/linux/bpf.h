/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_BPF_H
#define _LINUX_BPF_H

#include <linux/atomic.h>
#include <linux/bpfptr.h>
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/mutex.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>
#include <linux/xattr.h>
#include <uapi/linux/bpf.h>

struct bpf_map;
struct bpf_prog;
struct bpf_link;
struct bpf_prog_aux;
struct btf;
struct file;
struct inode;
struct seq_file;
struct super_block;
struct super_operations;
struct user_namespace;

/*
 * A token: all fields of any release. The first series only had allowed_cmds; the last field came
 * with the LSM hooks.
 */
struct bpf_token {
	struct work_struct work;
	atomic64_t refcnt;
	struct user_namespace *userns;
	u64 allowed_cmds;
	u64 allowed_maps;
	u64 allowed_progs;
	u64 allowed_attachs;
	void *security;
};

/* The options of a bpffs with its delegate masks: all fields of any release. */
struct bpf_mount_opts {
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
	u64 delegate_cmds;
	u64 delegate_maps;
	u64 delegate_progs;
	u64 delegate_attachs;
	struct simple_xattr_cache xa_cache;
};

/* Shared by the model and upstream files. */
extern const struct super_operations bpf_super_ops;

/* kernel/bpf/token.c */
bool bpf_token_capable(const struct bpf_token *token, int cap);
void bpf_token_inc(struct bpf_token *token);
void bpf_token_put(struct bpf_token *token);
int bpf_token_create(union bpf_attr *attr);
struct bpf_token *bpf_token_get_from_fd(u32 ufd);
int bpf_token_get_info_by_fd(struct bpf_token *token, const union bpf_attr *attr,
			     union bpf_attr __user *uattr);
bool bpf_token_allow_cmd(const struct bpf_token *token, enum bpf_cmd cmd);
bool bpf_token_allow_map_type(const struct bpf_token *token, enum bpf_map_type type);
bool bpf_token_allow_prog_type(const struct bpf_token *token, enum bpf_prog_type prog_type,
			       enum bpf_attach_type attach_type);

/* kernel/bpf/inode.c */
struct inode *bpf_get_inode(struct super_block *sb, const struct inode *dir, umode_t mode);
int bpf_obj_pin_user(u32 ufd, int path_fd, const char __user *pathname);
int bpf_obj_get_user(int path_fd, const char __user *pathname, int flags);

/*
 * Operations of a map type. Names as in the kernel, but values are copied and each refusal is an
 * errno.
 */
struct bpf_map_ops {
	int (*map_lookup_elem)(struct bpf_map *map, const void *key, void *value);
	int (*map_update_elem)(struct bpf_map *map, const void *key, const void *value, u64 flags);
	int (*map_delete_elem)(struct bpf_map *map, const void *key);
	int (*map_get_next_key)(struct bpf_map *map, void *key, void *next_key);
	int (*map_pop_elem)(struct bpf_map *map, const void *key, void *value);
	void (*map_seq_show_elem)(struct bpf_map *map, void *key, struct seq_file *m);
	u8 batch;	/* batch commands, a bit each from LOOKUP on */
};

/* The elements of a map of any type; not in the kernel. */
struct bpf_map_elems {
	struct bpf_map_elem **buckets;
	u32 n_buckets;	/* a power of two */
	u32 count;
};

struct bpf_map {
	const struct bpf_map_ops *ops;	/* NULL: elements of this type are unmodelled */
	enum bpf_map_type map_type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u64 map_extra;
	u32 map_flags;
	u32 id;
	struct btf *btf;
	u32 btf_key_type_id;
	u32 btf_value_type_id;
	u32 btf_vmlinux_value_type_id;
	char name[BPF_OBJ_NAME_LEN];
	atomic64_t refcnt;
	atomic64_t usercnt;
	bool frozen;
	bool has_fields;	/* the value has fields that the kernel manages */
	bool excl;		/* exclusive to one program, by a hash that is not stored */
	struct bpf_map_elems elems;
	struct bpf_map *inner_map_meta;
	bool owned;	/* of a program array: the kind of its first program */
	enum bpf_prog_type owner_type;
	enum bpf_attach_type owner_attach_type;
	void *security;
	struct list_head list;
};

struct bpf_prog_ops {
	int (*test_run)(struct bpf_prog *prog, const union bpf_attr *kattr,
			union bpf_attr __user *uattr);
};

struct bpf_prog_aux {
	atomic64_t refcnt;
	u32 id;
	u32 attach_btf_id;
	u32 prog_flags;
	struct bpf_prog *prog;
	struct bpf_prog *dst_prog;
	struct bpf_token *token;
	struct btf *btf;
	struct btf *attach_btf;
	struct bpf_map **used_maps;
	u32 used_map_cnt;
	u32 verified_insns;
	kuid_t user;
	void *security;
	struct list_head list;
	char name[BPF_OBJ_NAME_LEN];
};

struct bpf_prog {
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	u32 len;
	bool gpl_compatible;
	u8 tag[BPF_TAG_SIZE];
	struct bpf_prog_aux *aux;
	struct bpf_insn *insnsi;
};

struct bpf_link_ops {
	void (*release)(struct bpf_link *link);
};

struct bpf_link {
	atomic64_t refcnt;
	u32 id;
	enum bpf_link_type type;
	const struct bpf_link_ops *ops;
	struct bpf_prog *prog;
};

extern const struct file_operations bpf_map_fops;
extern const struct file_operations bpf_prog_fops;
extern const struct file_operations bpf_iter_fops;

/* kernel/bpf/syscall.c, map.c, prog.c */
int __sys_bpf(int cmd, union bpf_attr __user *uattr, unsigned int size, void __user *uattr_common,
	      unsigned int size_common);
int bpf_check_uarg_tail_zero(const void __user *uaddr, size_t expected_size, size_t actual_size);
int bpf_obj_name_cpy(char *dst, const char *src, unsigned int size);
int bpf_get_file_flag(int flags);

void bpf_map_inc(struct bpf_map *map);
void bpf_map_inc_with_uref(struct bpf_map *map);
struct bpf_map *bpf_map_get(u32 ufd);
struct bpf_map *bpf_map_get_with_uref(u32 ufd);
void bpf_map_put(struct bpf_map *map);
void bpf_map_put_with_uref(struct bpf_map *map);
int bpf_map_new_fd(struct bpf_map *map, int flags);

static inline bool bpf_map_support_seq_show(const struct bpf_map *map)
{
	return map->btf && map->ops && map->ops->map_seq_show_elem;
}

void bpf_prog_inc(struct bpf_prog *prog);
struct bpf_prog *bpf_prog_get(u32 ufd);
void bpf_prog_put(struct bpf_prog *prog);
int bpf_prog_new_fd(struct bpf_prog *prog);
bool bpf_prog_get_ok(struct bpf_prog *prog, enum bpf_prog_type *attach_type, bool attach_drv);

static inline bool bpf_link_is_iter(struct bpf_link *link)
{
	return link->type == BPF_LINK_TYPE_ITER;
}

void bpf_link_inc(struct bpf_link *link);
void bpf_link_put(struct bpf_link *link);
int bpf_link_new_fd(struct bpf_link *link);
struct bpf_link *bpf_link_get_from_fd(u32 ufd);

static inline bool bpf_allow_ptr_leaks(const struct bpf_token *token)
{
	return bpf_token_capable(token, CAP_PERFMON);
}

/* kernel/bpf/btf.c */
struct btf *bpf_get_btf_vmlinux(void);

#endif
