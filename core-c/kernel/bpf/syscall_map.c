// SPDX-License-Identifier: GPL-2.0-only
/* MAP_CREATE. Models: kernel/bpf/syscall.c; spec section 3.3. */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/security.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>

#include "internal.h"

#define SHA256_DIGEST_SIZE 32

/* MC-03..MC-07: checks that do not depend on the map type. */
static int check_common(const union bpf_attr *attr, struct bpf_log_attr *log)
{
	bool extra_ok = attr->map_type == BPF_MAP_TYPE_BLOOM_FILTER ||
			(kernel_at_least(6, 9) && attr->map_type == BPF_MAP_TYPE_ARENA) ||
			(kernel_at_least(7, 2) && attr->map_type == BPF_MAP_TYPE_RHASH);
	int err = 0;

	if (attr->btf_vmlinux_value_type_id) {
		bool other = attr->map_type != BPF_MAP_TYPE_STRUCT_OPS;

		bpf_log(log, other ? "btf_vmlinux_value_type_id can only be used with struct_ops maps.\n" :
				     "btf_vmlinux_value_type_id is mutually exclusive with "
				     "btf_key_type_id and btf_value_type_id.\n");
		if (other || attr->btf_key_type_id || attr->btf_value_type_id)
			return refuse(-EINVAL, CHK_MAP_CREATE_BTF_IDS, 0,
				      attr->btf_vmlinux_value_type_id);
		bpf_log(log, NULL);
	} else if (attr->btf_key_type_id && !attr->btf_value_type_id) {
		bpf_log(log, "Invalid btf_value_type_id.\n");
		return refuse(-EINVAL, CHK_MAP_CREATE_BTF_IDS, 0, attr->btf_key_type_id);
	}
	if (!extra_ok && attr->map_extra) {
		bpf_log(log, "Invalid map_extra.\n");
		return refuse(-EINVAL, CHK_MAP_CREATE_EXTRA, 0, attr->map_extra);
	}
	if (!kernel_at_least(7, 2))
		err = bpf_get_file_flag(attr->map_flags);
	if (err < 0)
		return err;
	/* the modelled machine has one node */
	if (attr->map_flags & BPF_F_NUMA_NODE && (int)attr->numa_node != -1 && attr->numa_node) {
		bpf_log(log, "Invalid numa_node.\n");
		return refuse(-EINVAL, CHK_MAP_CREATE_NUMA, 0, attr->numa_node);
	}
	if (!bpf_map_type_known(attr->map_type)) {
		if (attr->map_type)
			bpf_log(log, "Invalid map_type.\n");
		return refuse(-EINVAL, CHK_MAP_CREATE_TYPE, bpf_release_bound(FACTS_BPF_MAP_TYPE),
			      attr->map_type);
	}
	return 0;
}

/* MC-10: the token in force, or NULL. */
static struct bpf_token *map_token(const union bpf_attr *attr, u32 flags)
{
	struct bpf_token *token = bpf_attr_token(BPF_MAP_CREATE, attr, flags);

	if (IS_ERR_OR_NULL(token))
		return token;
	token = bpf_filter_token_cmd(token, BPF_MAP_CREATE);
	if (token && !bpf_token_allow_map_type(token, attr->map_type))
		token = bpf_drop_token(token, CHK_TOKEN_DROPPED_MAP, attr->map_type,
				       token->allowed_maps);
	return token;
}

/* MC-11, MC-12. */
static int map_capable(const union bpf_attr *attr, const struct bpf_token *token)
{
	int cap = bpf_map_type_cap(attr->map_type);

	if (sysctl_unprivileged_bpf_disabled && !bpf_token_capable(token, CAP_BPF))
		return refuse(-EPERM, CHK_MAP_CREATE_SYSCTL, bpf_evidence_cap(token, CAP_BPF),
			      evidence_caps_held());
	if (cap && !bpf_token_capable(token, cap))
		return refuse(-EPERM, CHK_MAP_CREATE_CAPABLE, bpf_evidence_cap(token, cap),
			      evidence_caps_held());
	return 0;
}

/* MC-15. */
static int map_set_btf(struct bpf_map *map, const union bpf_attr *attr,
		       const struct bpf_token *token, struct bpf_log_attr *log)
{
	struct btf *btf;

	if (!attr->btf_key_type_id && !attr->btf_value_type_id)
		return 0;
	btf = btf_get_by_fd(attr->btf_fd);
	if (IS_ERR(btf)) {
		bpf_log(log, "Invalid btf_fd.\n");
		return PTR_ERR(btf);
	}
	map->btf = btf;
	if (btf_is_kernel(btf))
		return refuse(-EACCES, CHK_MAP_CREATE_BTF_KERNEL, 0, btf_obj_id(btf));
	map->btf_key_type_id = attr->btf_key_type_id;
	map->btf_value_type_id = attr->btf_value_type_id;
	return btf_check_map(map, btf, token, attr->btf_key_type_id, attr->btf_value_type_id);
}

/* MC-16. */
static int map_set_excl(struct bpf_map *map, const union bpf_attr *attr, struct bpf_log_attr *log)
{
	u8 hash[SHA256_DIGEST_SIZE];
	u32 size;

	if (!kernel_at_least(6, 18))
		return 0;
	size = attr->excl_prog_hash ? SHA256_DIGEST_SIZE : 0;
	if (attr->excl_prog_hash_size != size) {
		bpf_log(log, "Invalid excl_prog_hash_size.\n");
		return refuse(-EINVAL, CHK_MAP_CREATE_EXCL_HASH, size, attr->excl_prog_hash_size);
	}
	if (!size)
		return 0;
	if (copy_from_user(hash, u64_to_user_ptr(attr->excl_prog_hash), sizeof(hash)))
		return refuse(-EFAULT, CHK_MAP_CREATE_EXCL_FAULT, sizeof(hash), 0);
	map->excl = true;
	return 0;
}

/* MC-13..MC-18. The caller still owns the token. */
static int map_make(union bpf_attr *attr, struct bpf_token *token, struct bpf_log_attr *log)
{
	struct bpf_map *map;
	int err, f_flags;

	map = bpf_map_alloc(attr);
	if (!map)
		return -ENOMEM;
	err = bpf_map_type_alloc(map, attr);
	if (err)
		goto free_map;
	err = bpf_obj_name_cpy(map->name, attr->map_name, sizeof(attr->map_name));
	if (err < 0) {
		bpf_log(log, "Invalid map_name.\n");
		refuse(err, CHK_MAP_CREATE_NAME, 0, 0);
		goto free_map;
	}
	err = map_set_btf(map, attr, token, log);
	if (!err)
		err = map_set_excl(map, attr, log);
	if (err)
		goto free_map;
	f_flags = bpf_get_file_flag(attr->map_flags);	/* MC-05; before 7.2 checked early */
	if (f_flags < 0) {
		err = f_flags;
		goto free_map;
	}
	err = security_bpf_map_create(map, attr, token, false);
	if (!err)
		err = bpf_vlog_finalize(log);
	if (err)
		goto free_map;
	bpf_map_publish(map);
	err = bpf_map_new_fd(map, f_flags);
	if (err < 0)
		bpf_map_put_with_uref(map);
	return err;

free_map:
	bpf_map_free(map);
	return err;
}

/* Models: kernel/bpf/syscall.c:__map_create() (7.2..). */
static int __map_create(union bpf_attr *attr, struct bpf_log_attr *log)
{
	struct bpf_token *token;
	u32 flags = attr->map_flags;
	int err;

	err = bpf_check_attr(BPF_MAP_CREATE, attr, CHK_MAP_CREATE_TAIL);
	if (err) {
		bpf_log(log, "Invalid attr.\n");
		return err;
	}
	if (!kernel_is_series())
		attr->map_flags &= ~BPF_F_TOKEN_FD;
	err = check_common(attr, log);
	if (err)
		return err;
	err = bpf_map_type_alloc_check(attr);
	if (err)
		return err;
	/* MC-09: every type, and maps on devices, account for their memory */
	token = map_token(attr, flags);
	if (IS_ERR(token)) {
		bpf_log(log, "Invalid map_token_fd.\n");
		return PTR_ERR(token);
	}
	err = map_capable(attr, token);
	if (!err)
		err = map_make(attr, token, log);
	bpf_token_put(token);
	return err;
}

/**
 * map_create() - MAP_CREATE.
 *
 * Models: kernel/bpf/syscall.c:map_create() (v10..); spec MC-00..MC-18, LG-05.
 */
int map_create(union bpf_attr *attr, const struct bpf_common *common)
{
	struct bpf_log_attr log = { 0 };
	int err, told;

	err = bpf_log_attr_init(&log, common, CHK_BPF_COMMON_LOG);
	if (err)
		return err;
	log = bpf_common_log(common);
	log.exact = true;
	err = __map_create(attr, &log);
	if (err >= 0)
		return err;
	told = bpf_vlog_finalize(&log);
	return told ? told : err;
}
