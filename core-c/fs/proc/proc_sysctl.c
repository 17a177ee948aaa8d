// SPDX-License-Identifier: GPL-2.0-only
/* /proc/sys, with two modelled files. Models: fs/proc/proc_sysctl.c. */
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

/* Checks ids against root of the initial user namespace; capabilities do not count. */
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

/* Copies as much as fits. A second read returns nothing, so a cut-off rest is lost. */
static ssize_t sysctl_show(int value, char __user *buf, size_t count, loff_t *pos)
{
	char text[16];
	size_t len = snprintf(text, sizeof(text), "%d\n", value);

	if (*pos)
		return 0;
	len = min(len, count);
	if (copy_to_user(buf, text, len))
		return refuse(-EFAULT, CHK_USER_MEMORY, len, 0);
	*pos = len;
	return len;
}

static ssize_t sysctl_file_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return sysctl_show(sysctl_read(PROC_I(file_inode(file))->arg), buf, count, pos);
}

/* Copies the written text. Each write checks the permission of the writer, not of the opener. */
static char *sysctl_text(bool may, const char __user *buf, size_t count)
{
	return may ? memdup_user_nul(buf, min(count, PAGE_SIZE - 1)) :
		     refuse_ptr(-EPERM, CHK_SYSCTL_PERM, 0, 0);
}

/*
 * Parses a number surrounded by white space and frees @text. Returns the bytes consumed, or 0 if
 * there is nothing to parse; only a write at the start of the file is parsed. Models:
 * kernel/sysctl.c:proc_get_long().
 */
static ssize_t sysctl_number(char *text, size_t count, loff_t pos, u64 *number, bool *neg)
{
	char *stop = text + min(count, PAGE_SIZE - 1), *start = skip_spaces(text);
	char *end = start + strcspn(start, " \t\n"), *next = skip_spaces(end);
	bool whole = *end || end == stop;
	ssize_t len = -EINVAL;

	*end = 0;
	*neg = *start == '-';
	if (!count || pos)
		len = 0;
	else if (whole && end - start <= 20 && isdigit(start[*neg]) &&
		 !kstrtoull(start + *neg, 0, number))
		len = count - (stop - next);
	kfree(text);
	return len;
}

static ssize_t sysctl_file_write(struct file *file, const char __user *buf, size_t count,
				 loff_t *pos)
{
	bool may = test_perm(file_inode(file)->i_mode, MAY_WRITE), neg, bad;
	char *text = sysctl_text(may, buf, count);
	u64 number = 0;
	ssize_t len;
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	len = sysctl_number(text, count, *pos, &number, &neg);
	bad = len < 0 || number > (u64)INT_MAX + neg;
	/* the capability comes first, and is checked once, because an LSM may observe the check */
	if ((bad || !len) && !capable(CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_SYSCTL_CAP, evidence_cap(CAP_SYS_ADMIN, &init_user_ns),
			      evidence_caps_held());
	if (bad)
		return refuse(-EINVAL, CHK_SYSCTL_NUMBER, 0, 0);
	err = len ? sysctl_write(PROC_I(file_inode(file))->arg, neg ? -number : number) : 0;
	if (err)
		return err;
	len = len ?: (ssize_t)count;
	*pos += len;
	return len;
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

	return proc_lookup_entry(dentry, kernel_entries, n, 0, NULL);
}

static const struct inode_operations proc_sys_kernel_operations = {
	.lookup		= proc_sys_kernel_lookup,
	.permission	= proc_sys_permission,
	.setattr	= proc_setattr,
};

/*
 * The limits of the opener's user namespace. Writing needs CAP_SYS_RESOURCE there. Models:
 * kernel/ucount.c:set_permissions().
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

static ssize_t ucount_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct user_namespace *ns = file->f_cred->user_ns;
	char *text = sysctl_text(ns_capable(ns, CAP_SYS_RESOURCE), buf, count);
	u64 number = 0;
	ssize_t len;
	bool neg;

	if (IS_ERR(text))
		return PTR_ERR(text);
	len = sysctl_number(text, count, *pos, &number, &neg);
	if (len < 0 || (len && (neg || number > INT_MAX)))
		return refuse(-EINVAL, CHK_UCOUNT_NUMBER, INT_MAX, 0);
	if (len)
		ns->max_user_namespaces = number;
	len = len ?: (ssize_t)count;
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
	return proc_lookup_entry(dentry, user_entries, ARRAY_SIZE(user_entries), 0,
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
	return proc_lookup_entry(dentry, sys_entries, ARRAY_SIZE(sys_entries), 0, NULL);
}

const struct inode_operations proc_sys_dir_operations = {
	.lookup		= proc_sys_lookup,
	.permission	= proc_sys_permission,
	.setattr	= proc_setattr,
};
