// SPDX-License-Identifier: GPL-2.0-only
/* Converting a struct path to a string. Models: fs/d_path.c. */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "mount.h"

/* A string that is built from the end of its buffer towards the start. */
struct prepend_buffer {
	char *buf;
	int len;
};

static bool prepend(struct prepend_buffer *p, const char *str, int len)
{
	if (p->len < len) {
		p->len = -1;
		return false;
	}
	p->len -= len;
	p->buf -= len;
	memcpy(p->buf, str, len);
	return true;
}

static char *extract_string(struct prepend_buffer *p)
{
	return p->len >= 0 ? p->buf : ERR_PTR(-ENAMETOOLONG);
}

enum { PATH_REACHED, PATH_ABSOLUTE, PATH_DETACHED };

/*
 * Prepends the names from @path up to @root. The result says whether the walk reached @root, the
 * root of a mount namespace, or a mount that is not attached to one.
 */
static int prepend_path(const struct path *path, const struct path *root,
			struct prepend_buffer *p)
{
	struct mount *mnt = real_mount(path->mnt);
	struct dentry *dentry = path->dentry;
	char *end = p->buf;
	int how = PATH_REACHED;

	while (dentry != root->dentry || &mnt->mnt != root->mnt) {
		if (dentry == mnt->mnt.mnt_root) {
			if (mnt_has_parent(mnt)) {
				dentry = mnt->mnt_mountpoint;
				mnt = mnt->mnt_parent;
				continue;
			}
			how = mnt->mnt_ns && !is_anon_ns(mnt->mnt_ns) ? PATH_ABSOLUTE
								      : PATH_DETACHED;
			break;
		}
		if (!prepend(p, dentry->d_name.name, dentry->d_name.len) || !prepend(p, "/", 1))
			return how;
		dentry = dentry->d_parent;
	}
	if (p->buf == end)
		prepend(p, "/", 1);
	return how;
}

/**
 * __d_path() - Get a path relative to a given root.
 * @path: the path
 * @root: the root
 * @buf: buffer
 * @buflen: its size
 *
 * Models: fs/d_path.c:__d_path().
 *
 * Return: the string, at the end of @buf; NULL if @path is not below @root.
 */
char *__d_path(const struct path *path, const struct path *root, char *buf, int buflen)
{
	struct prepend_buffer p = { buf + buflen, buflen };

	prepend(&p, "", 1);
	if (prepend_path(path, root, &p) != PATH_REACHED)
		return NULL;
	return extract_string(&p);
}

/**
 * d_absolute_path() - Get a path relative to the root of its mount namespace.
 * @path: the path
 * @buf: buffer
 * @buflen: its size
 *
 * Models: fs/d_path.c:d_absolute_path().
 *
 * Return: the string, or -EINVAL if the path is in no mount namespace.
 */
char *d_absolute_path(const struct path *path, char *buf, int buflen)
{
	struct prepend_buffer p = { buf + buflen, buflen };
	struct path root = {};

	prepend(&p, "", 1);
	if (prepend_path(path, &root, &p) == PATH_DETACHED)
		return ERR_PTR(-EINVAL);
	return extract_string(&p);
}

/**
 * d_path() - Get a path relative to the root of the current task.
 * @path: the path
 * @buf: buffer
 * @buflen: its size
 *
 * Models: fs/d_path.c:d_path(). The string of a removed name ends in " (deleted)".
 */
char *d_path(const struct path *path, char *buf, int buflen)
{
	struct prepend_buffer p = { buf + buflen, buflen };
	struct dentry *dentry = path->dentry;

	if (dentry->d_op && dentry->d_op->d_dname &&
	    (!IS_ROOT(dentry) || dentry != path->mnt->mnt_root))
		return dentry->d_op->d_dname(dentry, buf, buflen);

	prepend(&p, "", 1);
	if (d_unlinked(dentry))
		prepend(&p, " (deleted)", 10);
	prepend_path(path, &current->fs->root, &p);
	return extract_string(&p);
}

/**
 * dentry_path() - Get a path relative to the root of its filesystem.
 * @dentry: the entry
 * @buf: buffer
 * @buflen: its size
 *
 * Models: fs/d_path.c:dentry_path().
 */
char *dentry_path(const struct dentry *dentry, char *buf, int buflen)
{
	struct prepend_buffer p = { buf + buflen, buflen };
	char *end;

	prepend(&p, "", 1);
	if (d_unlinked(dentry))
		prepend(&p, "//deleted", 9);
	end = p.buf;
	while (!IS_ROOT(dentry)) {
		if (!prepend(&p, dentry->d_name.name, dentry->d_name.len) || !prepend(&p, "/", 1))
			break;
		dentry = dentry->d_parent;
	}
	if (p.buf == end)
		prepend(&p, "/", 1);
	return extract_string(&p);
}

/**
 * dynamic_dname() - Format a string for ->d_dname().
 * @buf: buffer
 * @buflen: its size
 * @fmt: format, followed by its arguments
 *
 * Models: fs/d_path.c:dynamic_dname().
 */
char *dynamic_dname(char *buf, int buflen, const char *fmt, ...)
{
	char temp[64];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(temp, sizeof(temp), fmt, args) + 1;
	va_end(args);
	if (len > (int)sizeof(temp) || len > buflen)
		return ERR_PTR(-ENAMETOOLONG);
	return memcpy(buf + buflen - len, temp, len);
}

/**
 * simple_dname() - Get the string for a file that never had a path.
 * @dentry: the entry
 * @buf: buffer
 * @buflen: its size
 *
 * Models: fs/d_path.c:simple_dname(); spec TP-06.
 */
char *simple_dname(struct dentry *dentry, char *buf, int buflen)
{
	struct prepend_buffer p = { buf + buflen, buflen };

	if (prepend(&p, " (deleted)", 11) &&
	    prepend(&p, dentry->d_name.name, dentry->d_name.len))
		prepend(&p, "/", 1);
	return extract_string(&p);
}
