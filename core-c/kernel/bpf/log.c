// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of a command: its attributes, and what is written of it. Models: kernel/bpf/log.c. The
 * model writes the log of MAP_CREATE. It writes none of the verifier and of BTF, so it knows their
 * size only if the caller asked for no log.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/release.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "internal.h"

#define BPF_LOG_FIXED 8u
#define BPF_LOG_MASK 0xfu

/* Models: kernel/bpf/log.c:bpf_verifier_log_attr_valid(); spec LG-01. */
static bool attr_valid(u64 ubuf, u32 size, u32 level)
{
	return !(level & ~BPF_LOG_MASK) && !ubuf == !size && (!ubuf || level) &&
	       size <= UINT_MAX >> 2;
}

/**
 * bpf_log_attr_check() - Check the log fields of the attributes: LG-01.
 * @check: the check that refuses
 */
int bpf_log_attr_check(const struct bpf_log_attr *log, enum check_id check)
{
	return attr_valid(log->ubuf, log->size, log->level) ?
	       0 : refuse(-EINVAL, check, BPF_LOG_MASK, log->level);
}

/**
 * bpf_log_attr_init() - Check all log fields and choose a log, before everything else.
 * @log: the log fields of the attributes; set to those of @common if only these have a buffer
 * @check: the check that refuses the fields of the attributes
 *
 * Models: kernel/bpf/log.c:bpf_log_attr_init() (7.2..); spec LG-02..LG-04, MC-00, PL-00, BL-00.
 */
int bpf_log_attr_init(struct bpf_log_attr *log, const struct bpf_common *common,
		      enum check_id check)
{
	const struct bpf_common_attr *attr = &common->attr;
	int err;

	if (!kernel_at_least(7, 2))
		return 0;
	err = bpf_log_attr_check(log, check);
	if (err)
		return err;
	if (!attr_valid(attr->log_buf, attr->log_size, attr->log_level))
		return refuse(-EINVAL, CHK_BPF_COMMON_LOG, BPF_LOG_MASK, attr->log_level);
	if (!attr->log_buf)
		return 0;
	if (log->ubuf)
		return attr->log_buf == log->ubuf && attr->log_size == log->size &&
		       attr->log_level == log->level ?
		       0 : refuse(-EINVAL, CHK_BPF_COMMON_TWO, log->size, attr->log_size);
	*log = bpf_common_log(common);
	return 0;
}

/** bpf_common_log() - Get the log of the common attributes. */
struct bpf_log_attr bpf_common_log(const struct bpf_common *common)
{
	return (struct bpf_log_attr){
		.ubuf = common->attr.log_buf,
		.size = common->attr.log_size,
		.level = common->attr.log_level,
		.uattr = common->uattr,
		.uattr_size = common->size,
		.true_at = offsetof(struct bpf_common_attr, log_true_size),
	};
}

/* A log that is too long for a fixed buffer keeps its beginning, else its end. */
static int write_text(const struct bpf_log_attr *log, u32 len)
{
	char __user *to = u64_to_user_ptr(log->ubuf);
	u32 size = min(len, log->size);
	u32 from = log->level & BPF_LOG_FIXED ? 0 : len - size;

	if (copy_to_user(to, log->text + from, size - 1) || put_user('\0', to + size - 1))
		return -EFAULT;
	return len > log->size ? refuse(-ENOSPC, CHK_BPF_LOG_SIZE, len, log->size) : 0;
}

/**
 * bpf_vlog_finalize() - End the log and write its true size, if the attributes are large enough.
 *
 * The kernel also reports the size for refused objects. If a write fails, that error replaces the
 * error of the command.
 *
 * Models: kernel/bpf/log.c:bpf_vlog_finalize() (v10..), as bpf_check(), btf_parse() and map_create()
 * use it; spec PL-19, BL-05, LG-03..LG-05.
 *
 * Deviation: if the caller asked for a log that the model does not write, the model reports no
 * size. It only refuses an inaccessible buffer, because the kernel always writes something.
 */
int bpf_vlog_finalize(const struct bpf_log_attr *log)
{
	u32 size = 0;
	int err = 0;
	char first;

	if (log->exact) {
		if (log->text && log->level)
			size = strlen(log->text) + 1;
		if (size && log->ubuf)
			err = write_text(log, size);
	} else if (log->level) {
		return log->ubuf && copy_from_user(&first, u64_to_user_ptr(log->ubuf), 1) ?
		       refuse(-EFAULT, CHK_BPF_LOG, 0, 0) : 0;
	}
	if (log->uattr_size < log->true_at + sizeof(size))
		return err;
	return copy_to_user(log->uattr + log->true_at, &size, sizeof(size)) ? -EFAULT : err;
}
