// SPDX-License-Identifier: GPL-2.0-only
/* Entry point of bpf(2). Models: kernel/bpf/syscall.c; spec section 2. */
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/security.h>
#include <linux/start_kernel.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>

#include "internal.h"

/* kernel.unprivileged_bpf_disabled; set at boot, written by kernel/sysctl.c. Spec SY-01. */
int sysctl_unprivileged_bpf_disabled;

static_assert(sizeof(union bpf_attr) == FACTS_MAX_ATTR_SIZE);

/**
 * bpf_check_uarg_tail_zero() - Accept a larger struct from the caller if its tail is zero.
 * @uaddr: the struct
 * @expected_size: size that the kernel knows
 * @actual_size: size that the caller gives
 *
 * Models: kernel/bpf/syscall.c:bpf_check_uarg_tail_zero(); spec EN-01..EN-03.
 */
int bpf_check_uarg_tail_zero(const void __user *uaddr, size_t expected_size, size_t actual_size)
{
	int res;

	if (actual_size > PAGE_SIZE)
		return refuse(-E2BIG, CHK_BPF_SIZE, PAGE_SIZE, actual_size);
	if (actual_size <= expected_size)
		return 0;
	res = check_zeroed_user((const void __user *)((unsigned long)uaddr + expected_size),
				actual_size - expected_size);
	if (res < 0)
		return refuse(res, CHK_BPF_TAIL_FAULT, expected_size, actual_size);
	return res ? 0 : refuse(-E2BIG, CHK_BPF_TAIL, expected_size, actual_size);
}

/**
 * bpf_check_attr() - Check that attributes after the command's last field are zero.
 * @cmd: the command
 * @attr: the attributes, zero-filled after the caller's size
 * @check: the check that refuses
 *
 * Models: CHECK_ATTR() of kernel/bpf/syscall.c; spec EN-08.
 */
int bpf_check_attr(u32 cmd, const union bpf_attr *attr, enum check_id check)
{
	u32 end = bpf_release_last_field_end(cmd);
	const u8 *bytes = (const u8 *)attr;
	const u8 *found = memchr_inv(bytes + end, 0, sizeof(*attr) - end);

	return found ? refuse(-EINVAL, check, end, (u64)(found - bytes)) : 0;
}

/**
 * bpf_obj_name_cpy() - Copy and check the name of a map or program.
 * @dst: buffer of @size characters
 * @src: buffer of @size characters
 * @size: size of both
 *
 * Models: kernel/bpf/syscall.c:bpf_obj_name_cpy(); spec MC-14, PL-17.
 *
 * Return: length of the name, or -EINVAL.
 */
int bpf_obj_name_cpy(char *dst, const char *src, unsigned int size)
{
	unsigned int i;

	memset(dst, 0, size);
	for (i = 0; i < size && src[i]; i++) {
		char c = src[i];

		if (!isalnum(c) && c != '_' && c != '.')
			return -EINVAL;
		dst[i] = c;
	}
	return i == size ? -EINVAL : (int)i;
}

/**
 * bpf_get_file_flag() - Convert BPF_F_RDONLY and BPF_F_WRONLY to an open mode.
 *
 * Models: kernel/bpf/syscall.c:bpf_get_file_flag(); spec MC-05.
 */
int bpf_get_file_flag(int flags)
{
	if (flags & BPF_F_RDONLY && flags & BPF_F_WRONLY)
		return refuse(-EINVAL, CHK_BPF_FILE_FLAGS, BPF_F_RDONLY | BPF_F_WRONLY, flags);
	if (flags & BPF_F_RDONLY)
		return O_RDONLY;
	return flags & BPF_F_WRONLY ? O_WRONLY : O_RDWR;
}

/* Like fdget(), takes no reference, because no other task shares the fd table. */
struct file *bpf_fd_file(u32 ufd)
{
	return fd_file(fdget(ufd));
}

/* Spec TC-01, TC-02. */
static int token_create(union bpf_attr *attr)
{
	int err = bpf_check_attr(BPF_TOKEN_CREATE, attr, CHK_TOKEN_CREATE_TAIL);

	if (err)
		return err;
	if (attr->token_create.flags)
		return refuse(-EINVAL, CHK_TOKEN_CREATE_FLAGS, 0, attr->token_create.flags);
	return bpf_token_create(attr);
}

static int bpf_dispatch(u32 cmd, union bpf_attr *attr, union bpf_attr __user *uattr, u32 size,
			const struct bpf_common *common)
{
	if (cmd >= bpf_release_bound(FACTS_BPF_CMD))
		return refuse(-EINVAL, CHK_BPF_COMMAND, bpf_release_bound(FACTS_BPF_CMD), cmd);
	switch (cmd) {
	case BPF_MAP_CREATE:
		return map_create(attr, common);
	case BPF_PROG_LOAD:
		return bpf_prog_load(attr, uattr, size, common);
	case BPF_BTF_LOAD:
		return bpf_btf_load(attr, uattr, size, common);
	case BPF_TOKEN_CREATE:
		return token_create(attr);
	case BPF_OBJ_PIN:
		return bpf_obj_pin(attr);
	case BPF_OBJ_GET:
		return bpf_obj_get(attr);
	case BPF_OBJ_GET_INFO_BY_FD:
		return bpf_obj_get_info_by_fd(attr, uattr);
	case BPF_BTF_GET_FD_BY_ID:
		return bpf_btf_get_fd_by_id(attr);
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_LINK_GET_FD_BY_ID:
		return bpf_obj_get_fd_by_id(cmd, attr);
	case BPF_PROG_GET_NEXT_ID:
	case BPF_MAP_GET_NEXT_ID:
	case BPF_BTF_GET_NEXT_ID:
	case BPF_LINK_GET_NEXT_ID:
		return bpf_obj_get_next_id(cmd, attr, uattr);
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
	case BPF_MAP_LOOKUP_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
		return bpf_map_elem(cmd, attr, uattr);
	case BPF_MAP_FREEZE:
		return bpf_map_freeze(attr);
	case BPF_PROG_ATTACH:
		return bpf_prog_attach(attr);
	case BPF_PROG_QUERY:
		return bpf_prog_query(attr);
	case BPF_LINK_CREATE:
		return bpf_link_create(attr);
	default:
		return bpf_other_gate(cmd, attr);
	}
}

/* EN-12. The padding after the last field must be zero, too. */
static int get_common(struct bpf_common *common)
{
	const u32 end = offsetofend(struct bpf_common_attr, log_true_size);
	const u32 size = common->size;
	int res;

	if (size > PAGE_SIZE)
		return refuse(-E2BIG, CHK_BPF_COMMON_SIZE, PAGE_SIZE, size);
	if (size > end) {
		res = check_zeroed_user(common->uattr + end, size - end);
		if (res < 0)
			return refuse(res, CHK_BPF_COMMON_FAULT, size, 0);
		if (!res)
			return refuse(-E2BIG, CHK_BPF_COMMON_TAIL, end, size);
	}
	if (copy_from_user(&common->attr, common->uattr, min(size, (u32)sizeof(common->attr))))
		return refuse(-EFAULT, CHK_BPF_COMMON_FAULT, size, 0);
	return 0;
}

/**
 * __sys_bpf() - Run a bpf(2) command.
 * @cmd: the command, with BPF_COMMON_ATTRS if the caller gives common attributes
 * @uattr: its attributes
 * @size: their size
 * @uattr_common: the common attributes, since 7.2
 * @size_common: their size
 *
 * Models: kernel/bpf/syscall.c:__sys_bpf(); spec EN-01..EN-07, EN-10..EN-14.
 */
int __sys_bpf(int cmd, union bpf_attr __user *uattr, unsigned int size, void __user *uattr_common,
	      unsigned int size_common)
{
	struct bpf_common common = { 0 };
	u32 known = bpf_release_attr_size();
	union bpf_attr attr;
	int err;

	err = bpf_check_uarg_tail_zero(uattr, known, size);
	if (err)
		return err;
	size = min(size, known);
	memset(&attr, 0, sizeof(attr));
	if (copy_from_user(&attr, uattr, size))
		return refuse(-EFAULT, CHK_BPF_ATTR_FAULT, size, 0);
	if (kernel_at_least(7, 2) && cmd & BPF_COMMON_ATTRS) {
		common.uattr = uattr_common;
		common.size = size_common;
		cmd &= ~BPF_COMMON_ATTRS;
		err = get_common(&common);
		if (err)
			return err;
	}
	err = security_bpf(cmd, &attr, size, false);
	if (err)
		return err;
	return bpf_dispatch(cmd, &attr, uattr, size, &common);
}

SYSCALL_DEFINE5(bpf, int, cmd, union bpf_attr __user *, uattr, unsigned int, size,
		void __user *, uattr_common, unsigned int, size_common)
{
	if (boot_params.flags & BOOT_NO_BPF_SYSCALL)
		return refuse(-ENOSYS, CHK_BPF_CONFIGURED, 0, 0);
	return __sys_bpf(cmd, uattr, size, uattr_common, size_common);
}
