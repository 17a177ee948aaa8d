// SPDX-License-Identifier: GPL-2.0-only
/* Returns to the host which kind of file an fd refers to. The kernel has no such file. */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/fd_kind.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kernel.h>
#include <linux/mnt_namespace.h>
#include <uapi/linux/sched.h>

#include "internal.h"

/**
 * file_kind() - Get the kind of a file.
 * @file: the file, possibly opened with O_PATH
 */
enum fd_kind file_kind(const struct file *file)
{
	static const struct {
		const struct file_operations *fop;
		enum fd_kind kind;
	} kinds[] = {
		{ &fscontext_fops, FD_KIND_FSCONTEXT },
		{ &bpf_map_fops, FD_KIND_MAP },
		{ &bpf_prog_fops, FD_KIND_PROG },
		{ &btf_fops, FD_KIND_BTF },
		{ &shmem_file_operations, FD_KIND_MEMFD },
		{ &null_fops, FD_KIND_NULL },
	};
	const struct inode *inode = file_inode(file);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (file->f_op == kinds[i].fop)
			return kinds[i].kind;
	if (is_token_dentry(file->f_path.dentry))
		return FD_KIND_TOKEN;
	if (inode->i_fop == &ns_file_operations)
		return inode->i_state & CLONE_NEWUSER ? FD_KIND_USERNS : FD_KIND_MNTNS;
	return S_ISDIR(inode->i_mode) ? FD_KIND_DIR : FD_KIND_FILE;
}
