// SPDX-License-Identifier: GPL-2.0-only
/* Copying paths from user space. Models: fs/namei.c. */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/release.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <trace/refusal.h>

/**
 * getname_flags() - Copy a path from user space.
 * @name: the path
 * @flags: LOOKUP_EMPTY accepts an empty path
 *
 * Models: fs/namei.c:getname_flags().
 */
struct filename *getname_flags(const char __user *name, int flags)
{
	long len = strnlen_user(name, PATH_MAX);
	struct filename *result;

	if (!len)
		return refuse_ptr(-EFAULT, CHK_PATH_FAULT, 0, 0);
	if (len > PATH_MAX)
		return refuse_ptr(-ENAMETOOLONG, CHK_PATH_LENGTH, PATH_MAX - 1, len);
	if (len == 1 && !(flags & LOOKUP_EMPTY))
		return refuse_ptr(-ENOENT, CHK_PATH_EMPTY, 1, 0);

	result = kmalloc(sizeof(*result) + len, GFP_KERNEL);
	if (!result)
		return ERR_PTR(-ENOMEM);
	result->len = strncpy_from_user(result->name, name, len);	/* as many as before */
	return result;
}

/**
 * getname() - Copy a non-empty path from user space.
 * @name: the path
 *
 * Models: fs/namei.c:getname().
 */
struct filename *getname(const char __user *name)
{
	return getname_flags(name, 0);
}

/**
 * getname_maybe_null() - Copy a path that may be missing.
 * @name: the path, or NULL
 * @flags: LOOKUP_EMPTY accepts an empty path, and since 6.15 also NULL
 *
 * Models: include/linux/fs.h:getname_maybe_null() (6.13..), which returns NULL for an empty path.
 */
struct filename *getname_maybe_null(const char __user *name, int flags)
{
	if (!name && flags & LOOKUP_EMPTY && kernel_at_least(6, 15))
		return getname_kernel("");
	return getname_flags(name, flags);
}

/**
 * getname_kernel() - Copy a path of the kernel.
 * @name: the path
 *
 * Models: fs/namei.c:getname_kernel().
 */
struct filename *getname_kernel(const char *name)
{
	size_t len = strlen(name);
	struct filename *result = kmalloc(sizeof(*result) + len + 1, GFP_KERNEL);

	if (!result)
		return ERR_PTR(-ENOMEM);
	memcpy(result->name, name, len + 1);
	result->len = len;
	return result;
}

/** putname() - Free a copied path. */
void putname(struct filename *name)
{
	kfree(name);
}
