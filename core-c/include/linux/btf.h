/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_BTF_H
#define _LINUX_BTF_H

#include <linux/bpfptr.h>
#include <linux/types.h>
#include <uapi/linux/bpf.h>
#include <uapi/linux/btf.h>

struct bpf_log_attr;
struct btf;
struct file_operations;

extern const struct file_operations btf_fops;

void btf_get(struct btf *btf);
void btf_put(struct btf *btf);
int btf_new_fd(const union bpf_attr *attr, struct bpf_log_attr *log);
struct btf *btf_get_by_fd(int fd);
int btf_get_fd_by_id(u32 id);
u32 btf_obj_id(const struct btf *btf);
bool btf_is_kernel(const struct btf *btf);
int btf_get_info_by_fd(const struct btf *btf, const union bpf_attr *attr,
		       union bpf_attr __user *uattr);
const struct btf_type *btf_type_by_id(const struct btf *btf, u32 type_id);
const char *btf_name_by_offset(const struct btf *btf, u32 offset);
u32 btf_nr_types(const struct btf *btf);
s32 btf_find_by_name_kind(const struct btf *btf, const char *name, u8 kind);

static inline u16 btf_type_vlen(const struct btf_type *t)
{
	return BTF_INFO_VLEN(t->info);
}

static inline u16 btf_vlen(const struct btf_type *t)
{
	return btf_type_vlen(t);
}

/* A typedef, qualifier or tag: a type that modifies another one. */
static inline bool btf_type_is_modifier(const struct btf_type *t)
{
	return 1U << BTF_INFO_KIND(t->info) &
	       (1U << BTF_KIND_TYPEDEF | 1U << BTF_KIND_VOLATILE | 1U << BTF_KIND_CONST |
		1U << BTF_KIND_RESTRICT | 1U << BTF_KIND_TYPE_TAG);
}

static inline bool btf_type_is_enum(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info) == BTF_KIND_ENUM;
}

static inline struct btf_enum *btf_enum(const struct btf_type *t)
{
	return (struct btf_enum *)(t + 1);
}

#endif
