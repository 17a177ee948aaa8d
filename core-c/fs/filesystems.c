// SPDX-License-Identifier: GPL-2.0-only
/* The types of file systems. Models: fs/filesystems.c. */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/string.h>

#include <trace/refusal.h>

static struct file_system_type *file_systems;

/**
 * register_filesystem() - let a type be mounted.
 * @fs: the type
 *
 * Models: fs/filesystems.c:register_filesystem().
 *
 * Return: 0, or -EBUSY for a name that is taken.
 */
int register_filesystem(struct file_system_type *fs)
{
	struct file_system_type **p = &file_systems;

	for (; *p; p = &(*p)->next)
		if (!strcmp((*p)->name, fs->name))
			return -EBUSY;
	*p = fs;
	return 0;
}

/* Types that a kernel is likely to have; "there is no such type" would be wrong for them. */
static const char absent[] =
	" 9p autofs binfmt_misc btrfs cgroup cgroup2 cifs configfs debugfs devpts devtmpfs "
	"ecryptfs efivarfs erofs exfat ext2 ext3 ext4 f2fs fuse fuseblk fusectl hugetlbfs "
	"iso9660 mqueue msdos nfs nfs4 ntfs3 nfsd overlay pstore ramfs resctrl romfs "
	"rpc_pipefs securityfs selinuxfs smackfs squashfs sysfs tracefs udf vfat virtiofs xfs ";

/* The dot of a subtype goes with FUSE, which is one of them. */
static bool is_absent(const char *name, size_t len)
{
	const char *at;

	for (at = absent; at[1]; at = strchr(at + 1, ' '))
		if (!strncmp(at + 1, name, len) && at[1 + len] == ' ')
			return true;
	return false;
}

/**
 * get_fs_type() - a type by name.
 * @name: up to a dot, behind which a subtype stands
 *
 * Models: fs/filesystems.c:get_fs_type().
 *
 * Return: the type, or NULL; ours: what not_modelled() returns, as an ERR_PTR().
 */
struct file_system_type *get_fs_type(const char *name)
{
	const char *dot = strchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : strlen(name);
	struct file_system_type *fs;

	for (fs = file_systems; fs; fs = fs->next)
		if (strlen(fs->name) == len && !strncmp(fs->name, name, len))
			break;
	if (fs && !dot)
		return fs;
	if (!fs && is_absent(name, len))
		return ERR_PTR(not_modelled(UNMODELLED_FILE_SYSTEM));
	return NULL;
}
