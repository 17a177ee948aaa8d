// SPDX-License-Identifier: GPL-2.0-only
/* The types of file systems. Models: fs/filesystems.c. */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/string.h>

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

/**
 * get_fs_type() - a type by name.
 * @name: up to a dot, behind which a subtype stands
 *
 * Models: fs/filesystems.c:get_fs_type().
 */
struct file_system_type *get_fs_type(const char *name)
{
	const char *dot = strchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : strlen(name);
	struct file_system_type *fs;

	for (fs = file_systems; fs; fs = fs->next)
		if (strlen(fs->name) == len && !strncmp(fs->name, name, len))
			break;
	/* types with a subtype (FUSE) are not modelled, so the dot never helps */
	return dot ? NULL : fs;
}
