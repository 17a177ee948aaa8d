// SPDX-License-Identifier: GPL-2.0-only
/* /proc/sys, of which two files are modelled. Models: fs/proc/proc_sysctl.c. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/start_kernel.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include <trace/refusal.h>

#include "internal.h"

/* Here the ids of the first namespace count, and nobody's capabilities. */
static bool test_perm(unsigned int mode, int mask)
{
	if (uid_eq(current_euid(), GLOBAL_ROOT_UID))
		mode >>= 6;
	else if (in_egroup_p(GLOBAL_ROOT_GID))
		mode >>= 3;
	return !(mask & ~mode & (MAY_READ | MAY_WRITE | MAY_EXEC));
}

static int proc_sys_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	if ((mask & MAY_EXEC && S_ISREG(inode->i_mode)) || !test_perm(inode->i_mode, mask))
		return refuse(-EACCES, CHK_PERMISSION_MODE, mask & 7, inode->i_mode & 07777);
	return 0;
}

/* What is read or written goes through memory of that size. */
static int sysctl_size(size_t count)
{
	if (count >= KMALLOC_MAX_SIZE)
		return refuse(-ENOMEM, CHK_SYSCTL_SIZE, KMALLOC_MAX_SIZE - 1, count);
	return 0;
}

/* As much as there is room for; the rest is never told. */
static ssize_t sysctl_show(int value, char __user *buf, size_t count, loff_t *pos)
{
	char text[16];
	size_t len = snprintf(text, sizeof(text), "%d\n", value);
	int err = sysctl_size(count);

	if (err || *pos)
		return err;
	len = min(len, count);
	if (copy_to_user(buf, text, len))
		return refuse(-EFAULT, CHK_READ_BUFFER, len, 0);
	*pos = len;
	return len;
}

static ssize_t sysctl_file_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return sysctl_show(sysctl_read(PROC_I(file_inode(file))->arg), buf, count, pos);
}

#define TEXT_SIZE 32

/*
 * What is written, up to the size of @text: its length. Strict: 0 but at the start of the file.
 * Whether the writer may is asked each time, of whoever has the descriptor by then.
 */
static ssize_t sysctl_text(bool may, char *text, const char __user *buf, size_t count,
			   const loff_t *pos)
{
	int err = may ? sysctl_size(count) : refuse(-EPERM, CHK_SYSCTL_PERM, 0, 0);

	if (err)
		return err;
	count = min(count, (size_t)TEXT_SIZE - 1);
	if (copy_from_user(text, buf, count))
		return refuse(-EFAULT, CHK_SYSCTL_BUFFER, count, 0);
	text[count] = 0;
	return *pos ? 0 : (ssize_t)count;
}

static ssize_t sysctl_file_write(struct file *file, const char __user *buf, size_t count,
				 loff_t *pos)
{
	u32 id = PROC_I(file_inode(file))->arg;
	char text[TEXT_SIZE], *end;
	bool may = test_perm(file_inode(file)->i_mode, MAY_WRITE);
	ssize_t len = sysctl_text(may, text, buf, count, pos);
	int value, err;

	if (len < 0)
		return len;
	end = skip_spaces(text);
	end[strcspn(end, " \t\n")] = 0;
	err = kstrtoint(end, 0, &value);
	/* who may, is asked first; and once, as a security module may notice */
	if ((err || !len) && !capable(CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_SYSCTL_CAP, evidence_cap(CAP_SYS_ADMIN, &init_user_ns),
			      evidence_caps_held());
	if (!len)
		return count;
	count = len;
	if (err)
		return refuse(-EINVAL, CHK_SYSCTL_NUMBER, 0, 0);
	err = sysctl_write(id, value);
	if (err)
		return err;
	*pos += count;
	return count;
}

static const struct file_operations sysctl_file_operations = {
	.read	= sysctl_file_read,
	.write	= sysctl_file_write,
	.llseek	= generic_file_llseek,
};

static const struct inode_operations proc_sys_inode_operations = {
	.permission	= proc_sys_permission,
	.setattr	= proc_setattr,
};

static const struct pid_entry kernel_entries[] = {
	{ "unprivileged_bpf_disabled", S_IFREG | 0644, &proc_sys_inode_operations,
	  &sysctl_file_operations, SYSCTL_UNPRIVILEGED_BPF_DISABLED },
};

static struct dentry *proc_sys_kernel_lookup(struct inode *dir, struct dentry *dentry,
					     unsigned int flags)
{
	size_t n = boot_params.flags & BOOT_NO_BPF_SYSCALL ? 0 : ARRAY_SIZE(kernel_entries);

	return proc_lookup_entry(dentry, PROC_SYSCTL, kernel_entries, n, 0, NULL);
}

static const struct inode_operations proc_sys_kernel_operations = {
	.lookup		= proc_sys_kernel_lookup,
	.permission	= proc_sys_permission,
	.setattr	= proc_setattr,
};

/*
 * The limits of a user namespace: those of whoever opens the file. Models:
 * kernel/ucount.c:set_permissions(): whoever has CAP_SYS_RESOURCE in there may
 * write.
 */
static int proc_sys_user_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	struct user_namespace *ns = current_user_ns();
	int mode = MAY_READ;

	if (ns_capable(ns, CAP_SYS_RESOURCE))
		mode |= MAY_WRITE;
	if (mask & ~mode & (MAY_READ | MAY_WRITE | MAY_EXEC))
		return refuse(-EACCES, CHK_UCOUNT_ACCESS, evidence_cap(CAP_SYS_RESOURCE, ns),
			      evidence_caps_held());
	return 0;
}

static ssize_t ucount_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return sysctl_show(file->f_cred->user_ns->max_user_namespaces, buf, count, pos);
}

/* A number, in white space. What follows it is left alone. */
static ssize_t ucount_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct user_namespace *ns = file->f_cred->user_ns;
	char text[TEXT_SIZE], *start, *end, after;
	bool may = ns_capable(ns, CAP_SYS_RESOURCE);
	ssize_t len = sysctl_text(may, text, buf, count, pos);
	unsigned long long value;

	if (len <= 0)
		return len ? len : (ssize_t)count;
	start = skip_spaces(text);
	end = start + strcspn(start, " \t\n");
	after = *end;
	*end = 0;
	if (!isdigit(*start) || kstrtoull(start, 0, &value) || value > INT_MAX)
		return refuse(-EINVAL, CHK_UCOUNT_NUMBER, INT_MAX, 0);
	*end = after;
	ns->max_user_namespaces = (s32)value;
	len = skip_spaces(end) - text;
	*pos += len;
	return len;
}

static const struct file_operations ucount_operations = {
	.read	= ucount_read,
	.write	= ucount_write,
	.llseek	= generic_file_llseek,
};

static const struct inode_operations proc_sys_user_inode_operations = {
	.permission	= proc_sys_user_permission,
	.setattr	= proc_setattr,
};

static const struct pid_entry user_entries[] = {
	{ "max_user_namespaces", S_IFREG | 0644, &proc_sys_user_inode_operations,
	  &ucount_operations, 0 },
};

static struct dentry *proc_sys_user_lookup(struct inode *dir, struct dentry *dentry,
					   unsigned int flags)
{
	return proc_lookup_entry(dentry, PROC_SYSCTL, user_entries, ARRAY_SIZE(user_entries), 0,
				 NULL);
}

static const struct inode_operations proc_sys_user_operations = {
	.lookup		= proc_sys_user_lookup,
	.permission	= proc_sys_permission,
	.setattr	= proc_setattr,
};

static const struct pid_entry sys_entries[] = {
	{ "kernel", S_IFDIR | 0555, &proc_sys_kernel_operations, NULL, 0 },
	{ "user", S_IFDIR | 0555, &proc_sys_user_operations, NULL, 0 },
};

static struct dentry *proc_sys_lookup(struct inode *dir, struct dentry *dentry,
				      unsigned int flags)
{
	return proc_lookup_entry(dentry, PROC_SYSCTL, sys_entries, ARRAY_SIZE(sys_entries), 0, NULL);
}

const struct inode_operations proc_sys_dir_operations = {
	.lookup		= proc_sys_lookup,
	.permission	= proc_sys_permission,
	.setattr	= proc_setattr,
};
