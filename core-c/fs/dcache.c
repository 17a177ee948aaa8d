// SPDX-License-Identifier: GPL-2.0-only
/*
 * Directory entries. Models: fs/dcache.c.
 *
 * Deviation: there is no cache. An entry exists as long as somebody holds a reference, and a
 * failed lookup creates no negative entry. As in the kernel, an in-memory filesystem holds
 * one reference to each of its entries.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>

const struct qstr slash_name = QSTR_INIT("/", 1);

static struct dentry *__d_alloc(struct super_block *sb, const struct qstr *name)
{
	struct dentry *dentry;
	char *text;

	dentry = kzalloc(sizeof(*dentry), GFP_KERNEL);
	if (!dentry)
		return NULL;

	text = dentry->d_iname;
	if (name->len >= DNAME_INLINE_LEN) {
		text = kmalloc(name->len + 1, GFP_KERNEL);
		if (!text) {
			kfree(dentry);
			return NULL;
		}
	}
	memcpy(text, name->name, name->len);
	text[name->len] = 0;

	dentry->d_name.name = text;
	dentry->d_name.len = name->len;
	dentry->d_count = 1;
	dentry->d_flags = DCACHE_UNHASHED;
	dentry->d_sb = sb;
	dentry->d_op = sb->s_d_op;
	dentry->d_parent = dentry;
	INIT_LIST_HEAD(&dentry->d_sib);
	INIT_LIST_HEAD(&dentry->d_children);
	live_inc(LIVE_DENTRIES);
	return dentry;
}

/**
 * d_alloc() - Allocate an entry of a directory; lookups do not find it yet.
 * @parent: the directory; takes a reference to it
 * @name: the name, copied
 *
 * Models: fs/dcache.c:d_alloc().
 *
 * Return: the entry with one reference, or NULL when out of memory.
 */
struct dentry *d_alloc(struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry = __d_alloc(parent->d_sb, name);

	if (!dentry)
		return NULL;
	dentry->d_parent = dget(parent);
	list_add(&dentry->d_sib, &parent->d_children);
	return dentry;
}

/**
 * d_alloc_name() - d_alloc() for a C string.
 * @parent: the directory
 * @name: the name
 *
 * Models: fs/dcache.c:d_alloc_name().
 */
struct dentry *d_alloc_name(struct dentry *parent, const char *name)
{
	struct qstr q = QSTR(name);

	return d_alloc(parent, &q);
}

/**
 * d_alloc_anon() - Allocate a root entry.
 * @sb: its superblock
 *
 * Models: fs/dcache.c:d_alloc_anon().
 */
struct dentry *d_alloc_anon(struct super_block *sb)
{
	return __d_alloc(sb, &slash_name);
}

static const struct dentry_operations anon_ops = {
	.d_dname = simple_dname,
};

/**
 * d_alloc_pseudo() - Allocate an entry without a directory, for a file without a path.
 * @sb: its superblock
 * @name: the name that /proc shows
 *
 * Models: fs/dcache.c:d_alloc_pseudo().
 */
struct dentry *d_alloc_pseudo(struct super_block *sb, const struct qstr *name)
{
	struct dentry *dentry = __d_alloc(sb, name);

	if (dentry && !dentry->d_op)
		dentry->d_op = &anon_ops;
	return dentry;
}

/**
 * d_make_root() - Create the root entry of a filesystem.
 * @inode: its inode, consumed also on failure; NULL returns NULL
 *
 * Models: fs/dcache.c:d_make_root().
 */
struct dentry *d_make_root(struct inode *inode)
{
	struct dentry *dentry;

	if (!inode)
		return NULL;
	dentry = d_alloc_anon(inode->i_sb);
	if (dentry) {
		d_add(dentry, inode);
		return dentry;
	}
	iput(inode);
	return NULL;
}

/**
 * d_lookup() - Find an entry by name.
 * @parent: the directory
 * @name: the name
 *
 * Models: fs/dcache.c:d_lookup().
 *
 * Return: the entry with a reference, or NULL.
 */
struct dentry *d_lookup(const struct dentry *parent, const struct qstr *name)
{
	struct dentry *child;

	list_for_each_entry(child, &parent->d_children, d_sib) {
		if (d_unhashed(child) || child->d_name.len != name->len)
			continue;
		if (!memcmp(child->d_name.name, name->name, name->len))
			return dget(child);
	}
	return NULL;
}

/**
 * d_instantiate() - Attach an inode to an entry.
 * @dentry: an entry without an inode
 * @inode: the inode, consumed
 *
 * Models: fs/dcache.c:d_instantiate(). Deviation: this hashes the name. In the kernel the lookup
 * already did.
 */
void d_instantiate(struct dentry *dentry, struct inode *inode)
{
	dentry->d_inode = inode;
	if (dentry->d_parent != dentry)
		dentry->d_flags &= ~DCACHE_UNHASHED;
}

/**
 * d_add() - Attach an inode to an entry and hash its name.
 * @dentry: an entry without an inode
 * @inode: the inode, consumed; NULL if the name does not exist
 *
 * Models: fs/dcache.c:d_add(). Deviation: negative entries are not hashed.
 */
void d_add(struct dentry *dentry, struct inode *inode)
{
	dentry->d_inode = inode;
	if (inode)
		dentry->d_flags &= ~DCACHE_UNHASHED;
}

/**
 * d_make_persistent() - Attach an inode to an entry that stays until it is removed.
 * @dentry: an entry without an inode
 * @inode: the inode, consumed
 *
 * Models: fs/dcache.c:d_make_persistent() (6.19..).
 */
struct dentry *d_make_persistent(struct dentry *dentry, struct inode *inode)
{
	d_instantiate(dentry, inode);
	dentry->d_sb->s_persistent = true;
	return dget(dentry);
}

/**
 * d_splice_alias() - Finish a ->lookup().
 * @inode: the inode, NULL or an error
 * @dentry: the entry that was looked up
 *
 * Models: fs/dcache.c:d_splice_alias(). Each directory has a single name in the model.
 */
struct dentry *d_splice_alias(struct inode *inode, struct dentry *dentry)
{
	if (IS_ERR(inode))
		return ERR_CAST(inode);
	d_add(dentry, inode);
	return NULL;
}

/**
 * d_drop() - Unhash an entry, so that lookups no longer find it.
 * @dentry: the entry
 *
 * Models: fs/dcache.c:d_drop().
 */
void d_drop(struct dentry *dentry)
{
	dentry->d_flags |= DCACHE_UNHASHED;
}

/**
 * d_delete() - Unhash the entry of a removed file.
 * @dentry: the entry
 *
 * Models: fs/dcache.c:d_delete(). Deviation: the entry always keeps its inode until the last
 * reference goes.
 */
void d_delete(struct dentry *dentry)
{
	d_drop(dentry);
	dentry->d_flags |= DCACHE_CANT_MOUNT;
}

/**
 * dput() - Drop a reference to an entry; the last one frees it.
 * @dentry: the entry, or NULL
 *
 * Models: fs/dcache.c:dput(), __dentry_kill(). Parents that only this entry kept alive are freed
 * in a loop, so that deep trees need no stack.
 */
void dput(struct dentry *dentry)
{
	struct dentry *parent;

	while (dentry && !--dentry->d_count) {
		parent = IS_ROOT(dentry) ? NULL : dentry->d_parent;
		list_del_init(&dentry->d_sib);
		if (dentry->d_inode)
			iput(dentry->d_inode);
		if (dentry->d_name.name != dentry->d_iname)
			kfree(dentry->d_name.name);
		kfree(dentry);
		live_dec(LIVE_DENTRIES);
		dentry = parent;
	}
}

/**
 * d_genocide() - Drop the references that an in-memory filesystem holds.
 * @root: the root of its tree; its own reference stays
 *
 * Models: fs/dcache.c:d_genocide(). Frees a deepest entry and starts over, because dput() changes
 * the lists.
 */
void d_genocide(struct dentry *root)
{
	struct dentry *this = root;

	for (;;) {
		struct dentry *child, *pinned = NULL;

		list_for_each_entry(child, &this->d_children, d_sib) {
			if (!d_unhashed(child)) {
				pinned = child;
				break;
			}
		}
		if (pinned) {
			this = pinned;
			continue;
		}
		if (this == root)
			return;
		child = this;
		this = child->d_parent;
		d_drop(child);
		dput(child);
	}
}

/**
 * is_subdir() - Is an entry below another one, or the same?
 * @child: the lower entry
 * @parent: the upper entry
 *
 * Models: fs/dcache.c:is_subdir().
 */
bool is_subdir(struct dentry *child, struct dentry *parent)
{
	while (child != parent) {
		if (IS_ROOT(child))
			return false;
		child = child->d_parent;
	}
	return true;
}

/** d_is_dir() - Does a positive entry name a directory? */
bool d_is_dir(const struct dentry *dentry)
{
	return S_ISDIR(dentry->d_inode->i_mode);
}

/** d_is_symlink() - Does a positive entry name a symbolic link? */
bool d_is_symlink(const struct dentry *dentry)
{
	return S_ISLNK(dentry->d_inode->i_mode);
}

/**
 * path_get() - Take a reference to both parts of a path.
 * @path: the path
 *
 * Models: fs/namei.c:path_get().
 */
void path_get(const struct path *path)
{
	mntget(path->mnt);
	dget(path->dentry);
}

/**
 * path_put() - Drop the references of path_get().
 * @path: the path
 *
 * Models: fs/namei.c:path_put().
 */
void path_put(const struct path *path)
{
	dput(path->dentry);
	mntput(path->mnt);
}
