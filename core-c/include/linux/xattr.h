/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_XATTR_H
#define _LINUX_XATTR_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include <uapi/linux/xattr.h>

struct dentry;
struct inode;
struct mnt_idmap;

#define XATTR_NAME_MAX 255
#define XATTR_SIZE_MAX 65536

#define XATTR_SECURITY_PREFIX "security."
#define XATTR_TRUSTED_PREFIX "trusted."
#define XATTR_SYSTEM_PREFIX "system."
#define XATTR_USER_PREFIX "user."
#define XATTR_NAME_CAPS "security.capability"

struct xattr {
	const char *name;
	void *value;
	size_t value_len;
};

/* Access to the attributes with one name, or with one prefix. */
struct xattr_handler {
	const char *name;
	const char *prefix;
	int flags;
	bool (*list)(struct dentry *dentry);
	int (*get)(const struct xattr_handler *handler, struct dentry *dentry, struct inode *inode,
		   const char *name, void *buffer, size_t size);
	int (*set)(const struct xattr_handler *handler, struct mnt_idmap *idmap,
		   struct dentry *dentry, struct inode *inode, const char *name,
		   const void *buffer, size_t size, int flags);
};

/* An attribute in memory, in the list of its inode. */
struct simple_xattr {
	struct list_head node;
	struct rcu_head rcu;
	char *name;
	size_t size;
	char value[];
};

/* Attributes of all inodes of a superblock, which the kernel hashes. */
struct simple_xattr_cache {
	int unused;
};

/* Limits of one inode; spec FS-32. */
#define SIMPLE_XATTR_MAX_NR 128
#define SIMPLE_XATTR_MAX_SIZE (128 << 10)

struct simple_xattr_limits {
	u32 nr_xattrs;
	size_t xattr_size;
};

static inline void simple_xattr_limits_init(struct simple_xattr_limits *limits)
{
	*limits = (struct simple_xattr_limits){ 0 };
}

const char *xattr_full_name(const struct xattr_handler *handler, const char *name);

struct simple_xattr *simple_xattr_alloc(const void *value, size_t size);
void simple_xattr_free(struct simple_xattr *xattr);
void simple_xattr_free_rcu(struct simple_xattr *xattr);
void simple_xattrs_free(struct simple_xattr_cache *cache, struct list_head *xattrs,
			size_t *freed_space);
int simple_xattr_get(struct simple_xattr_cache *cache, struct list_head *xattrs, const char *name,
		     void *buffer, size_t size);
struct simple_xattr *simple_xattr_set(struct simple_xattr_cache *cache, struct list_head *xattrs,
				      const char *name, const void *value, size_t size, int flags);
int simple_xattr_set_limited(struct simple_xattr_cache *cache, struct list_head *xattrs,
			     struct simple_xattr_limits *limits, const char *name,
			     const void *value, size_t size, int flags);
int simple_xattr_add_limited(struct simple_xattr_cache *cache, struct list_head *xattrs,
			     struct simple_xattr_limits *limits, struct simple_xattr *new_xattr);
ssize_t simple_xattr_list(struct inode *inode, struct list_head *xattrs, char *buffer,
			  size_t size);
void simple_xattr_cache_cleanup(struct simple_xattr_cache *cache);

DEFINE_CLASS(simple_xattr, struct simple_xattr *, if (!IS_ERR_OR_NULL(_T)) simple_xattr_free(_T),
	     simple_xattr_alloc(value, size), const void *value, size_t size)

#endif /* _LINUX_XATTR_H */
