// SPDX-License-Identifier: GPL-2.0-only
/* Namespace files. Models: fs/nsfs.c. */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mnt_namespace.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <uapi/linux/nsfs.h>
#include <uapi/linux/sched.h>

#include <trace/refusal.h>

#include "internal.h"
#include "mount.h"

#define NSIO 0xb7

/* The kind of a namespace, CLONE_NEWUSER or CLONE_NEWNS, is stored in i_state of its inode. */
static unsigned long ns_kind(const struct inode *inode)
{
	return inode->i_state & (CLONE_NEWUSER | CLONE_NEWNS);
}

/* Models: fs/nsfs.c:open_related_ns() (6.9..), which here only opens user namespaces */
static int open_related_ns(struct user_namespace *owner)
{
	int fd = get_unused_fd_flags(O_CLOEXEC), err;
	struct user_namespace *ns;
	struct file *file;

	if (fd < 0)
		return fd;
	err = ns_get_owner(owner, &ns);
	if (!err) {
		file = open_namespace_file(CLONE_NEWUSER, ns);
		err = PTR_ERR_OR_ZERO(file);
	}
	if (err) {
		put_unused_fd(fd);
		return err;
	}
	fd_install(fd, file);
	return fd;
}

/* Models: fs/nsfs.c:ns_ioctl() (6.9..), the commands since 4.11: UN-07 */
static long ns_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct inode *inode = file_inode(file);
	bool is_user = ns_kind(inode) == CLONE_NEWUSER;
	struct user_namespace *ns = inode->i_private;

	switch (cmd) {
	case NS_GET_USERNS:
		return open_related_ns(is_user ? ns->parent :
				       ((struct mnt_namespace *)inode->i_private)->user_ns);
	case NS_GET_PARENT:
		if (!is_user)
			return refuse(-EINVAL, CHK_NS_PARENT, 0, 0);
		return open_related_ns(ns->parent);
	case NS_GET_NSTYPE:
		return (long)ns_kind(inode);
	case NS_GET_OWNER_UID:
		if (!is_user)
			return refuse(-EINVAL, CHK_NS_OWNER_UID, 0, 0);
		if (put_user(from_kuid_munged(current_user_ns(), ns->owner),
			     (u32 __user *)u64_to_user_ptr(arg)))
			return refuse(-EFAULT, CHK_USER_MEMORY, sizeof(u32), 0);
		return 0;
	}
	if ((cmd >> 8 & 0xff) == NSIO)
		return not_modelled(UNMODELLED_NSFS_IOCTL);
	return refuse(-ENOTTY, CHK_IOCTL_METHOD, 0, cmd);
}

const struct file_operations ns_file_operations = {
	.unlocked_ioctl	= ns_ioctl,
};

static char *ns_dname(struct dentry *dentry, char *buf, int buflen)
{
	const struct inode *inode = d_inode(dentry);

	return dynamic_dname(buf, buflen, "%s:[%llu]",
			     ns_kind(inode) == CLONE_NEWUSER ? "user" : "mnt", inode->i_ino);
}

static const struct dentry_operations ns_dentry_operations = {
	.d_dname = ns_dname,
};

/** is_ns_dentry() - Is this the entry of a namespace file? */
bool is_ns_dentry(const struct dentry *dentry)
{
	return dentry->d_op == &ns_dentry_operations;
}

static void nsfs_evict(struct inode *inode)
{
	if (ns_kind(inode) == CLONE_NEWUSER)
		put_user_ns(inode->i_private);
	else if (inode->i_private)
		put_mnt_ns(inode->i_private);
}

static const struct super_operations nsfs_ops = {
	.statfs		= simple_statfs,
	.evict_inode	= nsfs_evict,
};

static DEFINE_PSEUDO_FS(nsfs, "nsfs", NSFS_MAGIC, &ns_dentry_operations);

/**
 * ns_get_path() - Get the path of a namespace.
 * @path: set to the path, with references
 * @kind: CLONE_NEWUSER or CLONE_NEWNS
 * @ns: the namespace
 *
 * Models: fs/nsfs.c:ns_get_path(). Deviation: each call creates an inode, with the number of the
 * namespace.
 */
int ns_get_path(struct path *path, unsigned long kind, void *ns)
{
	struct qstr name = QSTR_INIT("", 0);
	struct inode *inode = new_inode(nsfs.mnt->mnt_sb);
	struct dentry *dentry;

	if (!inode)
		return -ENOMEM;
	dentry = d_alloc_pseudo(nsfs.mnt->mnt_sb, &name);
	if (!dentry) {
		iput(inode);
		return -ENOMEM;
	}
	inode->i_state |= kind;
	inode->i_private = ns;
	inode->i_flags |= S_IMMUTABLE;
	inode->i_mode = S_IFREG | 0444;
	inode->i_fop = &ns_file_operations;
	if (kind == CLONE_NEWUSER) {
		get_user_ns(ns);
		inode->i_ino = ((struct user_namespace *)ns)->ns.inum;
	} else {
		get_mnt_ns(ns);
		inode->i_ino = ((struct mnt_namespace *)ns)->inum;
	}
	d_instantiate(dentry, inode);
	path->mnt = mntget(nsfs.mnt);
	path->dentry = dentry;
	return 0;
}

/**
 * open_namespace_file() - Open a namespace, as open() of /proc/PID/ns/NAME does.
 * @kind: CLONE_NEWUSER or CLONE_NEWNS
 * @ns: the namespace
 */
struct file *open_namespace_file(unsigned long kind, void *ns)
{
	struct file *file;
	struct path path;
	int err = ns_get_path(&path, kind, ns);

	if (err)
		return ERR_PTR(err);
	file = dentry_open(&path, O_RDONLY | O_LARGEFILE, current_cred());
	path_put(&path);
	return file;
}

/**
 * file_namespace() - Get the namespace of a file.
 * @file: the file
 * @kind: CLONE_NEWUSER or CLONE_NEWNS
 *
 * Return: the namespace without a reference; NULL for a file of another kind.
 */
void *file_namespace(const struct file *file, unsigned long kind)
{
	const struct inode *inode = file_inode(file);

	if (file->f_op != &ns_file_operations || ns_kind(inode) != kind)
		return NULL;
	return inode->i_private;
}

/**
 * nsfs_init() - Mount nsfs at boot.
 *
 * Models: fs/nsfs.c:nsfs_init().
 */
int nsfs_init(void)
{
	nsfs.sops = &nsfs_ops;
	return pseudo_fs_mount(&nsfs);
}
