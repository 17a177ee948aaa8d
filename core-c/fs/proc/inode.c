// SPDX-License-Identifier: GPL-2.0-only
/* The /proc filesystem. Models: fs/proc/inode.c, root.c, generic.c. */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/magic.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/statfs.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include <trace/refusal.h>

#include "internal.h"

static struct inode *proc_alloc_inode(struct super_block *sb)
{
	struct proc_inode *ei = kzalloc(sizeof(*ei), GFP_KERNEL);

	return ei ? &ei->vfs_inode : NULL;
}

static void proc_free_inode(struct inode *inode)
{
	kfree(PROC_I(inode));
}

static const struct super_operations proc_sops = {
	.alloc_inode	= proc_alloc_inode,
	.free_inode	= proc_free_inode,
	.drop_inode	= generic_delete_inode,
	.statfs		= simple_statfs,
};

static const struct file_operations proc_dir_operations = {
	.llseek	= generic_file_llseek,
	.read	= generic_read_dir,
};

/**
 * get_proc_task() - Get the task of an inode of /proc.
 *
 * Models: fs/proc/internal.h:get_proc_task().
 */
struct task_struct *get_proc_task(const struct inode *inode)
{
	return PROC_I(inode)->pid ? find_task_by_vpid(PROC_I(inode)->pid) : NULL;
}

/**
 * proc_setattr() - chmod and chown in /proc.
 *
 * Models: fs/proc/base.c:proc_setattr().
 */
int proc_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	return not_modelled(UNMODELLED_PROC_SETATTR);
}

/**
 * proc_new_inode() - Allocate an inode of /proc.
 * @sb: the superblock
 * @mode: type and mode
 * @pid: its task, or 0
 *
 * Models: fs/proc/base.c:proc_pid_make_inode().
 */
struct inode *proc_new_inode(struct super_block *sb, umode_t mode, pid_t pid)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode->i_mode = mode;
	PROC_I(inode)->pid = pid;
	if (S_ISDIR(mode)) {
		inode->i_fop = &proc_dir_operations;
		set_nlink(inode, 2);
	}
	if (pid)
		task_dump_owner(find_task_by_vpid(pid), mode, &inode->i_uid, &inode->i_gid);
	return inode;
}

/**
 * proc_lookup_entry() - ->lookup() in a directory with fixed names.
 * @dentry: the name
 * @entries: the existing names
 * @n: their number
 * @pid: their task, or 0
 * @d_op: operations of the new entry
 *
 * Models: fs/proc/base.c:proc_pident_lookup().
 */
struct dentry *proc_lookup_entry(struct dentry *dentry, const struct pid_entry *entries,
				 size_t n, pid_t pid, const struct dentry_operations *d_op)
{
	const struct pid_entry *p;
	struct inode *inode;

	for (p = entries; p < entries + n; p++)
		if (strlen(p->name) == dentry->d_name.len &&
		    !memcmp(p->name, dentry->d_name.name, dentry->d_name.len))
			break;
	if (p == entries + n)
		return ERR_PTR(not_modelled(UNMODELLED_PROC_FILE));
	if (pid && !find_task_by_vpid(pid))
		return refuse_ptr(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	inode = proc_new_inode(dentry->d_sb, p->mode, pid);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	PROC_I(inode)->arg = p->arg;
	/* links in the root directory: size of a target that does not depend on the reader */
	if (!pid && S_ISLNK(p->mode))
		inode->i_size = p->arg;
	inode->i_op = p->iop;
	if (p->fop)
		inode->i_fop = p->fop;
	dentry->d_op = d_op;
	return d_splice_alias(inode, dentry);
}

static void free_link_text(void *text)
{
	kfree(text);
}

static const char *proc_self_get_link(struct dentry *dentry, struct inode *inode,
				      struct delayed_call *done)
{
	char *name = kmalloc(12, GFP_KERNEL);

	if (!name)
		return ERR_PTR(-ENOMEM);
	snprintf(name, 12, "%d", task_tgid_vnr(current));
	done->fn = free_link_text;
	done->arg = name;
	return name;
}

static const char *proc_mounts_get_link(struct dentry *dentry, struct inode *inode,
					struct delayed_call *done)
{
	return "self/mounts";
}

static const struct inode_operations proc_self_inode_operations = {
	.get_link = proc_self_get_link,
};

static const struct inode_operations proc_mounts_link_operations = {
	.get_link = proc_mounts_get_link,
};

static const struct pid_entry proc_root_entries[] = {
	{ "self", S_IFLNK | 0777, &proc_self_inode_operations, NULL, 0 },
	{ "mounts", S_IFLNK | 0777, &proc_mounts_link_operations, NULL, sizeof("self/mounts") - 1 },
	{ "sys", S_IFDIR | 0555, &proc_sys_dir_operations, NULL, 0 },
};

/* Parses a pid: decimal without leading zeros. */
static pid_t name_to_pid(const struct qstr *name)
{
	u32 n = 0, i;

	if (!name->len || name->len > 7 || name->name[0] == '0')
		return 0;
	for (i = 0; i < name->len; i++) {
		unsigned int digit = (unsigned char)name->name[i] - '0';

		if (digit > 9)
			return 0;
		n = n * 10 + digit;
	}
	return n;
}

static struct dentry *proc_root_lookup(struct inode *dir, struct dentry *dentry,
				       unsigned int flags)
{
	pid_t pid = name_to_pid(&dentry->d_name);
	struct task_struct *task = pid ? find_task_by_vpid(pid) : NULL;
	struct inode *inode;

	if (pid && !task)
		return refuse_ptr(-ENOENT, CHK_PATH_NO_ENTRY, 0, 0);
	if (!task)
		return proc_lookup_entry(dentry, proc_root_entries,
					 ARRAY_SIZE(proc_root_entries), 0, NULL);
	inode = proc_new_inode(dentry->d_sb, S_IFDIR | 0555, pid);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_op = &proc_tgid_base_inode_operations;
	inode->i_flags |= S_IMMUTABLE;
	dentry->d_op = &pid_dentry_operations;
	return d_splice_alias(inode, dentry);
}

static const struct inode_operations proc_root_inode_operations = {
	.lookup = proc_root_lookup,
};

static int proc_fill_super(struct super_block *s, struct fs_context *fc)
{
	struct inode *inode;

	s->s_iflags |= SB_I_USERNS_VISIBLE | SB_I_NOEXEC | SB_I_NODEV;
	s->s_flags |= SB_NODEV | SB_NOSUID | SB_NOEXEC;
	s->s_blocksize = 1024;
	s->s_maxbytes = MAX_NON_LFS;
	s->s_magic = PROC_SUPER_MAGIC;
	s->s_op = &proc_sops;
	inode = proc_new_inode(s, S_IFDIR | 0555, 0);
	if (inode) {
		inode->i_ino = 1;
		inode->i_op = &proc_root_inode_operations;
	}
	s->s_root = d_make_root(inode);
	return s->s_root ? 0 : -ENOMEM;
}

static int proc_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, proc_fill_super);
}

/* Deviation: hidepid and similar options are unmodelled. */
static int proc_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	return strcmp(param->key, "source") ? not_modelled(UNMODELLED_OPTIONS_OF_PROC) : -ENOPARAM;
}

static const struct fs_context_operations proc_fs_context_ops = {
	.parse_param = proc_parse_param,
	.get_tree = proc_get_tree,
};

static int proc_init_fs_context(struct fs_context *fc)
{
	/* it belongs to the owner of the PID namespace, and there is only the initial one */
	put_user_ns(fc->user_ns);
	fc->user_ns = get_user_ns(&init_user_ns);
	fc->ops = &proc_fs_context_ops;
	return 0;
}

struct file_system_type proc_fs_type = {
	.name			= "proc",
	.init_fs_context	= proc_init_fs_context,
	.kill_sb		= kill_anon_super,
	.fs_flags		= FS_USERNS_MOUNT,
};
