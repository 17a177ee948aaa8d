/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KERNEL_BPF_INODE_H
#define _KERNEL_BPF_INODE_H

struct dentry;
struct inode;

/* inode.c */
extern const struct inode_operations bpf_dir_iops;
void bpf_dentry_finalize(struct dentry *dentry, struct inode *inode, struct inode *dir);

/* inode_pin.c */
void bpf_evict_inode(struct inode *inode);

#endif
