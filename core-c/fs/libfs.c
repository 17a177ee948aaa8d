// SPDX-License-Identifier: GPL-2.0-only
/* Code that in-memory filesystems share. Models: fs/libfs.c. */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/namei.h>
#include <linux/statfs.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <trace/refusal.h>

/**
 * simple_lookup() - ->lookup() if all existing names are in memory.
 * @dir: the directory
 * @dentry: the name that was not found
 * @flags: unused
 *
 * Models: fs/libfs.c:simple_lookup().
 */
struct dentry *simple_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	if (dentry->d_name.len > NAME_MAX)
		return refuse_ptr(-ENAMETOOLONG, CHK_PATH_NAME_LENGTH, NAME_MAX, dentry->d_name.len);
	d_add(dentry, NULL);
	return NULL;
}

/**
 * simple_statfs() - ->statfs() of a filesystem without blocks.
 * @dentry: any entry of the filesystem
 * @buf: filled in
 *
 * Models: fs/libfs.c:simple_statfs().
 */
int simple_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	buf->f_fsid[0] = huge_encode_dev(dentry->d_sb->s_dev);
	buf->f_type = dentry->d_sb->s_magic;
	buf->f_bsize = PAGE_SIZE;
	buf->f_namelen = NAME_MAX;
	return 0;
}

/**
 * simple_link() - ->link() of an in-memory filesystem.
 * @old: an existing name
 * @dir: directory of the new name
 * @dentry: the new name
 *
 * Models: fs/libfs.c:simple_link().
 */
int simple_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(old);

	inc_nlink(inode);
	ihold(inode);
	dget(dentry);
	d_instantiate(dentry, inode);
	return 0;
}

/**
 * simple_unlink() - ->unlink() of an in-memory filesystem.
 * @dir: the directory
 * @dentry: the name
 *
 * Models: fs/libfs.c:simple_unlink(). Drops the reference that pinned the name.
 */
int simple_unlink(struct inode *dir, struct dentry *dentry)
{
	drop_nlink(d_inode(dentry));
	dput(dentry);
	return 0;
}

/**
 * simple_rmdir() - ->rmdir() of an in-memory filesystem.
 *
 * Models: fs/libfs.c:simple_rmdir(), for an empty directory.
 */
int simple_rmdir(struct inode *dir, struct dentry *dentry)
{
	struct dentry *child;

	list_for_each_entry(child, &dentry->d_children, d_sib)
		if (!d_unhashed(child) && d_really_is_positive(child))
			return not_modelled(UNMODELLED_RMDIR);
	drop_nlink(d_inode(dentry));
	simple_unlink(dir, dentry);
	drop_nlink(dir);
	return 0;
}

/**
 * simple_rename() - ->rename() of an in-memory filesystem.
 *
 * Models: fs/libfs.c:simple_rename(). No modelled system call reaches it.
 */
int simple_rename(struct mnt_idmap *idmap, struct inode *old_dir, struct dentry *old,
		  struct inode *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	return not_modelled(UNMODELLED_RENAME);
}

/**
 * simple_setattr() - ->setattr() of an in-memory filesystem.
 * @idmap: unused
 * @dentry: the file
 * @attr: the new attributes
 *
 * Models: fs/libfs.c:simple_setattr().
 */
int simple_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	int error = setattr_prepare(idmap, dentry, attr);

	if (error)
		return error;
	setattr_copy(idmap, d_inode(dentry), attr);
	return 0;
}

/**
 * simple_start_creating() - Prepare the creation of a name on behalf of a filesystem.
 * @parent: the directory
 * @name: the name
 *
 * Models: fs/libfs.c:simple_start_creating() (6.18..).
 *
 * Return: an entry without an inode, for simple_done_creating(); -EEXIST, -ENOMEM.
 */
struct dentry *simple_start_creating(struct dentry *parent, const char *name)
{
	struct qstr q = QSTR_INIT(name, strlen(name));
	struct dentry *dentry = lookup_one_qstr(parent, &q, LOOKUP_CREATE | LOOKUP_EXCL);

	if (IS_ERR(dentry) || d_is_negative(dentry))
		return dentry;
	dput(dentry);
	return ERR_PTR(-EEXIST);
}

/** simple_done_creating() - Undo simple_start_creating(). Models: fs/libfs.c. */
void simple_done_creating(struct dentry *child)
{
	dput(child);
}

/**
 * generic_read_dir() - read() of a directory.
 *
 * Models: fs/libfs.c:generic_read_dir().
 */
ssize_t generic_read_dir(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	return not_modelled(UNMODELLED_READ_DIRECTORY);
}

const struct file_operations simple_dir_operations = {
	.llseek	= generic_file_llseek,
	.read	= generic_read_dir,
};

const struct inode_operations simple_dir_inode_operations = {
	.lookup	= simple_lookup,
};

/**
 * simple_get_link() - ->get_link() for a target that is in memory.
 *
 * Models: fs/libfs.c:simple_get_link().
 */
const char *simple_get_link(struct dentry *dentry, struct inode *inode,
			    struct delayed_call *done)
{
	return inode->i_link;
}

const struct inode_operations simple_symlink_inode_operations = {
	.get_link = simple_get_link,
};

const struct super_operations simple_super_operations = {
	.statfs = simple_statfs,
};

static int simple_add_file(struct super_block *sb, const struct tree_descr *file, int ino)
{
	struct dentry *dentry = d_alloc_name(sb->s_root, file->name);
	struct inode *inode;

	if (!dentry)
		return -ENOMEM;
	inode = new_inode(sb);
	if (!inode) {
		dput(dentry);
		return -ENOMEM;
	}
	inode->i_mode = S_IFREG | file->mode;
	inode->i_fop = file->ops;
	inode->i_ino = ino;
	d_add(dentry, inode);
	return 0;
}

/**
 * simple_fill_super() - Create a root directory with files.
 * @sb: the superblock
 * @magic: f_type of statfs(2)
 * @files: the files; the first entry is skipped, an empty name ends the list
 *
 * Models: fs/libfs.c:simple_fill_super().
 */
int simple_fill_super(struct super_block *sb, unsigned long magic,
		      const struct tree_descr *files)
{
	struct inode *inode;
	int i, err;

	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_magic = magic;
	sb->s_op = &simple_super_operations;
	sb->s_time_gran = 1;

	inode = new_inode(sb);
	if (!inode)
		return -ENOMEM;
	inode->i_ino = 1;
	inode->i_mode = S_IFDIR | 0755;
	inode->i_op = &simple_dir_inode_operations;
	inode->i_fop = &simple_dir_operations;
	set_nlink(inode, 2);
	sb->s_root = d_make_root(inode);
	if (!sb->s_root)
		return -ENOMEM;

	for (i = 0; files->name[0]; i++, files++) {
		if (!i)
			continue;
		err = simple_add_file(sb, files, i);
		if (err)
			return err;
	}
	return 0;
}

/**
 * simple_read_from_buffer() - read() of data that is in memory.
 * @to: the caller's buffer
 * @count: its size
 * @ppos: position in the data, advanced
 * @from: the data
 * @available: its length
 *
 * Models: fs/libfs.c:simple_read_from_buffer().
 */
ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos, const void *from,
				size_t available)
{
	loff_t pos = *ppos;
	size_t left;

	if (pos < 0)
		return -EINVAL;
	if (pos >= (loff_t)available || !count)
		return 0;
	if (count > available - pos)
		count = available - pos;
	left = copy_to_user(to, (const char *)from + pos, count);
	if (left == count)
		return refuse(-EFAULT, CHK_USER_MEMORY, count, 0);
	count -= left;
	*ppos = pos + count;
	return count;
}
