// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extended attributes in memory. Models: fs/xattr.c (7.2..); the system calls are in xattr_calls.c.
 */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <linux/xattr.h>

#include <trace/refusal.h>

/**
 * xattr_full_name() - Get the full name of an attribute from a handler's argument.
 * @handler: the handler
 * @name: the name after its prefix, in the memory of the full name
 *
 * Models: fs/xattr.c:xattr_full_name().
 */
const char *xattr_full_name(const struct xattr_handler *handler, const char *name)
{
	return name - strlen(handler->prefix ? handler->prefix : handler->name);
}

/**
 * simple_xattr_alloc() - Allocate an attribute without a name.
 * @value: the value, copied; NULL for none
 * @size: its size
 *
 * Models: fs/xattr.c:simple_xattr_alloc().
 *
 * Return: the attribute; NULL without a value; ERR_PTR(-ENOMEM).
 */
struct simple_xattr *simple_xattr_alloc(const void *value, size_t size)
{
	struct simple_xattr *xattr;

	if (!value)
		return NULL;
	xattr = kvzalloc(size_add(sizeof(*xattr), size), GFP_KERNEL_ACCOUNT);
	if (!xattr)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&xattr->node);
	xattr->size = size;
	memcpy(xattr->value, value, size);
	return xattr;
}

/** simple_xattr_free() - Free an attribute; accepts NULL. Models: fs/xattr.c. */
void simple_xattr_free(struct simple_xattr *xattr)
{
	if (!xattr)
		return;
	kfree(xattr->name);
	kvfree(xattr);
}

/** simple_xattr_free_rcu() - simple_xattr_free() without readers. Models: fs/xattr.c. */
void simple_xattr_free_rcu(struct simple_xattr *xattr)
{
	simple_xattr_free(xattr);
}

static struct simple_xattr *find(struct list_head *xattrs, const char *name)
{
	struct simple_xattr *xattr;

	list_for_each_entry(xattr, xattrs, node)
		if (!strcmp(xattr->name, name))
			return xattr;
	return NULL;
}

/**
 * simple_xattrs_free() - Free all attributes of an inode.
 * @cache: unused
 * @xattrs: those of the inode
 * @freed_space: if not NULL, set to an estimate of the freed memory
 *
 * Models: fs/xattr.c:simple_xattrs_free(); the estimate is simple_xattr_space().
 */
void simple_xattrs_free(struct simple_xattr_cache *cache, struct list_head *xattrs,
			size_t *freed_space)
{
	size_t freed = 0;

	while (!list_empty(xattrs)) {
		struct simple_xattr *xattr = list_first_entry(xattrs, struct simple_xattr, node);

		freed += 40 + xattr->size + strlen(xattr->name);
		list_del(&xattr->node);
		simple_xattr_free(xattr);
	}
	if (freed_space)
		*freed_space = freed;
}

/**
 * simple_xattr_get() - Read an attribute.
 * @cache: unused
 * @xattrs: those of the inode
 * @name: the full name
 * @buffer: receives the value; NULL to get only its size
 * @size: the size of the buffer
 *
 * Models: fs/xattr.c:simple_xattr_get().
 *
 * Return: the size of the value; -ENODATA; -ERANGE if the buffer is too small.
 */
int simple_xattr_get(struct simple_xattr_cache *cache, struct list_head *xattrs, const char *name,
		     void *buffer, size_t size)
{
	struct simple_xattr *xattr = find(xattrs, name);

	if (!xattr)
		return refuse(-ENODATA, CHK_XATTR_MISSING, 0, 0);
	if (buffer) {
		if (size < xattr->size)
			return refuse(-ERANGE, CHK_XATTR_BUFFER, xattr->size, size);
		memcpy(buffer, xattr->value, xattr->size);
	}
	return (int)xattr->size;
}

/**
 * simple_xattr_set() - Set, replace or remove an attribute.
 * @cache: unused
 * @xattrs: those of the inode
 * @name: the full name
 * @value: the value; NULL removes the attribute
 * @size: its size
 * @flags: XATTR_CREATE: must not exist; XATTR_REPLACE: must exist
 *
 * Models: fs/xattr.c:simple_xattr_set().
 *
 * Return: the previous attribute, which the caller frees, or NULL; -EEXIST, -ENODATA, -ENOMEM.
 */
struct simple_xattr *simple_xattr_set(struct simple_xattr_cache *cache, struct list_head *xattrs,
				      const char *name, const void *value, size_t size, int flags)
{
	struct simple_xattr *old = find(xattrs, name);
	struct simple_xattr *new = simple_xattr_alloc(value, size);
	int err = 0;

	if (IS_ERR(new))
		return new;
	if (new)
		new->name = kstrdup(name, GFP_KERNEL_ACCOUNT);
	if (new && !new->name)
		err = -ENOMEM;
	else if (old && flags & XATTR_CREATE)
		err = refuse(-EEXIST, CHK_XATTR_EXISTS, 0, 0);
	else if (!old && flags & XATTR_REPLACE)
		err = refuse(-ENODATA, CHK_XATTR_MISSING, 0, 0);
	if (err) {
		simple_xattr_free(new);
		return ERR_PTR(err);
	}
	/* a replaced attribute keeps its place in the list */
	if (new)
		list_add_tail(&new->node, old ? &old->node : xattrs);
	if (old)
		list_del(&old->node);
	return old;
}

static void uncharge(struct simple_xattr_limits *limits, size_t size)
{
	limits->nr_xattrs--;
	limits->xattr_size -= size;
}

/* Spec FS-32. */
static int charge(struct simple_xattr_limits *limits, size_t size)
{
	if (limits->nr_xattrs >= SIMPLE_XATTR_MAX_NR ||
	    size > SIMPLE_XATTR_MAX_SIZE - limits->xattr_size)
		return refuse(-ENOSPC, CHK_XATTR_LIMIT, 0, 0);
	limits->nr_xattrs++;
	limits->xattr_size += size;
	return 0;
}

/**
 * simple_xattr_set_limited() - simple_xattr_set() within the limits of an inode.
 * @limits: what the inode uses; a replacement needs room for both values
 *
 * Models: fs/xattr.c:simple_xattr_set_limited(); spec FS-32.
 */
int simple_xattr_set_limited(struct simple_xattr_cache *cache, struct list_head *xattrs,
			     struct simple_xattr_limits *limits, const char *name,
			     const void *value, size_t size, int flags)
{
	int err = value ? charge(limits, size) : 0;
	struct simple_xattr *old;

	if (err)
		return err;
	old = simple_xattr_set(cache, xattrs, name, value, size, flags);
	if (IS_ERR(old)) {
		if (value)
			uncharge(limits, size);
		return (int)PTR_ERR(old);
	}
	if (old) {
		uncharge(limits, old->size);
		simple_xattr_free_rcu(old);
	}
	return 0;
}

/**
 * simple_xattr_add_limited() - Add an attribute of a new inode.
 * @new_xattr: the attribute with its name, consumed on success
 *
 * Models: fs/xattr.c:simple_xattr_add_limited(); spec FS-32, FS-35.
 */
int simple_xattr_add_limited(struct simple_xattr_cache *cache, struct list_head *xattrs,
			     struct simple_xattr_limits *limits, struct simple_xattr *new_xattr)
{
	int err = charge(limits, new_xattr->size);

	if (err)
		return err;
	list_add_tail(&new_xattr->node, xattrs);
	return 0;
}

/**
 * simple_xattr_list() - List the names of an inode's attributes.
 * @inode: unused, because no LSM of the model has attributes
 * @xattrs: the attributes
 * @buffer: receives the names, each with its NUL; NULL to get only their size
 * @size: the size of the buffer
 *
 * Models: fs/xattr.c:simple_xattr_list(); spec FS-31: without CAP_SYS_ADMIN in the initial user
 * namespace the caller does not see trusted attributes.
 */
ssize_t simple_xattr_list(struct inode *inode, struct list_head *xattrs, char *buffer, size_t size)
{
	bool trusted = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
	struct simple_xattr *xattr;
	size_t used = 0;

	list_for_each_entry(xattr, xattrs, node) {
		size_t len = strlen(xattr->name) + 1;

		if (!trusted && str_has_prefix(xattr->name, XATTR_TRUSTED_PREFIX))
			continue;
		if (buffer) {
			if (size - used < len)
				return refuse(-ERANGE, CHK_XATTR_BUFFER, used + len, size);
			memcpy(buffer + used, xattr->name, len);
		}
		used += len;
	}
	return (ssize_t)used;
}

/**
 * simple_xattr_cache_cleanup() - End the attributes of a superblock, which are all freed.
 *
 * Models: fs/xattr.c:simple_xattr_cache_cleanup().
 */
void simple_xattr_cache_cleanup(struct simple_xattr_cache *cache)
{
}
