// SPDX-License-Identifier: GPL-2.0-only
/* Paths as text. Models: fs/d_path.c. */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "mount.h"

/* Text that grows towards the beginning of a buffer. */
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
 * From a place up to @root. Says whether it came there, ended at the root of
 * a namespace, or ended at a mount that is mounted nowhere.
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
 * __d_path() - a path as seen from a given root.
 * @path: the place
 * @root: where it is to be seen from
 * @buf: room for the text
 * @buflen: how much
 *
 * Models: fs/d_path.c:__d_path().
 *
 * Return: the text, at the end of @buf; NULL if @root is not above @path.
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
 * d_absolute_path() - a path as seen from the root of its namespace.
 * @path: the place
 * @buf: room for the text
 * @buflen: how much
 *
 * Models: fs/d_path.c:d_absolute_path().
 *
 * Return: the text, or -EINVAL for a place that no namespace has.
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
 * d_path() - a path as the current task sees it.
 * @path: the place
 * @buf: room for the text
 * @buflen: how much
 *
 * Models: fs/d_path.c:d_path(). A removed name ends in " (deleted)".
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
 * dentry_path() - a path within one file system.
 * @dentry: the entry
 * @buf: room for the text
 * @buflen: how much
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
 * dynamic_dname() - helper of ->d_dname(): formatted text at the end of a buffer.
 * @buf: room for the text
 * @buflen: how much
 * @fmt: format, and what it needs
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
 * simple_dname() - the text for files that never had a path.
 * @dentry: the entry
 * @buf: room for the text
 * @buflen: how much
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
