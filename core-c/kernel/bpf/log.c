// SPDX-License-Identifier: GPL-2.0-only
/*
 * Models kernel/bpf/log.c: how long the log of the verifier would have been. The
 * model writes no log, so that it knows only of the one that nobody asked for.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/uaccess.h>
#include "internal.h"

/**
 * bpf_vlog_finalize() - what the log would have taken, told where the attributes reach so far.
 * @level: how much of a log was asked for
 * @ubuf: where it should go
 * @uattr: the attributes, @uattr_size bytes of them
 * @at: where the length belongs in them
 *
 * It is told of refused objects too, and its failure is the answer then.
 *
 * Models: kernel/bpf/log.c:bpf_vlog_finalize() (v10..), as bpf_check() and btf_parse() use it; spec
 * PL-19, BL-05.
 *
 * Deviation: nothing is told of a log that was asked for, but that it has nowhere to go: there is
 * always something to write.
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
