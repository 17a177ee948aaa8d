// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets up filesystems at boot: the types, the root directory with its contents, and the initial
 * mount namespace. Models: fs/namespace.c:mnt_init(), init/do_mounts.c, fs/init.c.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/major.h>
#include <linux/mnt_namespace.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/ns_common.h>
#include <linux/nsproxy.h>

#include "internal.h"
#include "mount.h"

static int init_mkdir(const char *name, umode_t mode)
{
	struct path path;
	struct dentry *dentry = kern_path_create(AT_FDCWD, name, &path, LOOKUP_DIRECTORY);
	int err;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	err = vfs_mkdir(&nop_mnt_idmap, d_inode(path.dentry), dentry, mode & 0777);
	if (!err)
		d_inode(dentry)->i_mode = S_IFDIR | mode;
	done_path_create(&path, dentry);
	return err;
}

static int init_mknod(const char *name, umode_t mode, dev_t dev)
{
	struct path path;
	struct dentry *dentry = kern_path_create(AT_FDCWD, name, &path, 0);
	struct inode *dir;
	int err;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	dir = d_inode(path.dentry);
	err = dir->i_op->mknod(&nop_mnt_idmap, dir, dentry, mode, dev);
	done_path_create(&path, dentry);
	return err;
}

static int init_mount(struct file_system_type *type, const char *name)
{
	struct vfsmount *mnt;
	struct path path;
	int err = kern_path(name, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	mnt = vfs_kern_mount(type, 0);
	err = PTR_ERR_OR_ZERO(mnt);
	if (!err)
		err = do_add_mount(real_mount(mnt), &path,
				   MNT_NOSUID | MNT_NODEV | MNT_NOEXEC | MNT_RELATIME);
	path_put(&path);
	return err;
}

static int populate_rootfs(void)
{
	static const struct {
		const char *name;
		umode_t mode;
	} dirs[] = {
		{ "/dev", 0755 }, { "/mnt", 0755 }, { "/proc", 0555 }, { "/sys", 0555 },
		{ "/tmp", S_ISVTX | 0777 },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(dirs) && !err; i++)
		err = init_mkdir(dirs[i].name, dirs[i].mode);
	if (!err)
		err = init_mknod("/dev/null", S_IFCHR | 0666, MKDEV(MEM_MAJOR, 3));
	if (!err)
		err = init_mount(&proc_fs_type, "/proc");
	return err ? err : init_mount(&sysfs_fs_type, "/sys");
}

static int init_mount_tree(void)
{
	struct mnt_namespace *ns;
	struct vfsmount *mnt;
	struct path root;

	mnt = vfs_kern_mount(&ramfs_fs_type, SB_KERNMOUNT);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	mnt->mnt_flags &= ~MNT_INTERNAL;
	ns = alloc_mnt_ns(&init_user_ns, false);
	if (IS_ERR(ns))
		return PTR_ERR(ns);
	ns->inum = PROC_MNT_INIT_INO;
	ns->root = real_mount(mnt);
	mnt_add_to_ns(ns, ns->root);
	init_nsproxy.mnt_ns = ns;

	root.mnt = mnt;
	root.dentry = mnt->mnt_root;
	set_fs_pwd(&init_fs, &root);
	set_fs_root(&init_fs, &root);
	return 0;
}

/**
 * mnt_init() - Set up filesystems and mounts at boot.
 *
 * Return: 0, or -ENOMEM.
 */
int mnt_init(void)
{
	static struct file_system_type *const types[] = {
		&ramfs_fs_type, &tmpfs_fs_type, &proc_fs_type,
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(types) && !err; i++) {
		types[i]->next = NULL;
		err = register_filesystem(types[i]);
	}
	if (!err)
		err = anon_inode_init();
	if (!err)
		err = nsfs_init();
	if (!err)
		err = memfd_init();
	if (!err)
		err = init_mount_tree();
	return err ? err : populate_rootfs();
}
