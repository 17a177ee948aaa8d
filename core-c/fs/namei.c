// SPDX-License-Identifier: GPL-2.0-only
/*
 * Path walks. Models: fs/namei.c. Opening is in namei_open.c, creating and removing in
 * namei_create.c.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <trace/refusal.h>

#include "mount.h"

/**
 * lookup_one_qstr() - Look up a name in a directory.
 * @dir: the directory
 * @name: the name
 * @flags: passed to the filesystem
 *
 * Models: fs/namei.c:lookup_one_qstr_excl(), lookup_slow().
 *
 * Return: the entry with a reference, possibly negative; or an error.
 */
struct dentry *lookup_one_qstr(struct dentry *dir, const struct qstr *name, unsigned int flags)
{
	struct inode *inode = d_inode(dir);
	struct dentry *dentry, *old;

	if (d_unlinked(dir) && inode->i_op->mkdir)
		return ERR_PTR(not_modelled(UNMODELLED_RMDIR));
	dentry = d_lookup(dir, name);
	if (dentry && dentry->d_op && !dentry->d_op->d_revalidate(dentry, flags)) {
		d_drop(dentry);
		dput(dentry);
		dentry = NULL;
	}
	if (dentry)
		return dentry;

	dentry = d_alloc(dir, name);
	if (!dentry)
		return ERR_PTR(-ENOMEM);
	old = inode->i_op->lookup(inode, dentry, flags);
	if (old) {
		dput(dentry);
		dentry = old;
	}
	return dentry;
}

/**
 * lookup_one_len() - Look up a name on behalf of a filesystem.
 * @name: the name
 * @base: the directory
 * @len: length of the name
 *
 * Models: fs/namei.c:lookup_one_len().
 */
struct dentry *lookup_one_len(const char *name, struct dentry *base, int len)
{
	struct qstr q = QSTR_INIT(name, len);
	int err = inode_permission(&nop_mnt_idmap, d_inode(base), MAY_EXEC);

	if (err)
		return ERR_PTR(err);
	return lookup_one_qstr(base, &q, 0);
}

/* Moves the walk to @path and takes over its references. */
static void nd_set_path(struct nameidata *nd, const struct path *path)
{
	path_put(&nd->path);
	nd->path = *path;
}

/* Moves from a mount point to the root of the topmost mount there. */
static void traverse_mounts(struct path *path)
{
	struct mount *mounted;

	while (path->dentry->d_flags & DCACHE_MOUNTED) {
		struct path down;

		mounted = __lookup_mnt(path->mnt, path->dentry);
		if (!mounted)
			return;
		down.mnt = mntget(&mounted->mnt);
		down.dentry = dget(mounted->mnt.mnt_root);
		path_put(path);
		*path = down;
	}
}

/* The walk that currently calls ->get_link(). */
static struct nameidata *jump_nd;

/**
 * nd_jump_link() - Continue the walk at the target of a magic link.
 * @path: the target; takes over its references
 *
 * Models: fs/namei.c:nd_jump_link().
 */
int nd_jump_link(const struct path *path)
{
	nd_set_path(jump_nd, path);
	return 0;
}

/* Follows a symbolic link, or a magic link of /proc by nd_jump_link(). */
static int follow_link(struct nameidata *nd, struct dentry *link)
{
	struct inode *inode = d_inode(link);
	struct delayed_call done = {};
	struct nameidata *outer = jump_nd;
	const char *text;
	int err = 0;

	if (nd->link_depth++ >= MAXSYMLINKS)
		return refuse(-ELOOP, CHK_PATH_SYMLINKS, MAXSYMLINKS, nd->link_depth);
	if (nd->path.mnt->mnt_flags & MNT_NOSYMFOLLOW)
		return not_modelled(UNMODELLED_NOSYMFOLLOW);

	jump_nd = nd;
	text = inode->i_op->get_link(link, inode, &done);
	jump_nd = outer;
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (text) {	/* relative: nothing makes absolute links */
		err = link_path_walk(nd, text);
		if (!err)
			err = walk_last(nd);
	}
	if (done.fn)
		done.fn(done.arg);
	return err;
}

/**
 * step_into() - Enter an entry of the current directory.
 * @nd: the walk
 * @dentry: a positive entry; takes over its reference
 *
 * Models: fs/namei.c:step_into(), handle_mounts(), pick_link(). Follows links, except a last
 * component without LOOKUP_FOLLOW.
 */
int step_into(struct nameidata *nd, struct dentry *dentry)
{
	struct path path = { .mnt = mntget(nd->path.mnt), .dentry = dentry };
	bool last = nd->flags & LOOKUP_PARENT;
	int err;

	traverse_mounts(&path);
	if (!d_is_symlink(path.dentry) || (last && !(nd->flags & LOOKUP_FOLLOW))) {
		nd_set_path(nd, &path);
		return 0;
	}
	err = follow_link(nd, path.dentry);
	path_put(&path);
	return err;
}

static void follow_dotdot(struct nameidata *nd)
{
	struct path *path = &nd->path;

	/* leave mounts while the walk is at their root; the task's root has no parent */
	while (!path_equal(path, &nd->root) && path->dentry == path->mnt->mnt_root) {
		struct mount *m = real_mount(path->mnt);
		struct path up;

		if (!mnt_has_parent(m))
			break;
		up.mnt = mntget(&m->mnt_parent->mnt);
		up.dentry = dget(m->mnt_mountpoint);
		nd_set_path(nd, &up);
	}
	if (!path_equal(path, &nd->root) && path->dentry != path->mnt->mnt_root) {
		struct dentry *parent = dget(path->dentry->d_parent);

		dput(path->dentry);
		path->dentry = parent;
	}
	traverse_mounts(path);
}

static int may_lookup(struct nameidata *nd)
{
	return inode_permission(mnt_idmap(nd->path.mnt), d_inode(nd->path.dentry), MAY_EXEC);
}

/* Walks the component nd->last in the current directory. */
static int walk_component(struct nameidata *nd)
{
	struct dentry *dentry;

	if (nd->last_type == LAST_DOTDOT)
		follow_dotdot(nd);
	if (nd->last_type != LAST_NORM)
		return 0;
	dentry = lookup_one_qstr(nd->path.dentry, &nd->last, nd->flags);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	if (d_is_negative(dentry)) {
		dput(dentry);
		return refuse(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	}
	return step_into(nd, dentry);
}

/* Takes the next component and the slashes after it off the path. */
static const char *next_component(struct nameidata *nd, const char *name)
{
	const char *end = strchrnul(name, '/');

	nd->last = (struct qstr)QSTR_INIT(name, (u32)(end - name));
	nd->last_type = LAST_NORM;
	if (nd->last.len == 1 && name[0] == '.')
		nd->last_type = LAST_DOT;
	else if (nd->last.len == 2 && name[0] == '.' && name[1] == '.')
		nd->last_type = LAST_DOTDOT;
	nd->trailing_slash = *end == '/';
	while (*end == '/')
		end++;
	return end;
}

/**
 * link_path_walk() - Walk all components of a path except the last.
 * @nd: the walk
 * @name: the path
 *
 * Models: fs/namei.c:link_path_walk(). Leaves the last component in nd->last for walk_last().
 */
int link_path_walk(struct nameidata *nd, const char *name)
{
	unsigned int last_flag = nd->flags & LOOKUP_PARENT;
	int err = 0;

	nd->last_type = LAST_ROOT;
	nd->flags &= ~LOOKUP_PARENT;
	while (*name == '/')
		name++;
	while (*name) {
		err = may_lookup(nd);
		if (err)
			return err;
		name = next_component(nd, name);
		if (!*name)
			break;
		err = walk_component(nd);
		if (err)
			return err;
		if (!d_is_dir(nd->path.dentry))
			return refuse(-ENOTDIR, CHK_PATH_NOT_DIRECTORY, 0, 0);
	}
	nd->flags |= last_flag;
	return 0;
}

/**
 * walk_last() - Walk the last component.
 * @nd: a walk after link_path_walk()
 *
 * Models: fs/namei.c:lookup_last().
 */
int walk_last(struct nameidata *nd)
{
	bool trailing_slash = nd->trailing_slash;
	int err;

	if (trailing_slash)
		nd->flags |= LOOKUP_FOLLOW;
	err = walk_component(nd);
	if (!err && trailing_slash && !d_is_dir(nd->path.dentry))
		err = refuse(-ENOTDIR, CHK_PATH_NOT_DIRECTORY, 0, 0);
	return err;
}

/**
 * path_init() - Start a walk.
 * @nd: the walk
 * @dfd: start of relative paths
 * @name: the path
 * @flags: LOOKUP_*
 *
 * Models: fs/namei.c:path_init(), set_root().
 */
int path_init(struct nameidata *nd, int dfd, const char *name, unsigned int flags)
{
	*nd = (struct nameidata){ .flags = flags, .dfd = dfd };
	get_fs_root(current->fs, &nd->root);
	if (*name == '/') {	/* @dfd is not even checked */
		nd->path = nd->root;
		path_get(&nd->path);
		return 0;
	}
	if (dfd == AT_FDCWD) {
		get_fs_pwd(current->fs, &nd->path);
	} else {
		CLASS(fd_raw, f)(dfd);

		if (fd_empty(f))
			return refuse(-EBADF, CHK_PATH_DIRFD, 0, dfd);
		if (*name && !d_is_dir(fd_file(f)->f_path.dentry))
			return refuse(-ENOTDIR, CHK_PATH_DIRFD_KIND, 0, dfd);
		nd->path = fd_file(f)->f_path;
		path_get(&nd->path);
	}
	return 0;
}

/**
 * terminate_walk() - End a walk and drop its references.
 * @nd: the walk
 *
 * Models: fs/namei.c:terminate_walk().
 */
void terminate_walk(struct nameidata *nd)
{
	if (nd->path.mnt)
		path_put(&nd->path);
	path_put(&nd->root);
}

/**
 * filename_lookup() - Look up a path.
 * @dfd: start of relative paths
 * @name: the path
 * @flags: LOOKUP_*
 * @path: the result, with references
 *
 * Models: fs/namei.c:filename_lookup(), path_lookupat().
 */
int filename_lookup(int dfd, struct filename *name, unsigned int flags, struct path *path)
{
	struct nameidata nd;
	int err = path_init(&nd, dfd, name->name, flags | LOOKUP_PARENT);

	if (!err)
		err = link_path_walk(&nd, name->name);
	if (!err)
		err = walk_last(&nd);
	if (!err && flags & LOOKUP_DIRECTORY && !d_is_dir(nd.path.dentry))
		err = refuse(-ENOTDIR, CHK_PATH_NOT_DIRECTORY, 0, 0);
	if (!err) {
		if (flags & LOOKUP_MOUNTPOINT)
			traverse_mounts(&nd.path);
		*path = nd.path;
		nd.path.mnt = NULL;	/* now owned by the caller */
	}
	terminate_walk(&nd);
	return err;
}

/**
 * kern_path() - Look up a path of the kernel.
 * @name: the path
 * @flags: LOOKUP_*
 * @path: the result, with references
 *
 * Models: fs/namei.c:kern_path().
 */
int kern_path(const char *name, unsigned int flags, struct path *path)
{
	struct filename *filename = getname_kernel(name);
	int err;

	if (IS_ERR(filename))
		return PTR_ERR(filename);
	err = filename_lookup(AT_FDCWD, filename, flags, path);
	putname(filename);
	return err;
}

/**
 * user_path_at() - Look up a path from user space.
 * @dfd: start of relative paths
 * @name: the path
 * @flags: LOOKUP_*
 * @path: the result, with references
 *
 * Models: fs/namei.c:user_path_at().
 */
int user_path_at(int dfd, const char __user *name, unsigned int flags, struct path *path)
{
	struct filename *filename = getname_flags(name, flags);
	int err;

	if (IS_ERR(filename))
		return PTR_ERR(filename);
	err = filename_lookup(dfd, filename, flags, path);
	putname(filename);
	return err;
}
