// SPDX-License-Identifier: GPL-2.0-only
/* Filesystem types. Models: fs/filesystems.c. */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/string.h>

#include <trace/refusal.h>

static struct file_system_type *file_systems;

/**
 * register_filesystem() - Register a filesystem type.
 * @fs: the type
 *
 * Models: fs/filesystems.c:register_filesystem().
 *
 * Return: 0, or -EBUSY if the name is taken.
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

/* Types that a real kernel probably has. ENODEV would be wrong, so they are unmodelled. */
static const char absent[] =
	" 9p autofs binfmt_misc btrfs cgroup cgroup2 cifs configfs debugfs devpts devtmpfs "
	"ecryptfs efivarfs erofs exfat ext2 ext3 ext4 f2fs fuse fuseblk fusectl hugetlbfs "
	"iso9660 mqueue msdos nfs nfs4 ntfs3 nfsd overlay pstore ramfs resctrl romfs "
	"rpc_pipefs securityfs selinuxfs smackfs squashfs sysfs tracefs udf vfat virtiofs xfs ";

/* Only FUSE has subtypes, and it is in the list. */
static bool is_absent(const char *name, size_t len)
{
	const char *at;

	for (at = absent; at[1]; at = strchr(at + 1, ' '))
		if (!strncmp(at + 1, name, len) && at[1 + len] == ' ')
			return true;
	return false;
}

/**
 * get_fs_type() - Find a filesystem type by name.
 * @name: the type, optionally followed by a dot and a subtype
 *
 * Models: fs/filesystems.c:get_fs_type().
 *
 * Return: the type, or NULL. Unlike the kernel: an ERR_PTR() if the type is unmodelled.
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
