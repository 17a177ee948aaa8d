// SPDX-License-Identifier: GPL-2.0-only
/* Extended attributes of a bpffs. Models: kernel/bpf/inode.c (7.2..); spec FS-30..FS-33. */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/slab.h>
#include <linux/xattr.h>

#include "inode.h"

struct bpf_fs_inode {
	struct list_head xattrs;
	struct simple_xattr_limits xlimits;
	struct inode vfs_inode;
};

static struct bpf_fs_inode *BPF_FS_I(struct inode *inode)
{
	return container_of(inode, struct bpf_fs_inode, vfs_inode);
}

/** bpf_fs_alloc_inode() - Allocate an inode without attributes. Models: kernel/bpf/inode.c. */
struct inode *bpf_fs_alloc_inode(struct super_block *sb)
{
	struct bpf_fs_inode *bi = kzalloc(sizeof(*bi), GFP_KERNEL);

	if (!bi)
		return NULL;
	INIT_LIST_HEAD(&bi->xattrs);
	return &bi->vfs_inode;
}

/** bpf_fs_free_inode() - Free an inode with its attributes. Models: kernel/bpf/inode.c:bpf_free_inode(). */
void bpf_fs_free_inode(struct inode *inode)
{
	simple_xattrs_free(NULL, &BPF_FS_I(inode)->xattrs, NULL);
	kfree(BPF_FS_I(inode));
}

static int bpf_fs_xattr_get(const struct xattr_handler *handler, struct dentry *dentry,
			    struct inode *inode, const char *name, void *value, size_t size)
{
	return simple_xattr_get(NULL, &BPF_FS_I(inode)->xattrs, xattr_full_name(handler, name), value,
				size);
}

/* Spec FS-32: only security.* is limited. */
static int bpf_fs_xattr_set(const struct xattr_handler *handler, struct mnt_idmap *idmap,
			    struct dentry *dentry, struct inode *inode, const char *name,
			    const void *value, size_t size, int flags)
{
	struct bpf_fs_inode *bi = BPF_FS_I(inode);
	struct simple_xattr *old;

	name = xattr_full_name(handler, name);
	if (handler->flags)
		return simple_xattr_set_limited(NULL, &bi->xattrs, &bi->xlimits, name, value, size,
						flags);
	old = simple_xattr_set(NULL, &bi->xattrs, name, value, size, flags);
	if (IS_ERR(old))
		return (int)PTR_ERR(old);
	simple_xattr_free_rcu(old);
	return 0;
}

static const struct xattr_handler bpf_fs_trusted_xattr_handler = {
	.prefix	= XATTR_TRUSTED_PREFIX,
	.get	= bpf_fs_xattr_get,
	.set	= bpf_fs_xattr_set,
};

static const struct xattr_handler bpf_fs_security_xattr_handler = {
	.prefix	= XATTR_SECURITY_PREFIX,
	.flags	= 1,
	.get	= bpf_fs_xattr_get,
	.set	= bpf_fs_xattr_set,
};

const struct xattr_handler *const bpf_fs_xattr_handlers[] = {
	&bpf_fs_trusted_xattr_handler,
	&bpf_fs_security_xattr_handler,
	NULL,
};

/**
 * bpf_fs_listxattr() - List the attributes of an inode. Models: kernel/bpf/inode.c (7.2..).
 *
 * Up to 7.1 there is no such method, so nothing looks for CAP_SYS_ADMIN to list trusted.*.
 */
ssize_t bpf_fs_listxattr(struct dentry *dentry, char *buf, size_t size)
{
	if (!kernel_at_least(7, 2))
		return 0;
	return simple_xattr_list(d_inode(dentry), &BPF_FS_I(d_inode(dentry))->xattrs, buf, size);
}
