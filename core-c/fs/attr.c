// SPDX-License-Identifier: GPL-2.0-only
/* Changing the owner and mode of a file. Models: fs/attr.c. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernel.h>

#include <trace/refusal.h>

/**
 * capable_wrt_inode_uidgid() - Does the caller have a capability over an inode?
 * @idmap: unused
 * @inode: the inode; its owner and group must be mapped in the caller's user namespace
 * @cap: the capability
 *
 * Models: kernel/capability.c:capable_wrt_inode_uidgid().
 */
bool capable_wrt_inode_uidgid(struct mnt_idmap *idmap, const struct inode *inode, int cap)
{
	struct user_namespace *ns = current_user_ns();

	return kuid_has_mapping(ns, inode->i_uid) && kgid_has_mapping(ns, inode->i_gid) &&
	       ns_capable(ns, cap);
}

static bool chown_ok(const struct inode *inode, kuid_t uid)
{
	if (uid_eq(current_fsuid(), inode->i_uid) && uid_eq(uid, inode->i_uid))
		return true;
	return capable_wrt_inode_uidgid(&nop_mnt_idmap, inode, CAP_CHOWN);
}

static bool chgrp_ok(const struct inode *inode, kgid_t gid)
{
	if (uid_eq(current_fsuid(), inode->i_uid) &&
	    (gid_eq(gid, inode->i_gid) || in_group_p(gid)))
		return true;
	return capable_wrt_inode_uidgid(&nop_mnt_idmap, inode, CAP_CHOWN);
}

/**
 * setattr_prepare() - May the caller change these attributes?
 * @idmap: unused
 * @dentry: the file
 * @attr: the new attributes
 *
 * Models: fs/attr.c:setattr_prepare().
 */
int setattr_prepare(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);

	if ((attr->ia_valid & ATTR_UID && !chown_ok(inode, attr->ia_uid)) ||
	    (attr->ia_valid & ATTR_GID && !chgrp_ok(inode, attr->ia_gid)))
		return refuse(-EPERM, CHK_CHOWN_OWNER, CAP_CHOWN, __kuid_val(inode->i_uid));
	if (attr->ia_valid & ATTR_MODE && !inode_owner_or_capable(idmap, inode))
		return refuse(-EPERM, CHK_CHMOD_OWNER, __kuid_val(inode->i_uid),
			      __kuid_val(current_fsuid()));
	return 0;
}

/**
 * setattr_copy() - Write new attributes to an inode.
 * @idmap: unused
 * @inode: the inode
 * @attr: the new attributes
 *
 * Models: fs/attr.c:setattr_copy().
 */
void setattr_copy(struct mnt_idmap *idmap, struct inode *inode, const struct iattr *attr)
{
	if (attr->ia_valid & ATTR_UID)
		inode->i_uid = attr->ia_uid;
	if (attr->ia_valid & ATTR_GID)
		inode->i_gid = attr->ia_gid;
	if (attr->ia_valid & ATTR_MODE) {
		umode_t mode = attr->ia_mode;

		if (!in_group_p(inode->i_gid) &&
		    !capable_wrt_inode_uidgid(idmap, inode, CAP_FSETID))
			mode &= ~S_ISGID;
		inode->i_mode = mode;
	}
}

/**
 * notify_change() - Change the owner or mode of a file.
 * @idmap: unused
 * @dentry: the file
 * @attr: the new attributes
 *
 * Models: fs/attr.c:notify_change(). Without idmapped mounts the kernel does not check that a user
 * namespace maps the new owner: any valid id is accepted.
 */
int notify_change(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);

	if (inode->i_flags & S_IMMUTABLE)
		return not_modelled(UNMODELLED_IMMUTABLE);
	if (inode->i_op->setattr)
		return inode->i_op->setattr(idmap, dentry, attr);
	return simple_setattr(idmap, dentry, attr);
}
