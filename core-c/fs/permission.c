// SPDX-License-Identifier: GPL-2.0-only
/* Access checks on inodes. Models: fs/namei.c. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/security.h>

#include <trace/refusal.h>

/* Do the mode bits grant access? */
static bool acl_permission_check(const struct inode *inode, int mask)
{
	unsigned int mode = inode->i_mode;

	mask &= MAY_READ | MAY_WRITE | MAY_EXEC;
	if (!mask)
		return true;
	if (uid_eq(current_fsuid(), inode->i_uid))
		mode >>= 6;
	else if (in_group_p(inode->i_gid))
		mode >>= 3;
	return !(mask & ~mode);
}

/**
 * generic_permission() - Check access by mode bits and capabilities.
 * @idmap: unused
 * @inode: the inode
 * @mask: MAY_*
 *
 * Models: fs/namei.c:generic_permission().
 */
int generic_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	if (acl_permission_check(inode, mask))
		return 0;

	if (S_ISDIR(inode->i_mode)) {
		if (!(mask & MAY_WRITE) &&
		    capable_wrt_inode_uidgid(idmap, inode, CAP_DAC_READ_SEARCH))
			return 0;
		if (capable_wrt_inode_uidgid(idmap, inode, CAP_DAC_OVERRIDE))
			return 0;
		return refuse(-EACCES, CHK_PERMISSION_MODE, mask & 7, inode->i_mode & 07777);
	}
	if ((mask & 7) == MAY_READ && capable_wrt_inode_uidgid(idmap, inode, CAP_DAC_READ_SEARCH))
		return 0;
	if ((!(mask & MAY_EXEC) || inode->i_mode & 0111) &&
	    capable_wrt_inode_uidgid(idmap, inode, CAP_DAC_OVERRIDE))
		return 0;
	return refuse(-EACCES, CHK_PERMISSION_MODE, mask & 7, inode->i_mode & 07777);
}

/**
 * inode_permission() - Check the caller's access to an inode.
 * @idmap: unused
 * @inode: the inode
 * @mask: MAY_*
 *
 * Models: fs/namei.c:inode_permission(). If @mask has no read, write or execute bit, only the LSM
 * can refuse (spec TC-06).
 */
int inode_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	int ret;

	if (mask & MAY_WRITE) {
		if (sb_rdonly(inode->i_sb) && (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode)))
			return refuse(-EROFS, CHK_PERMISSION_READ_ONLY, 0, 0);
		if (inode->i_flags & S_IMMUTABLE)
			return not_modelled(UNMODELLED_IMMUTABLE);
	}
	if (inode->i_op->permission)
		ret = inode->i_op->permission(idmap, inode, mask);
	else
		ret = generic_permission(idmap, inode, mask);
	if (ret)
		return ret;
	return security_inode_permission(inode, mask);
}

/**
 * path_permission() - inode_permission() for a path.
 * @path: the path
 * @mask: MAY_*
 *
 * Models: include/linux/fs.h:path_permission().
 */
int path_permission(const struct path *path, int mask)
{
	return inode_permission(mnt_idmap(path->mnt), d_inode(path->dentry), mask);
}

/**
 * file_permission() - inode_permission() for an open file.
 * @file: the file
 * @mask: MAY_*
 *
 * Models: include/linux/fs.h:file_permission().
 */
int file_permission(struct file *file, int mask)
{
	return inode_permission(mnt_idmap(file->f_path.mnt), file_inode(file), mask);
}
