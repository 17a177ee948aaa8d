// SPDX-License-Identifier: GPL-2.0-only
/* Where tasks stand. Models: fs/fs_struct.c. */
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/sched.h>
#include <linux/slab.h>

/* The first task's; its root is set when there is one. */
struct fs_struct init_fs = {
	.users = 1,
	.umask = 0022,
};

static void replace_path(struct path *old, const struct path *path)
{
	struct path put = *old;

	path_get(path);
	*old = *path;
	if (put.dentry)
		path_put(&put);
}

/**
 * set_fs_root() - the root directory becomes another.
 *
 * Models: fs/fs_struct.c:set_fs_root().
 */
void set_fs_root(struct fs_struct *fs, const struct path *path)
{
	replace_path(&fs->root, path);
}

/**
 * set_fs_pwd() - the working directory becomes another.
 *
 * Models: fs/fs_struct.c:set_fs_pwd().
 */
void set_fs_pwd(struct fs_struct *fs, const struct path *path)
{
	replace_path(&fs->pwd, path);
}

/**
 * get_fs_root() - the root directory, counted.
 */
void get_fs_root(struct fs_struct *fs, struct path *root)
{
	*root = fs->root;
	path_get(root);
}

/**
 * get_fs_pwd() - the working directory, counted.
 */
void get_fs_pwd(struct fs_struct *fs, struct path *pwd)
{
	*pwd = fs->pwd;
	path_get(pwd);
}

/**
 * copy_fs_struct() - the same place for another task.
 *
 * Models: fs/fs_struct.c:copy_fs_struct().
 */
struct fs_struct *copy_fs_struct(struct fs_struct *old)
{
	struct fs_struct *fs = kmalloc(sizeof(*fs), GFP_KERNEL);

	if (!fs)
		return NULL;
	*fs = *old;
	fs->users = 1;
	path_get(&fs->root);
	path_get(&fs->pwd);
	return fs;
}

/**
 * free_fs_struct() - the last user is gone.
 *
 * Models: fs/fs_struct.c:free_fs_struct().
 */
void free_fs_struct(struct fs_struct *fs)
{
	path_put(&fs->root);
	path_put(&fs->pwd);
	if (fs != &init_fs)
		kfree(fs);
}

/**
 * exit_fs() - a task that exits stands nowhere.
 *
 * Models: fs/fs_struct.c:exit_fs().
 */
void exit_fs(struct task_struct *task)
{
	struct fs_struct *fs = task->fs;

	task->fs = NULL;
	if (fs)
		free_fs_struct(fs);
}

/**
 * unshare_fs_struct() - a place of one's own.
 *
 * Models: fs/fs_struct.c:unshare_fs_struct().
 */
int unshare_fs_struct(void)
{
	struct fs_struct *fs = current->fs;
	struct fs_struct *new = copy_fs_struct(fs);

	if (!new)
		return -ENOMEM;
	current->fs = new;
	free_fs_struct(fs);
	return 0;
}

/**
 * current_umask() - the permission bits that new files do not get.
 *
 * Models: fs/fs_struct.c:current_umask().
 */
int current_umask(void)
{
	return current->fs->umask;
}
