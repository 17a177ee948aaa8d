// SPDX-License-Identifier: GPL-2.0-only
/*
 * setxattr(2), getxattr(2), listxattr(2) and removexattr(2). Models: fs/xattr.c; spec PF-14, FS-30,
 * FS-31, FS-34. Only files of a bpffs can have attributes, and files of /proc never have any.
 */
#include <linux/build_bug.h>
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/release.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/xattr.h>

#include <generated/syscalls.h>
#include <trace/refusal.h>

enum xattr_op {
	OP_SET,
	OP_GET,
	OP_LIST,
	OP_REMOVE,
};

/* A call names a file by a path, by a path that may be a link, or by its fd. */
enum xattr_file {
	BY_PATH,
	BY_LINK,
	BY_FD,
};

/* The arguments of one call; not all calls have all of them. */
struct xattr_call {
	enum xattr_op op;
	enum xattr_file by;
	u64 file;		/* the path or the fd */
	const char __user *name;
	void __user *value;
	size_t size;
	int flags;
};

/* The copies of the name and the value. */
struct xattr_copy {
	char name[XATTR_NAME_MAX + 1];
	void *value;
};

/* Models: fs/xattr.c:import_xattr_name(), setxattr_copy(). */
static int xattr_copy(const struct xattr_call *call, struct xattr_copy *copy)
{
	long len;

	if (call->op == OP_LIST)
		return 0;
	if (call->flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return refuse(-EINVAL, CHK_XATTR_FLAGS, XATTR_CREATE | XATTR_REPLACE, call->flags);
	len = strncpy_from_user(copy->name, call->name, sizeof(copy->name));
	if (len < 0)
		return refuse(-EFAULT, CHK_USER_MEMORY, 1, 0);
	if (!len || len == sizeof(copy->name))
		return refuse(-ERANGE, CHK_XATTR_NAME, XATTR_NAME_MAX, len);
	if (call->op != OP_SET || !call->size)
		return 0;
	if (call->size > XATTR_SIZE_MAX)
		return refuse(-E2BIG, CHK_XATTR_SIZE, XATTR_SIZE_MAX, call->size);
	copy->value = vmemdup_user(call->value, call->size);
	if (!IS_ERR(copy->value))
		return 0;
	len = PTR_ERR(copy->value);
	copy->value = NULL;
	return len == -EFAULT ? refuse(-EFAULT, CHK_USER_MEMORY, call->size, 0) : (int)len;
}

/* AT_FDCWD as an fd is the working directory for two of the calls since 6.13. */
static int xattr_path(const struct xattr_call *call, struct path *path)
{
	int fd = (int)call->file;
	struct file *file;

	if (call->by != BY_FD)
		return user_path_at(AT_FDCWD, __u64_to_user_ptr(call->file),
				    call->by == BY_LINK ? 0 : LOOKUP_FOLLOW, path);
	if (fd == AT_FDCWD && call->op <= OP_GET && kernel_at_least(6, 15)) {
		get_fs_pwd(current->fs, path);
		return 0;
	}
	file = fget(fd);
	if (!file)
		return refuse(-EBADF, CHK_FILE_FD, 0, fd);
	*path = file->f_path;
	path_get(path);
	fput(file);
	return 0;
}

/* Models: fs/xattr.c:xattr_permission(), for other prefixes than security. and system. */
static int xattr_permission(struct inode *inode, const char *name, int mask)
{
	bool write = mask == MAY_WRITE;

	if (str_has_prefix(name, XATTR_TRUSTED_PREFIX)) {
		if (capable(CAP_SYS_ADMIN))
			return 0;
		return refuse(write ? -EPERM : -ENODATA,
			      write ? CHK_XATTR_TRUSTED_WRITE : CHK_XATTR_TRUSTED_READ,
			      evidence_cap(CAP_SYS_ADMIN, &init_user_ns), evidence_caps_held());
	}
	if (str_has_prefix(name, XATTR_USER_PREFIX) &&
	    (S_ISLNK(inode->i_mode) ||
	     (write && S_ISDIR(inode->i_mode) && inode->i_mode & S_ISVTX &&
	      !inode_owner_or_capable(&nop_mnt_idmap, inode))))
		return refuse(write ? -EPERM : -ENODATA,
			      write ? CHK_XATTR_USER_WRITE : CHK_XATTR_USER_READ, 0, 0);
	return inode_permission(&nop_mnt_idmap, inode, mask);
}

/* Models: fs/xattr.c:xattr_resolve_name(), for handlers of prefixes. */
static const struct xattr_handler *xattr_resolve_name(const struct inode *inode, const char **name)
{
	const struct xattr_handler *const *handler = inode->i_sb->s_xattr;

	for (; handler && *handler; handler++) {
		size_t len = str_has_prefix(*name, (*handler)->prefix);

		if (!len)
			continue;
		*name += len;
		return **name ? *handler : refuse_ptr(-EINVAL, CHK_XATTR_SUFFIX, 0, 0);
	}
	return refuse_ptr(-EOPNOTSUPP, CHK_XATTR_UNSUPPORTED, 0, 0);
}

/* Models: fs/xattr.c:vfs_setxattr(), vfs_getxattr(), vfs_removexattr(). */
static ssize_t vfs_xattr(const struct xattr_call *call, struct dentry *dentry, const char *name,
			 void *value, size_t size)
{
	const struct xattr_handler *handler;
	struct inode *inode = d_inode(dentry);
	bool write = call->op != OP_GET;
	int error = 0;

	if (str_has_prefix(name, "system.posix_acl_") || (write && !strcmp(name, XATTR_NAME_CAPS)))
		return not_modelled(UNMODELLED_XATTR_NAMES);
	if (write && inode->i_flags & S_IMMUTABLE)
		return not_modelled(UNMODELLED_IMMUTABLE);
	if (str_has_prefix(name, XATTR_SECURITY_PREFIX))
		error = write ? cap_inode_setxattr(dentry) : 0;
	else if (!str_has_prefix(name, XATTR_SYSTEM_PREFIX))
		error = xattr_permission(inode, name, write ? MAY_WRITE : MAY_READ);
	if (error)
		return error;
	handler = xattr_resolve_name(inode, &name);
	if (IS_ERR(handler))
		return PTR_ERR(handler);
	if (!write)
		return handler->get(handler, dentry, inode, name, value, size);
	if (call->op == OP_REMOVE)
		return handler->set(handler, &nop_mnt_idmap, dentry, inode, name, NULL, 0,
				    XATTR_REPLACE);
	return handler->set(handler, &nop_mnt_idmap, dentry, inode, name, value ? value : "", size,
			    call->flags);
}

static ssize_t vfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	const struct inode_operations *ops = d_inode(dentry)->i_op;

	return ops->listxattr ? ops->listxattr(dentry, list, size) : 0;
}

/* Models: fs/xattr.c:do_getxattr(), listxattr(). XATTR_LIST_MAX is XATTR_SIZE_MAX. */
static ssize_t do_getxattr(const struct xattr_call *call, struct dentry *dentry, const char *name)
{
	size_t size = min(call->size, (size_t)XATTR_SIZE_MAX);
	void *buffer = NULL;
	ssize_t ret;

	if (size) {
		buffer = kvzalloc(size, GFP_KERNEL);
		if (!buffer)
			return -ENOMEM;
	}
	ret = call->op == OP_LIST ? vfs_listxattr(dentry, buffer, size) :
				    vfs_xattr(call, dentry, name, buffer, size);
	if (ret > 0 && size && copy_to_user(call->value, buffer, ret))
		ret = refuse(-EFAULT, CHK_USER_MEMORY, ret, 0);
	else if (ret == -ERANGE && size == XATTR_SIZE_MAX)
		ret = refuse(-E2BIG, CHK_XATTR_SIZE, XATTR_SIZE_MAX, 0);
	kvfree(buffer);
	return ret;
}

static s64 do_xattr(const struct xattr_call *call, const struct path *path,
		    const struct xattr_copy *copy)
{
	bool write = call->op == OP_SET || call->op == OP_REMOVE;
	unsigned long magic = path->dentry->d_sb->s_magic;
	s64 ret;

	if (write) {
		ret = mnt_want_write(path->mnt);
		if (ret)
			return ret;
	}
	if (magic != BPF_FS_MAGIC && magic != PROC_SUPER_MAGIC)
		ret = not_modelled(UNMODELLED_XATTR_FILES);
	else if (write)
		ret = vfs_xattr(call, path->dentry, copy->name, copy->value, call->size);
	else
		ret = do_getxattr(call, path->dentry, copy->name);
	if (write)
		mnt_drop_write(path->mnt);
	return ret;
}

/*
 * Before 6.13 the fd comes before the name and the value, and so does the path of a reading call.
 * 6.15 is the first modelled release after that.
 * Models: fs/xattr.c:path_setxattrat(), path_getxattrat(), path_listxattrat(), path_removexattrat().
 */
static s64 path_xattrat(const struct xattr_call *call)
{
	bool path_first = !kernel_at_least(6, 15) && (call->by == BY_FD || call->op == OP_GET);
	struct xattr_copy copy = { .value = NULL };
	struct path path = { .mnt = NULL };
	s64 ret = path_first ? xattr_path(call, &path) : 0;

	if (ret)
		return ret;
	ret = xattr_copy(call, &copy);
	if (!ret && !path_first)
		ret = xattr_path(call, &path);
	if (!ret)
		ret = do_xattr(call, &path, &copy);
	if (path.mnt)
		path_put(&path);
	kvfree(copy.value);
	return ret;
}

/*
 * One function for the twelve calls, which differ little, keeps the module small. Their numbers
 * follow each other: by what they do, and then by how they name the file.
 */
SYSCALL_DEFINE5(setxattr, u64, file, u64, b, u64, c, u64, d, int, flags)
{
	unsigned int i = syscall_get_nr() - NR_setxattr;
	enum xattr_op op = i / 3;
	struct xattr_call call = {
		.op = op,
		.by = i % 3,
		.file = file,
		.name = __u64_to_user_ptr(b),
		.value = __u64_to_user_ptr(op == OP_LIST ? b : c),
		.size = __sc_ulong(op == OP_LIST ? c : d),
		.flags = flags,
	};

	return path_xattrat(&call);
}
static_assert(NR_fremovexattr == NR_setxattr + 3 * OP_REMOVE + BY_FD);

#define SAME_AS_SETXATTR(name) \
	__alias(sys_setxattr) s64 sys_##name(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
SAME_AS_SETXATTR(lsetxattr)
SAME_AS_SETXATTR(fsetxattr)
SAME_AS_SETXATTR(getxattr)
SAME_AS_SETXATTR(lgetxattr)
SAME_AS_SETXATTR(fgetxattr)
SAME_AS_SETXATTR(listxattr)
SAME_AS_SETXATTR(llistxattr)
SAME_AS_SETXATTR(flistxattr)
SAME_AS_SETXATTR(removexattr)
SAME_AS_SETXATTR(lremovexattr)
SAME_AS_SETXATTR(fremovexattr)
