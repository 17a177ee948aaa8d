/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_NAMEI_H
#define _LINUX_NAMEI_H

#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/path.h>
#include <linux/types.h>

#define MAXSYMLINKS 40

#define LOOKUP_FOLLOW		0x0001
#define LOOKUP_DIRECTORY	0x0002
#define LOOKUP_AUTOMOUNT	0x0004
#define LOOKUP_EMPTY		0x4000
#define LOOKUP_PARENT		0x0010
#define LOOKUP_MOUNTPOINT	0x0080	/* follow mounts, also for "." */
#define LOOKUP_OPEN		0x0100
#define LOOKUP_CREATE		0x0200
#define LOOKUP_EXCL		0x0400

struct filename;

/* State of a path walk; the fields differ from the kernel's. Callers only pass it on. */
struct nameidata {
	struct path path;
	struct path root;
	struct qstr last;
	int last_type;
	unsigned int flags;
	int dfd;
	int link_depth;
	bool root_set;
	bool trailing_slash;
};

enum { LAST_NORM, LAST_ROOT, LAST_DOT, LAST_DOTDOT };

/* Flags of an open; in the kernel in fs/internal.h. */
struct open_flags {
	int open_flag;
	umode_t mode;
	int acc_mode;
	int intent;
	int lookup_flags;
};

/* Path walks, for fs/namei_open.c and fs/namei_create.c. */
int path_init(struct nameidata *nd, int dfd, const char *name, unsigned int flags);
int link_path_walk(struct nameidata *nd, const char *name);
int walk_last(struct nameidata *nd);
int step_into(struct nameidata *nd, struct dentry *dentry);
int filename_lookup(int dfd, struct filename *name, unsigned int flags, struct path *path);
struct dentry *lookup_one_qstr(struct dentry *dir, const struct qstr *name, unsigned int flags);
void terminate_walk(struct nameidata *nd);
struct file *do_filp_open(int dfd, struct filename *name, const struct open_flags *op);

int kern_path(const char *name, unsigned int flags, struct path *path);
int user_path_at(int dfd, const char __user *name, unsigned int flags, struct path *path);
struct dentry *kern_path_create(int dfd, const char *name, struct path *path, unsigned int flags);
struct dentry *user_path_create(int dfd, const char __user *name, struct path *path,
				unsigned int flags);
void done_path_create(struct path *path, struct dentry *dentry);

/* Names since 6.18. */
#define start_creating_user_path user_path_create
void end_creating_path(const struct path *path, struct dentry *dentry);

/* Continues the walk at the target of a magic link; takes over its references. */
int nd_jump_link(const struct path *path);

#endif
