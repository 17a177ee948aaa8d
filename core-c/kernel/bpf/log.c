// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports the size of the verifier log. Models: kernel/bpf/log.c. The model writes no log, so it
 * knows the size only if the caller asked for none.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/uaccess.h>
#include "internal.h"

/**
 * bpf_vlog_finalize() - Write the true log size into the attributes, if they are large enough.
 * @level: log level that the caller asked for
 * @ubuf: the caller's log buffer
 * @uattr: the attributes, @uattr_size bytes of them
 * @at: offset of the size field
 *
 * The kernel also reports the size for refused objects. If the write fails, that error replaces
 * the error of the load.
 *
 * Models: kernel/bpf/log.c:bpf_vlog_finalize() (v10..), as bpf_check() and btf_parse() use it;
 * spec PL-19, BL-05.
 *
 * Deviation: if the caller asked for a log, the model reports no size. It only refuses an
 * inaccessible buffer, because the kernel always writes something.
 */
int bpf_vlog_finalize(u32 level, const void __user *ubuf, void __user *uattr, u32 uattr_size, u32 at)
{
	u32 size = 0;
	char first;

	if (level && ubuf && copy_from_user(&first, ubuf, sizeof(first)))
		return refuse(-EFAULT, CHK_BPF_LOG, 0, 0);
	if (level || uattr_size < at + sizeof(size))
		return 0;
	return copy_to_user(uattr + at, &size, sizeof(size)) ? -EFAULT : 0;
}
