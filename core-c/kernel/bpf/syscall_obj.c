// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinned objects, ids and object info. Models: kernel/bpf/syscall.c; spec CG-05, CG-06, CG-10,
 * CG-11, sections 3.6 and 3.7.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fd_kind.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/uaccess.h>

#include "internal.h"

#define BPF_OBJ_FLAG_MASK (BPF_F_RDONLY | BPF_F_WRONLY)

/**
 * bpf_need_admin() - Check the capability for commands that see every object of the system.
 *
 * Spec CG-05..CG-07: CAP_SYS_ADMIN in the initial user namespace; tokens do not count.
 */
int bpf_need_admin(void)
{
	if (!capable(CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_BPF_ADMIN, bpf_evidence_cap(NULL, CAP_SYS_ADMIN),
			      evidence_caps_held());
	return 0;
}

/**
 * bpf_obj_pin() - OBJ_PIN.
 *
 * Models: kernel/bpf/syscall.c:bpf_obj_pin().
 */
int bpf_obj_pin(const union bpf_attr *attr)
{
	int err = bpf_check_attr(BPF_OBJ_PIN, attr, CHK_BPF_UNUSED_FIELD);

	if (err)
		return err;
	if (attr->file_flags & ~BPF_F_PATH_FD)
		return refuse(-EINVAL, CHK_OBJ_PATH_FLAGS, BPF_F_PATH_FD, attr->file_flags);
	if (!(attr->file_flags & BPF_F_PATH_FD) && attr->path_fd)
		return refuse(-EINVAL, CHK_OBJ_PATH_FLAGS, BPF_F_PATH_FD, attr->file_flags);
	return bpf_obj_pin_user(attr->bpf_fd,
				attr->file_flags & BPF_F_PATH_FD ? attr->path_fd : AT_FDCWD,
				u64_to_user_ptr(attr->pathname));
}

/**
 * bpf_obj_get() - OBJ_GET.
 *
 * Models: kernel/bpf/syscall.c:bpf_obj_get().
 */
int bpf_obj_get(const union bpf_attr *attr)
{
	const u32 known = BPF_OBJ_FLAG_MASK | BPF_F_PATH_FD;
	int err = bpf_check_attr(BPF_OBJ_GET, attr, CHK_BPF_UNUSED_FIELD);

	if (err)
		return err;
	if (attr->bpf_fd || attr->file_flags & ~known ||
	    (!(attr->file_flags & BPF_F_PATH_FD) && attr->path_fd))
		return refuse(-EINVAL, CHK_OBJ_PATH_FLAGS, known, attr->file_flags);
	return bpf_obj_get_user(attr->file_flags & BPF_F_PATH_FD ? attr->path_fd : AT_FDCWD,
				u64_to_user_ptr(attr->pathname), attr->file_flags);
}

/**
 * bpf_info_from_user() - Read the caller's info struct.
 * @info: destination
 * @size: size of the struct in this release; the caller's bytes after it must be zero
 * @padding: bytes at the end of the struct that must be zero since 7.1: CG-11
 *
 * Return: the number of bytes to write back, or -errno.
 */
int bpf_info_from_user(const union bpf_attr *attr, void *info, u32 size, u32 padding)
{
	void __user *uinfo = u64_to_user_ptr(attr->info.info);
	u32 len = min(size, attr->info.info_len);
	u32 used = kernel_at_least(7, 1) ? size - padding : size;
	int err = bpf_check_uarg_tail_zero(uinfo, used, attr->info.info_len);

	if (err)
		return err;
	if (copy_from_user(info, uinfo, len))
		return refuse(-EFAULT, CHK_INFO_BUFFER, len, 0);
	return len;
}

/**
 * bpf_info_to_user() - Write the info struct and its length back to the caller.
 * @len: number of bytes of @info
 */
int bpf_info_to_user(const union bpf_attr *attr, union bpf_attr __user *uattr, const void *info,
		     u32 len)
{
	if (copy_to_user(u64_to_user_ptr(attr->info.info), info, len) ||
	    put_user(len, &uattr->info.info_len))
		return refuse(-EFAULT, CHK_INFO_BUFFER, len, 0);
	return 0;
}

/* Models: kernel/bpf/syscall.c:token_get_info_by_fd(); spec OI-04. */
static int token_get_info_by_fd(struct bpf_token *token, const union bpf_attr *attr,
				union bpf_attr __user *uattr)
{
	int err = bpf_check_uarg_tail_zero(u64_to_user_ptr(attr->info.info),
					   sizeof(struct bpf_token_info), attr->info.info_len);

	return err ? err : bpf_token_get_info_by_fd(token, attr, uattr);
}

/**
 * bpf_obj_get_info_by_fd() - OBJ_GET_INFO_BY_FD.
 *
 * Models: kernel/bpf/syscall.c:bpf_obj_get_info_by_fd(); spec OI-01..OI-03.
 */
int bpf_obj_get_info_by_fd(const union bpf_attr *attr, union bpf_attr __user *uattr)
{
	int err = bpf_check_attr(BPF_OBJ_GET_INFO_BY_FD, attr, CHK_INFO_TAIL);
	struct file *file;

	if (err)
		return err;
	file = bpf_fd_file(attr->info.bpf_fd);
	if (!file)
		return refuse(-EBADFD, CHK_INFO_FD_OPEN, 0, attr->info.bpf_fd);
	switch (file_kind(file)) {
	case FD_KIND_PROG:
		return bpf_prog_get_info(file->private_data, attr, uattr);
	case FD_KIND_MAP:
		return bpf_map_get_info(file->private_data, attr, uattr);
	case FD_KIND_BTF:
		return btf_get_info_by_fd(file->private_data, attr, uattr);
	case FD_KIND_TOKEN:
		if (kernel_at_least(6, 17))
			return token_get_info_by_fd(file->private_data, attr, uattr);
		fallthrough;
	default:
		return refuse(-EINVAL, CHK_INFO_FD_KIND, 0, attr->info.bpf_fd);
	}
}

/**
 * bpf_obj_get_next_id() - {PROG,MAP,BTF,LINK}_GET_NEXT_ID.
 *
 * Models: kernel/bpf/syscall.c:bpf_obj_get_next_id(); spec CG-05.
 */
int bpf_obj_get_next_id(u32 cmd, const union bpf_attr *attr, union bpf_attr __user *uattr)
{
	int err = bpf_check_attr(cmd, attr, CHK_BPF_UNUSED_FIELD);
	u32 next;

	if (err)
		return err;
	if (attr->start_id >= INT_MAX)
		return refuse(-EINVAL, CHK_BPF_START_ID, INT_MAX - 1, attr->start_id);
	err = bpf_need_admin();
	if (err)
		return err;
	next = attr->start_id + 1;
	switch (cmd) {
	case BPF_PROG_GET_NEXT_ID:
		next = bpf_prog_next_id(next);
		break;
	case BPF_MAP_GET_NEXT_ID:
		next = bpf_map_next_id(next);
		break;
	case BPF_BTF_GET_NEXT_ID:
		next = bpf_btf_next_id(next);
		break;
	default:
		next = 0;	/* there are no links */
	}
	if (!next)
		return refuse(-ENOENT, CHK_BPF_NO_ID, attr->start_id, 0);
	if (put_user(next, &uattr->next_id))
		return refuse(-EFAULT, CHK_INFO_BUFFER, sizeof(next), 0);
	return 0;
}

static int prog_fd_by_id(u32 id)
{
	struct bpf_prog *prog = bpf_prog_by_id(id);
	int fd;

	if (!prog)
		return refuse(-ENOENT, CHK_BPF_NO_ID, id, 0);
	bpf_prog_inc(prog);
	fd = bpf_prog_new_fd(prog);
	if (fd < 0)
		bpf_prog_put(prog);
	return fd;
}

static int map_fd_by_id(u32 id, u32 open_flags)
{
	int f_flags = bpf_get_file_flag(open_flags), fd;
	struct bpf_map *map;

	if (f_flags < 0)
		return f_flags;
	map = bpf_map_by_id(id);
	if (!map)
		return refuse(-ENOENT, CHK_BPF_NO_ID, id, 0);
	bpf_map_inc_with_uref(map);
	fd = bpf_map_new_fd(map, f_flags);
	if (fd < 0)
		bpf_map_put_with_uref(map);
	return fd;
}

/**
 * bpf_obj_get_fd_by_id() - {PROG,MAP,LINK}_GET_FD_BY_ID.
 *
 * Models: kernel/bpf/syscall.c:bpf_{prog,map,link}_get_fd_by_id(); spec CG-06.
 */
int bpf_obj_get_fd_by_id(u32 cmd, const union bpf_attr *attr)
{
	int err = bpf_check_attr(cmd, attr, CHK_BPF_UNUSED_FIELD);

	if (err)
		return err;
	if (cmd == BPF_MAP_GET_FD_BY_ID && attr->open_flags & ~BPF_OBJ_FLAG_MASK)
		return refuse(-EINVAL, CHK_BPF_OPEN_FLAGS, BPF_OBJ_FLAG_MASK, attr->open_flags);
	err = bpf_need_admin();
	if (err)
		return err;
	if (cmd == BPF_PROG_GET_FD_BY_ID)
		return prog_fd_by_id(attr->prog_id);
	if (cmd == BPF_MAP_GET_FD_BY_ID)
		return map_fd_by_id(attr->map_id, attr->open_flags);
	return refuse(-ENOENT, CHK_BPF_NO_ID, attr->link_id, 0);	/* there are no links */
}

/**
 * bpf_btf_load() - BTF_LOAD.
 * @uattr: the attributes in user space, @uattr_size bytes
 *
 * Models: kernel/bpf/syscall.c:bpf_btf_load() (v10..); spec BL-00..BL-05.
 */
int bpf_btf_load(const union bpf_attr *attr, union bpf_attr __user *uattr, u32 uattr_size,
		 const struct bpf_common *common)
{
	struct bpf_log_attr log = {
		.ubuf = attr->btf_log_buf,
		.size = attr->btf_log_size,
		.level = attr->btf_log_level,
		.uattr = uattr,
		.uattr_size = uattr_size,
		.true_at = offsetof(union bpf_attr, btf_log_true_size),
	};
	struct bpf_token *token;
	int err;

	err = bpf_log_attr_init(&log, common, CHK_BTF_LOG);
	if (err)
		return err;
	err = bpf_check_attr(BPF_BTF_LOAD, attr, CHK_BTF_LOAD_TAIL);
	if (err)
		return err;
	if (!kernel_is_series() && attr->btf_flags & ~BPF_F_TOKEN_FD)
		return refuse(-EINVAL, CHK_BTF_LOAD_FLAGS, BPF_F_TOKEN_FD, attr->btf_flags);
	token = bpf_attr_token(BPF_BTF_LOAD, attr, attr->btf_flags);
	if (IS_ERR(token))
		return PTR_ERR(token);
	token = bpf_filter_token_cmd(token, BPF_BTF_LOAD);
	if (!bpf_token_capable(token, CAP_BPF))
		err = refuse(-EPERM, CHK_BTF_LOAD_CAPABLE, bpf_evidence_cap(token, CAP_BPF),
			     evidence_caps_held());
	bpf_token_put(token);
	return err ? err : btf_new_fd(attr, &log);
}

/**
 * bpf_btf_get_fd_by_id() - BTF_GET_FD_BY_ID.
 *
 * Models: kernel/bpf/syscall.c:bpf_btf_get_fd_by_id(); spec BG-01..BG-06.
 */
int bpf_btf_get_fd_by_id(const union bpf_attr *attr)
{
	struct bpf_token *token;
	int err = bpf_check_attr(BPF_BTF_GET_FD_BY_ID, attr, CHK_BTF_FD_TAIL);

	if (err)
		return err;
	if (kernel_at_least(6, 15) && attr->open_flags & ~BPF_F_TOKEN_FD)
		return refuse(-EINVAL, CHK_BTF_FD_FLAGS, BPF_F_TOKEN_FD, attr->open_flags);
	token = bpf_attr_token(BPF_BTF_GET_FD_BY_ID, attr, attr->open_flags);
	if (IS_ERR(token))
		return PTR_ERR(token);
	token = bpf_filter_token_cmd(token, BPF_BTF_GET_FD_BY_ID);
	if (!bpf_token_capable(token, CAP_SYS_ADMIN))
		err = refuse(-EPERM, CHK_BTF_FD_CAPABLE, bpf_evidence_cap(token, CAP_SYS_ADMIN),
			     evidence_caps_held());
	bpf_token_put(token);
	return err ? err : btf_get_fd_by_id(attr->btf_id);
}
