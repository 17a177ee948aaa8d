// SPDX-License-Identifier: GPL-2.0-only
/* fsopen(2), fspick(2) and fsconfig(2). Models: fs/fsopen.c. */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kernel.h>
#include <linux/mnt_namespace.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/release.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/linux/mount.h>

#include <trace/refusal.h>

#include "mount.h"

/* Reads one message. A message that does not fit stays in the log. Models: fscontext_read(). */
static ssize_t fscontext_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct fs_context *fc = file->private_data;
	ssize_t n;
	char *text;

	if (fc->log_tail == fc->log_head)
		return refuse(-ENODATA, CHK_FSCONTEXT_EMPTY, 0, 0);
	n = strlen(fc->log[fc->log_tail % ARRAY_SIZE(fc->log)]);
	if ((size_t)n > len)
		return refuse(-EMSGSIZE, CHK_FSCONTEXT_ROOM, n, len);
	text = fc_log_next(fc);
	if (copy_to_user(buf, text, n))
		n = refuse(-EFAULT, CHK_USER_MEMORY, n, 0);
	kfree(text);
	return n;
}

static int fscontext_release(struct inode *inode, struct file *file)
{
	put_fs_context(file->private_data);
	return 0;
}

const struct file_operations fscontext_fops = {
	.read		= fscontext_read,
	.release	= fscontext_release,
};

/* Consumes the context, also on failure. */
static int fscontext_create_fd(struct fs_context *fc, unsigned int o_flags)
{
	int fd = anon_inode_getfd("[fscontext]", &fscontext_fops, fc, O_RDWR | o_flags);

	if (fd < 0)
		put_fs_context(fc);
	return fd;
}

/* Spec FS-01..FS-05. */
SYSCALL_DEFINE2(fsopen, const char __user *, _fs_name, unsigned int, flags)
{
	struct file_system_type *fs_type;
	struct fs_context *fc;
	char *fs_name;

	if (!may_mount())
		return refuse(-EPERM, CHK_FSOPEN_MAY_MOUNT,
			      evidence_cap(CAP_SYS_ADMIN, mnt_ns_owner(current->nsproxy->mnt_ns)),
			      evidence_caps_held());
	if (flags & ~FSOPEN_CLOEXEC)
		return refuse(-EINVAL, CHK_FSOPEN_FLAGS, FSOPEN_CLOEXEC, flags);

	fs_name = strndup_user(_fs_name, PAGE_SIZE);
	if (IS_ERR(fs_name))
		return PTR_ERR(fs_name);
	fs_type = get_fs_type(fs_name);
	kfree(fs_name);
	if (IS_ERR(fs_type))
		return PTR_ERR(fs_type);
	if (!fs_type)
		return refuse(-ENODEV, CHK_FSOPEN_TYPE, 0, 0);

	fc = fs_context_for_mount(fs_type, 0);
	if (IS_ERR(fc))
		return PTR_ERR(fc);
	fc->phase = FS_CONTEXT_CREATE_PARAMS;
	return fscontext_create_fd(fc, flags & FSOPEN_CLOEXEC ? O_CLOEXEC : 0);
}

/* Spec FS-19. */
SYSCALL_DEFINE3(fspick, int, dfd, const char __user *, path, unsigned int, flags)
{
	const unsigned int known = FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW |
				   FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH;
	unsigned int lookup_flags = LOOKUP_FOLLOW | LOOKUP_AUTOMOUNT;
	struct fs_context *fc;
	struct path target;
	int ret;

	if (!may_mount())
		return refuse(-EPERM, CHK_FSPICK_MAY_MOUNT,
			      evidence_cap(CAP_SYS_ADMIN, mnt_ns_owner(current->nsproxy->mnt_ns)),
			      evidence_caps_held());
	if (flags & ~known)
		return refuse(-EINVAL, CHK_FSPICK_FLAGS, known, flags);
	if (flags & FSPICK_SYMLINK_NOFOLLOW)
		lookup_flags &= ~LOOKUP_FOLLOW;
	if (flags & FSPICK_EMPTY_PATH)
		lookup_flags |= LOOKUP_EMPTY;
	ret = user_path_at(dfd, path, lookup_flags, &target);
	if (ret < 0)
		return ret;

	if (target.mnt->mnt_root != target.dentry) {
		ret = refuse(-EINVAL, CHK_FSPICK_ROOT, 0, 0);
		goto out_path;
	}
	fc = fs_context_for_reconfigure(target.dentry, 0, 0);
	if (IS_ERR(fc)) {
		ret = PTR_ERR(fc);
		goto out_path;
	}
	fc->phase = FS_CONTEXT_RECONF_PARAMS;
	path_put(&target);
	return fscontext_create_fd(fc, flags & FSPICK_CLOEXEC ? O_CLOEXEC : 0);

out_path:
	path_put(&target);
	return ret;
}

static int vfs_cmd_create(struct fs_context *fc, bool exclusive)
{
	int ret;

	if (fc->phase != FS_CONTEXT_CREATE_PARAMS)
		return refuse(-EBUSY, CHK_FSCONFIG_CREATE_PHASE, FS_CONTEXT_CREATE_PARAMS,
			      fc->phase);
	if (!mount_capable(fc))
		return refuse(-EPERM, CHK_FSCONFIG_CREATE_CAPABLE,
			      evidence_cap(CAP_SYS_ADMIN, fc->user_ns), evidence_caps_held());

	fc->phase = FS_CONTEXT_CREATING;
	fc->exclusive = exclusive;
	ret = vfs_get_tree(fc);
	fc->phase = ret ? FS_CONTEXT_FAILED : FS_CONTEXT_AWAITING_MOUNT;
	return ret;
}

static int vfs_cmd_reconfigure(struct fs_context *fc)
{
	struct super_block *sb;
	int ret;

	if (fc->phase != FS_CONTEXT_RECONF_PARAMS)
		return refuse(-EBUSY, CHK_FSCONFIG_RECONF_PHASE, FS_CONTEXT_RECONF_PARAMS,
			      fc->phase);
	fc->phase = FS_CONTEXT_RECONFIGURING;
	sb = fc->root->d_sb;
	if (!ns_capable(sb->s_user_ns, CAP_SYS_ADMIN)) {
		ret = refuse(-EPERM, CHK_FSCONFIG_RECONF_CAPABLE,
			     evidence_cap(CAP_SYS_ADMIN, sb->s_user_ns), evidence_caps_held());
		fc->phase = FS_CONTEXT_FAILED;
		return ret;
	}
	ret = reconfigure_super(fc);
	if (ret) {
		fc->phase = FS_CONTEXT_FAILED;
		return ret;
	}
	vfs_clean_context(fc);
	return 0;
}

static int vfs_fsconfig_locked(struct fs_context *fc, unsigned int cmd,
			       struct fs_parameter *param)
{
	int ret = finish_clean_context(fc);

	if (ret)
		return ret;
	switch (cmd) {
	case FSCONFIG_CMD_CREATE:
		return vfs_cmd_create(fc, false);
	case FSCONFIG_CMD_CREATE_EXCL:
		return vfs_cmd_create(fc, true);
	case FSCONFIG_CMD_RECONFIGURE:
		return vfs_cmd_reconfigure(fc);
	default:
		if (fc->phase != FS_CONTEXT_CREATE_PARAMS &&
		    fc->phase != FS_CONTEXT_RECONF_PARAMS)
			return refuse(-EBUSY, CHK_FSCONFIG_OPTION_PHASE,
				      FS_CONTEXT_CREATE_PARAMS, fc->phase);
		return vfs_parse_fs_param(fc, param);
	}
}

/* Checks which of key, value and aux a command takes; spec FS-06, FS-07. */
static int fsconfig_check_args(unsigned int cmd, bool key, bool value, int aux)
{
	bool ok;

	switch (cmd) {
	case FSCONFIG_SET_FLAG:
		ok = key && !value && !aux;
		break;
	case FSCONFIG_SET_STRING:
		ok = key && value && !aux;
		break;
	case FSCONFIG_SET_BINARY:
		ok = key && value && aux > 0 && aux <= 1024 * 1024;
		break;
	case FSCONFIG_SET_PATH:
	case FSCONFIG_SET_PATH_EMPTY:
		ok = key && value && (aux == AT_FDCWD || aux >= 0);
		break;
	case FSCONFIG_SET_FD:
		ok = key && !value && aux >= 0;
		break;
	case FSCONFIG_CMD_CREATE:
	case FSCONFIG_CMD_CREATE_EXCL:
	case FSCONFIG_CMD_RECONFIGURE:
		ok = !key && !value && !aux;
		break;
	default:
		return refuse(-EOPNOTSUPP, CHK_FSCONFIG_COMMAND, FSCONFIG_CMD_CREATE_EXCL, cmd);
	}
	return ok ? 0 : refuse(-EINVAL, CHK_FSCONFIG_ARGS, 0, cmd);
}

/* Copies the value of a command from user space. */
static int fsconfig_get_value(unsigned int cmd, const void __user *value, int aux,
			      struct fs_parameter *param)
{
	switch (cmd) {
	case FSCONFIG_SET_FLAG:
		param->type = fs_value_is_flag;
		return 0;
	case FSCONFIG_SET_STRING:
		param->type = fs_value_is_string;
		param->string = strndup_user(value, 256);
		if (param->string == ERR_PTR(-EINVAL))
			return refuse(-EINVAL, CHK_FSCONFIG_VALUE, 255, 256);
		if (IS_ERR(param->string))
			return PTR_ERR(param->string);
		param->size = strlen(param->string);
		return 0;
	case FSCONFIG_SET_BINARY:
		param->type = fs_value_is_blob;
		param->size = aux;
		param->blob = memdup_user_nul(value, aux);
		if (IS_ERR(param->blob))
			return PTR_ERR(param->blob);
		return 0;
	case FSCONFIG_SET_PATH:
	case FSCONFIG_SET_PATH_EMPTY:
		param->type = fs_value_is_filename;
		param->name = getname_flags(value, cmd == FSCONFIG_SET_PATH_EMPTY ?
						   LOOKUP_EMPTY : 0);
		if (IS_ERR(param->name))
			return PTR_ERR(param->name);
		param->dirfd = aux;
		param->size = param->name->len;
		return 0;
	case FSCONFIG_SET_FD:
		param->type = fs_value_is_file;
		/* O_PATH fds are accepted since 6.15 */
		param->file = kernel_at_least(6, 15) ? fget_raw(aux) : fget(aux);
		if (!param->file)
			return refuse(-EBADF, CHK_FSCONFIG_VALUE_FD, 0, aux);
		return 0;
	default:
		return 0;
	}
}

static void fsconfig_put_value(struct fs_parameter *param)
{
	switch (param->type) {
	case fs_value_is_string:
	case fs_value_is_blob:
		kfree(param->string);
		break;
	case fs_value_is_filename:
		putname(param->name);
		break;
	case fs_value_is_file:
		fput(param->file);
		break;
	default:
		break;
	}
}

/* Spec FS-06..FS-13, FS-20, FS-21. */
SYSCALL_DEFINE5(fsconfig, int, fd, unsigned int, cmd, const char __user *, _key,
		const void __user *, _value, int, aux)
{
	struct fs_parameter param = { .type = fs_value_is_undefined };
	struct fs_context *fc;
	int ret;

	if (fd < 0)
		return refuse(-EINVAL, CHK_FSCONFIG_FD_NEGATIVE, 0, fd);
	ret = fsconfig_check_args(cmd, _key, _value, aux);
	if (ret)
		return ret;

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_FSCONFIG_FD, 0, fd);
	if (fd_file(f)->f_op != &fscontext_fops)
		return refuse(-EINVAL, CHK_FSCONFIG_KIND, 0, fd);
	fc = fd_file(f)->private_data;

	if (_key) {
		param.key = strndup_user(_key, 256);
		if (param.key == ERR_PTR(-EINVAL))
			return refuse(-EINVAL, CHK_FSCONFIG_KEY, 255, 256);
		if (IS_ERR(param.key))
			return PTR_ERR(param.key);
	}
	ret = fsconfig_get_value(cmd, _value, aux, &param);
	if (!ret) {
		ret = vfs_fsconfig_locked(fc, cmd, &param);
		fsconfig_put_value(&param);
	}
	kfree(param.key);
	return ret;
}
