/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FS_INTERNAL_H
#define _FS_INTERNAL_H

#include <linux/types.h>

struct dentry;
struct file_operations;
struct path;

/* Filesystem types registered at boot. */
extern struct file_system_type ramfs_fs_type;
extern struct file_system_type tmpfs_fs_type;
extern struct file_system_type proc_fs_type;
extern struct file_system_type sysfs_fs_type;

/* File operations that fs/fd_kind.c recognises. */
extern const struct file_operations ns_file_operations;
extern const struct file_operations null_fops;
extern const struct file_operations shmem_file_operations;

int ns_get_path(struct path *path, unsigned long kind, void *ns);
int nsfs_init(void);
int memfd_init(void);

/* fs/open.c: is this the file of a token? */
bool is_token_dentry(const struct dentry *dentry);

#endif
