// SPDX-License-Identifier: GPL-2.0-only
/*
 * The open files of a task, for the host. Stands in for /proc/PID/fd (fs/proc/fd.c), which need not
 * be mounted.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/magic.h>
#include <linux/proc_fs.h>
#include <linux/proc_ns.h>

#include "glue.h"

#define MAX_FDS 1024

/* packages/kernel-bpf/src/fds.ts has the names, in this order. */
enum fd_kind {
	KIND_UNKNOWN,
	KIND_FILE,
	KIND_DIR,
	KIND_FSCONTEXT,
	KIND_TOKEN,
	KIND_MAP,
	KIND_PROG,
	KIND_BTF,
	KIND_LINK,
	KIND_USERNS,
	KIND_MNTNS,
	KIND_MEMFD,
	KIND_NULL,
};

#define FD_FLAG_CLOEXEC 1
#define FD_FLAG_PATH 2

/* The host reads this layout. */
struct fd_entry {
	u32 fd;
	u32 kind;
	u32 flags;
};

static struct fd_entry entries[MAX_FDS];

static const struct {
	const char *name;
	enum fd_kind kind;
} anonymous[] = {
	{ "[fscontext]", KIND_FSCONTEXT }, { "bpf-map", KIND_MAP },   { "bpf-prog", KIND_PROG },
	{ "btf", KIND_BTF },		   { "bpf_link", KIND_LINK }, { "bpf-link", KIND_LINK },
};

static enum fd_kind anonymous_kind(const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(anonymous); i++)
		if (!strcmp(name, anonymous[i].name))
			return anonymous[i].kind;
	return KIND_UNKNOWN;
}

static enum fd_kind namespace_kind(struct inode *inode)
{
	const struct proc_ns_operations *ops = get_proc_ns(inode)->ops;

	if (ops == &userns_operations)
		return KIND_USERNS;
	return ops == &mntns_operations ? KIND_MNTNS : KIND_UNKNOWN;
}

static enum fd_kind kind_of(struct file *file)
{
	struct inode *inode = file_inode(file);
	const struct dentry *dentry = file->f_path.dentry;
	const char *name = dentry->d_name.name;

	if (proc_ns_file(file))
		return namespace_kind(inode);
	if (inode->i_sb->s_magic == ANON_INODE_FS_MAGIC)
		return anonymous_kind(name);
	if (S_ISDIR(inode->i_mode))
		return KIND_DIR;
	if (S_ISCHR(inode->i_mode) && inode->i_rdev == MKDEV(1, 3))
		return KIND_NULL;
	if (!S_ISREG(inode->i_mode))
		return KIND_UNKNOWN;
	if (IS_ROOT(dentry) && inode->i_sb->s_magic == BPF_FS_MAGIC && !strcmp(name, "bpf-token"))
		return KIND_TOKEN;
	return strncmp(name, "memfd:", 6) ? KIND_FILE : KIND_MEMFD;
}

EXPORT(kernel_fds) u32 kernel_fds(void)
{
	return (u32)(unsigned long)entries;
}

/* Writes an entry for each open file of the current task, by number. Returns how many. */
EXPORT(kernel_fds_read) u32 kernel_fds_read(void)
{
	u32 count = 0;

	for (u32 fd = 0; fd < MAX_FDS; fd++) {
		struct file *file = fget_raw(fd);

		if (!file)
			continue;
		entries[count++] = (struct fd_entry){
			.fd = fd,
			.kind = kind_of(file),
			.flags = (get_close_on_exec(fd) ? FD_FLAG_CLOEXEC : 0) |
				 (file->f_mode & FMODE_PATH ? FD_FLAG_PATH : 0),
		};
		fput(file);
	}
	return count;
}
