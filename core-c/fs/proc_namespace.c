// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/mounts and mountinfo. Models: fs/proc_namespace.c; spec RN-08, RN-09.
 */
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/mnt_namespace.h>
#include <linux/mount.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <trace/refusal.h>

#include "mount.h"
#include "proc/internal.h"

/* The mounts to show, and the root that they are shown relative to. */
struct proc_mounts {
	struct mnt_namespace *ns;
	struct path root;
	int (*show)(struct seq_file *m, struct mount *mnt);
};

struct flag_name {
	unsigned long flag;
	const char *text;
};

static void show_flags(struct seq_file *m, unsigned long flags, const struct flag_name *names)
{
	for (; names->flag; names++)
		if (flags & names->flag)
			seq_puts(m, names->text);
}

static void show_sb_opts(struct seq_file *m, const struct super_block *sb)
{
	static const struct flag_name names[] = {
		{ SB_SYNCHRONOUS, ",sync" },
		{ SB_DIRSYNC, ",dirsync" },
		{ SB_MANDLOCK, ",mand" },
		{ SB_LAZYTIME, ",lazytime" },
		{}
	};

	show_flags(m, sb->s_flags, names);
}

static void show_mnt_opts(struct seq_file *m, const struct vfsmount *mnt)
{
	static const struct flag_name names[] = {
		{ MNT_NOSUID, ",nosuid" },
		{ MNT_NODEV, ",nodev" },
		{ MNT_NOEXEC, ",noexec" },
		{ MNT_NOATIME, ",noatime" },
		{ MNT_NODIRATIME, ",nodiratime" },
		{ MNT_RELATIME, ",relatime" },
		{ MNT_NOSYMFOLLOW, ",nosymfollow" },
		{}
	};

	show_flags(m, mnt->mnt_flags, names);
}

static void mangle(struct seq_file *m, const char *s)
{
	seq_escape(m, s, " \t\n\\#");
}

static int show_vfsmnt(struct seq_file *m, struct mount *r)
{
	struct proc_mounts *p = m->private;
	struct path path = { &r->mnt, r->mnt.mnt_root };
	struct super_block *sb = r->mnt.mnt_sb;
	int err;

	mangle(m, r->mnt_devname ? r->mnt_devname : "none");
	seq_putc(m, ' ');
	err = seq_path_root(m, &path, &p->root, " \t\n\\#");
	if (err)
		return err;
	seq_putc(m, ' ');
	mangle(m, sb->s_type->name);
	seq_puts(m, __mnt_is_readonly(&r->mnt) ? " ro" : " rw");
	show_sb_opts(m, sb);
	show_mnt_opts(m, &r->mnt);
	if (sb->s_op->show_options)
		err = sb->s_op->show_options(m, path.dentry);
	seq_puts(m, " 0 0\n");
	return err;
}

static int show_mountinfo(struct seq_file *m, struct mount *r)
{
	struct proc_mounts *p = m->private;
	struct path path = { &r->mnt, r->mnt.mnt_root };
	struct super_block *sb = r->mnt.mnt_sb;
	int err;

	seq_printf(m, "%i %i %u:%u ", r->mnt_id, r->mnt_parent->mnt_id, MAJOR(sb->s_dev),
		   MINOR(sb->s_dev));
	err = seq_dentry(m, path.dentry, " \t\n\\");
	if (err)
		return err;
	seq_putc(m, ' ');
	err = seq_path_root(m, &path, &p->root, " \t\n\\#");
	if (err)
		return err;
	seq_puts(m, r->mnt.mnt_flags & MNT_READONLY ? " ro" : " rw");
	show_mnt_opts(m, &r->mnt);
	seq_puts(m, " - ");
	mangle(m, sb->s_type->name);
	seq_putc(m, ' ');
	mangle(m, r->mnt_devname ? r->mnt_devname : "none");
	seq_puts(m, sb_rdonly(sb) ? " ro" : " rw");
	show_sb_opts(m, sb);
	if (sb->s_op->show_options)
		err = sb->s_op->show_options(m, path.dentry);
	seq_putc(m, '\n');
	return err;
}

static void *mounts_at(struct proc_mounts *p, loff_t pos)
{
	struct mount *mnt;

	list_for_each_entry(mnt, &p->ns->list, mnt_list)
		if (!pos--)
			return mnt;
	return NULL;
}

static void *m_start(struct seq_file *m, loff_t *pos)
{
	return mounts_at(m->private, *pos);
}

static void *m_next(struct seq_file *m, void *v, loff_t *pos)
{
	return mounts_at(m->private, ++*pos);
}

static void m_stop(struct seq_file *m, void *v)
{
}

static int m_show(struct seq_file *m, void *v)
{
	struct proc_mounts *p = m->private;

	return p->show(m, v);
}

static const struct seq_operations mounts_op = {
	.start	= m_start,
	.next	= m_next,
	.stop	= m_stop,
	.show	= m_show,
};

static int mounts_open_common(struct inode *inode, struct file *file,
			      int (*show)(struct seq_file *, struct mount *))
{
	struct task_struct *task = get_proc_task(inode);
	struct proc_mounts *p;
	int ret;

	if (!task || !task->nsproxy || !task->fs)
		return not_modelled(UNMODELLED_PROC_GONE);
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	ret = seq_open(file, &mounts_op);
	if (ret) {
		kfree(p);
		return ret;
	}
	p->ns = task->nsproxy->mnt_ns;
	get_mnt_ns(p->ns);
	get_fs_root(task->fs, &p->root);
	p->show = show;
	((struct seq_file *)file->private_data)->private = p;
	return 0;
}

static int mounts_release(struct inode *inode, struct file *file)
{
	struct proc_mounts *p = ((struct seq_file *)file->private_data)->private;

	path_put(&p->root);
	put_mnt_ns(p->ns);
	kfree(p);
	return seq_release(inode, file);
}

static int mounts_open(struct inode *inode, struct file *file)
{
	return mounts_open_common(inode, file, show_vfsmnt);
}

static int mountinfo_open(struct inode *inode, struct file *file)
{
	return mounts_open_common(inode, file, show_mountinfo);
}

const struct file_operations proc_mounts_operations = {
	.open		= mounts_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= mounts_release,
};

const struct file_operations proc_mountinfo_operations = {
	.open		= mountinfo_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= mounts_release,
};
