// SPDX-License-Identifier: GPL-2.0-only
/* Files that share one anonymous inode. Models: fs/anon_inodes.c. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

static struct inode *anon_inode_inode;

static char *anon_inodefs_dname(struct dentry *dentry, char *buf, int buflen)
{
	return dynamic_dname(buf, buflen, "anon_inode:%s", dentry->d_name.name);
}

static const struct dentry_operations anon_inodefs_dentry_operations = {
	.d_dname = anon_inodefs_dname,
};

static DEFINE_PSEUDO_FS(anon_inodefs, "anon_inodefs", ANON_INODE_FS_MAGIC,
			&anon_inodefs_dentry_operations);

/**
 * anon_inode_getfile() - Create a file on the anonymous inode.
 * @name: shown in /proc/PID/fd as anon_inode:NAME
 * @fops: its operations
 * @priv: its private data
 * @flags: O_ACCMODE and O_NONBLOCK
 *
 * Models: fs/anon_inodes.c:anon_inode_getfile().
 */
struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv,
				int flags)
{
	struct file *file;

	ihold(anon_inode_inode);
	file = alloc_file_pseudo(anon_inode_inode, anon_inodefs.mnt, name,
				 flags & (O_ACCMODE | O_NONBLOCK), fops);
	if (IS_ERR(file))
		iput(anon_inode_inode);
	else
		file->private_data = priv;
	return file;
}

/**
 * anon_inode_getfd() - Create a file on the anonymous inode and open an fd for it.
 *
 * Models: fs/anon_inodes.c:anon_inode_getfd(). On failure the caller keeps @priv.
 */
int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, int flags)
{
	struct file *file;
	int fd = get_unused_fd_flags(flags);

	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, priv, flags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

/**
 * anon_inode_init() - Create the mount and the inode at boot.
 *
 * Models: fs/anon_inodes.c:anon_inode_init().
 */
int anon_inode_init(void)
{
	int err = pseudo_fs_mount(&anon_inodefs);

	if (err)
		return err;
	anon_inode_inode = new_inode(anon_inodefs.mnt->mnt_sb);
	if (!anon_inode_inode)
		return -ENOMEM;
	anon_inode_inode->i_ino = get_next_ino();
	anon_inode_inode->i_mode = 0600;
	return 0;
}
