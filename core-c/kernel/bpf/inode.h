/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KERNEL_BPF_INODE_H
#define _KERNEL_BPF_INODE_H

#include <linux/types.h>

struct dentry;
struct inode;
struct super_block;
struct xattr_handler;

/* inode.c */
extern const struct inode_operations bpf_dir_iops;
int bpf_init_security(struct inode *inode, struct inode *dir, struct dentry *dentry);
void bpf_dentry_finalize(struct dentry *dentry, struct inode *inode, struct inode *dir);

/* inode_pin.c */
void bpf_evict_inode(struct inode *inode);

/* inode_xattr.c */
extern const struct xattr_handler *const bpf_fs_xattr_handlers[];
struct inode *bpf_fs_alloc_inode(struct super_block *sb);
void bpf_fs_free_inode(struct inode *inode);
ssize_t bpf_fs_listxattr(struct dentry *dentry, char *buf, size_t size);

#endif
