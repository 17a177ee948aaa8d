/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_ANON_INODES_H
#define _LINUX_ANON_INODES_H

struct file_operations;
struct file;

int anon_inode_init(void);
int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, int flags);
struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv,
				int flags);

#endif
