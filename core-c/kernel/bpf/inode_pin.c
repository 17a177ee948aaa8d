// SPDX-License-Identifier: GPL-2.0-only
/* Pinning objects in a bpffs. Models: kernel/bpf/inode.c; spec CG-10, TP-14. */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/security.h>

#include "inode.h"
#include "internal.h"

static const struct inode_operations bpf_prog_iops = {
	.listxattr = bpf_fs_listxattr,
};
static const struct inode_operations bpf_map_iops = {
	.listxattr = bpf_fs_listxattr,
};

static int bpffs_obj_open(struct inode *inode, struct file *file)
{
	return refuse(-EIO, CHK_BPFFS_OBJECT_OPEN, 0, 0);
}

static const struct file_operations bpffs_obj_fops = {
	.open = bpffs_obj_open,
};

/**
 * bpf_evict_inode() - Drop an inode's reference to its object.
 *
 * Models: kernel/bpf/inode.c:bpf_destroy_inode().
 */
void bpf_evict_inode(struct inode *inode)
{
	if (inode->i_op == &bpf_map_iops)
		bpf_map_put_with_uref(inode->i_private);
	else if (inode->i_op == &bpf_prog_iops)
		bpf_prog_put(inode->i_private);
	clear_inode(inode);
}

static int bpf_mkobj_ops(struct dentry *dentry, umode_t mode, void *raw,
			 const struct inode_operations *iops)
{
	struct inode *dir = d_inode(dentry->d_parent);
	struct inode *inode = bpf_get_inode(dir->i_sb, dir, mode);
	int err;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = bpf_init_security(inode, dir, dentry);
	if (err)
		return err;
	inode->i_op = iops;
	inode->i_fop = &bpffs_obj_fops;
	inode->i_private = raw;
	bpf_dentry_finalize(dentry, inode, dir);
	return 0;
}

static int bpf_mkprog(struct dentry *dentry, umode_t mode, void *arg)
{
	return bpf_mkobj_ops(dentry, mode, arg, &bpf_prog_iops);
}

static int bpf_mkmap(struct dentry *dentry, umode_t mode, void *arg)
{
	return bpf_mkobj_ops(dentry, mode, arg, &bpf_map_iops);
}

static int bpf_obj_do_pin(int path_fd, const char __user *pathname, void *raw,
			  int (*mk)(struct dentry *, umode_t, void *))
{
	umode_t mode = S_IFREG | (0600 & ~current_umask());
	struct dentry *dentry;
	struct path path;
	int ret;

	dentry = user_path_create(path_fd, pathname, &path, 0);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	if (d_inode(path.dentry)->i_op != &bpf_dir_iops)
		ret = refuse(-EPERM, CHK_OBJ_PIN_PLACE, BPF_FS_MAGIC, path.dentry->d_sb->s_magic);
	else
		ret = vfs_mkobj(dentry, mode, mk, raw);
	done_path_create(&path, dentry);
	return ret;
}

/**
 * bpf_obj_pin_user() - Pin an object in a bpffs.
 * @ufd: fd of a map or program; any other fd is -EINVAL
 * @path_fd: start of relative paths
 * @pathname: the new path
 *
 * Models: kernel/bpf/inode.c:bpf_obj_pin_user(). Deviation: links cannot be pinned.
 */
int bpf_obj_pin_user(u32 ufd, int path_fd, const char __user *pathname)
{
	struct bpf_map *map = bpf_map_get_with_uref(ufd);
	struct bpf_prog *prog;
	int ret;

	if (!IS_ERR(map)) {
		ret = bpf_obj_do_pin(path_fd, pathname, map, bpf_mkmap);
		if (ret)
			bpf_map_put_with_uref(map);
		return ret;
	}
	prog = bpf_prog_get(ufd);
	if (IS_ERR(prog))
		return refuse(-EINVAL, CHK_OBJ_PIN_KIND, 0, ufd);
	ret = bpf_obj_do_pin(path_fd, pathname, prog, bpf_mkprog);
	if (ret)
		bpf_prog_put(prog);
	return ret;
}

static int open_object(struct inode *inode, int f_flags)
{
	int fd;

	if (inode->i_op == &bpf_map_iops) {
		bpf_map_inc_with_uref(inode->i_private);
		fd = bpf_map_new_fd(inode->i_private, f_flags);
		if (fd < 0)
			bpf_map_put_with_uref(inode->i_private);
		return fd;
	}
	if (inode->i_op == &bpf_prog_iops) {
		bpf_prog_inc(inode->i_private);
		fd = bpf_prog_new_fd(inode->i_private);
		if (fd < 0)
			bpf_prog_put(inode->i_private);
		return fd;
	}
	return refuse(-EACCES, CHK_OBJ_GET_KIND, 0, 0);
}

/**
 * bpf_obj_get_user() - Open an fd for a pinned object.
 * @path_fd: start of relative paths
 * @pathname: path of the object
 * @flags: BPF_F_RDONLY or BPF_F_WRONLY
 *
 * Models: kernel/bpf/inode.c:bpf_obj_get_user().
 */
int bpf_obj_get_user(int path_fd, const char __user *pathname, int flags)
{
	int f_flags = bpf_get_file_flag(flags);
	struct path path;
	int ret;

	if (f_flags < 0)
		return f_flags;
	ret = user_path_at(path_fd, pathname, LOOKUP_FOLLOW, &path);
	if (ret)
		return ret;
	ret = path_permission(&path, ACC_MODE(f_flags));
	if (!ret)
		ret = open_object(d_inode(path.dentry), f_flags);
	path_put(&path);
	return ret;
}
