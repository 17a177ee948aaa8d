// SPDX-License-Identifier: GPL-2.0-only
/* Root directory, working directory and umask of a task. Models: fs/fs_struct.c. */
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/sched.h>
#include <linux/slab.h>

/* Of the init task. Its root is set once the root filesystem exists. */
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
 * set_fs_root() - Change the root directory.
 *
 * Models: fs/fs_struct.c:set_fs_root().
 */
void set_fs_root(struct fs_struct *fs, const struct path *path)
{
	replace_path(&fs->root, path);
}

/**
 * set_fs_pwd() - Change the working directory.
 *
 * Models: fs/fs_struct.c:set_fs_pwd().
 */
void set_fs_pwd(struct fs_struct *fs, const struct path *path)
{
	replace_path(&fs->pwd, path);
}

/** get_fs_root() - Get the root directory with a reference. */
void get_fs_root(struct fs_struct *fs, struct path *root)
{
	*root = fs->root;
	path_get(root);
}

/** get_fs_pwd() - Get the working directory with a reference. */
void get_fs_pwd(struct fs_struct *fs, struct path *pwd)
{
	*pwd = fs->pwd;
	path_get(pwd);
}

/**
 * copy_fs_struct() - Copy an fs_struct.
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
 * free_fs_struct() - Free an fs_struct without users.
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
 * exit_fs() - Drop the fs_struct of an exiting task.
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
 * unshare_fs_struct() - Give the caller its own copy of its fs_struct.
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
 * current_umask() - Get the caller's umask.
 *
 * Models: fs/fs_struct.c:current_umask().
 */
int current_umask(void)
{
	return current->fs->umask;
}
