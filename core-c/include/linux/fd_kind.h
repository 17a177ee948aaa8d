/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_FD_KIND_H
#define _LINUX_FD_KIND_H

#include <linux/types.h>

struct file;

/* What a file is, for kernel_fd_next(); not in the kernel. Append only. */
enum fd_kind {
	FD_KIND_FILE,
	FD_KIND_DIR,
	FD_KIND_FSCONTEXT,
	FD_KIND_TOKEN,
	FD_KIND_MAP,
	FD_KIND_PROG,
	FD_KIND_BTF,
	FD_KIND_LINK,
	FD_KIND_USERNS,
	FD_KIND_MNTNS,
	FD_KIND_PIPE,
	FD_KIND_SOCKET,
	FD_KIND_MEMFD,
	FD_KIND_EVENTFD,
	FD_KIND_NULL,
};

/* Recognises a file by its operations, in fs/fd_kind.c. */
enum fd_kind file_kind(const struct file *file);

#endif /* _LINUX_FD_KIND_H */
