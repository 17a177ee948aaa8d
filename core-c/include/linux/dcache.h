/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_DCACHE_H
#define _LINUX_DCACHE_H

#include <linux/list.h>
#include <linux/path.h>
#include <linux/types.h>

struct inode;
struct super_block;
struct seq_file;

struct qstr {
	u32 len;
	const char *name;
};

#define QSTR_INIT(n, l) { .len = (l), .name = (n) }
#define QSTR_LEN(n, l) ((struct qstr)QSTR_INIT(n, l))
#define QSTR(n) QSTR_LEN(n, strlen(n))

#define DNAME_INLINE_LEN 24

struct dentry;

struct dentry_operations {
	int (*d_revalidate)(struct dentry *dentry, unsigned int flags);
	int (*d_delete)(const struct dentry *dentry);
	char *(*d_dname)(struct dentry *dentry, char *buf, int len);
};

#define DCACHE_UNHASHED		0x0001	/* not found by lookups; the kernel uses a hash */
#define DCACHE_MOUNTED		0x0002	/* mount point in some mount namespace */
#define DCACHE_CANT_MOUNT	0x0004	/* removed or about to go: cannot become a mount point */

/*
 * A name in a directory. There is no cache of unused or negative entries: an entry exists as long
 * as somebody holds a reference. In-memory filesystems hold one reference to each entry.
 */
struct dentry {
	int d_count;
	unsigned int d_flags;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	const struct dentry_operations *d_op;
	struct super_block *d_sb;
	void *d_fsdata;
	struct list_head d_sib;		/* in d_children of d_parent */
	struct list_head d_children;
	char d_iname[DNAME_INLINE_LEN];
};

#define IS_ROOT(x) ((x) == (x)->d_parent)

extern const struct qstr slash_name;

struct dentry *d_alloc(struct dentry *parent, const struct qstr *name);
struct dentry *d_alloc_name(struct dentry *parent, const char *name);
struct dentry *d_alloc_pseudo(struct super_block *sb, const struct qstr *name);
struct dentry *d_alloc_anon(struct super_block *sb);
struct dentry *d_make_root(struct inode *root);
struct dentry *d_lookup(const struct dentry *parent, const struct qstr *name);
void d_instantiate(struct dentry *dentry, struct inode *inode);
void d_add(struct dentry *dentry, struct inode *inode);
struct dentry *d_make_persistent(struct dentry *dentry, struct inode *inode);
struct dentry *d_splice_alias(struct inode *inode, struct dentry *dentry);
void d_drop(struct dentry *dentry);
void d_delete(struct dentry *dentry);
void d_genocide(struct dentry *parent);
void dput(struct dentry *dentry);
bool is_subdir(struct dentry *child, struct dentry *parent);
char *d_path(const struct path *path, char *buf, int buflen);
char *d_absolute_path(const struct path *path, char *buf, int buflen);
char *dentry_path(const struct dentry *dentry, char *buf, int buflen);
char *__d_path(const struct path *path, const struct path *root, char *buf, int buflen);
char *dynamic_dname(char *buf, int buflen, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
char *simple_dname(struct dentry *dentry, char *buf, int buflen);

static inline struct dentry *dget(struct dentry *dentry)
{
	if (dentry)
		dentry->d_count++;
	return dentry;
}

static inline int d_unhashed(const struct dentry *dentry)
{
	return !!(dentry->d_flags & DCACHE_UNHASHED);
}

static inline int d_unlinked(const struct dentry *dentry)
{
	return d_unhashed(dentry) && !IS_ROOT(dentry);
}

static inline struct inode *d_inode(const struct dentry *dentry)
{
	return dentry->d_inode;
}

static inline struct inode *d_backing_inode(const struct dentry *dentry)
{
	return dentry->d_inode;
}

static inline struct dentry *d_real(struct dentry *dentry)
{
	return dentry;
}

static inline bool d_is_negative(const struct dentry *dentry)
{
	return !dentry->d_inode;
}

static inline bool d_really_is_positive(const struct dentry *dentry)
{
	return dentry->d_inode;
}

bool d_is_dir(const struct dentry *dentry);
bool d_is_symlink(const struct dentry *dentry);

#endif
