// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sandbox root of a sequence: its files disappear with its last process. Also removes files of
 * sequences that escaped from it.
 */
#include <linux/bpf.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/list.h>
#include <linux/mount.h>
#include <linux/string.h>
#include <uapi/linux/capability.h>
#include <uapi/linux/fcntl.h>
#include <uapi/linux/mount.h>
#include <uapi/linux/prctl.h>
#include <uapi/linux/sched.h>

#include "sequence.h"

#define HERE ((u64)(s64)AT_FDCWD)

static void mount_on(struct seq_task *task, const char *from, const char *to, const char *type,
		     u64 flags)
{
	seq_sys(task, mount, seq_text(from), seq_text(to), seq_text(type), flags, seq_text(""));
}

/*
 * Creates what a kernel caches at first use, its BTF and results of lookups there. Otherwise the
 * first sequence that needs it would appear to leak, and kernels differ in which one that is.
 */
void seq_look_up(void)
{
	struct seq_task task = { .pid = (u32)kernel_fork(INIT), .parent = INIT };

	seq_sys(&task, bpf, ~0u, seq_user(NULL, 8), 8);
	bpf_get_btf_vmlinux();
	seq_exit(&task);
	kernel_settle();
}

/* The executor of a real kernel may not exceed limits, so no model task may either. */
static void confine_capabilities(struct seq_task *task)
{
	const u32 low = ~(1u << CAP_SYS_RESOURCE);
	u64 header;

	seq_sys(task, prctl, PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0);
	header = seq_user((u32[]){ _LINUX_CAPABILITY_VERSION_3, 0 }, 8);
	seq_sys(task, capset, header, seq_user((u32[]){ low, low, 0, 0x1ff, 0x1ff, 0 }, 24));
}

/*
 * Binds the null device to a file in the sandbox root. The read-only bind mount protects its mode
 * and owner, and still allows writing to the device.
 */
static void bind_null(struct seq_task *task)
{
	s64 fd = seq_sys(task, openat, HERE, seq_text("/mnt/dev/null"), O_WRONLY | O_CREAT, 0666);

	seq_sys(task, close, (u64)fd);
	mount_on(task, "/dev/null", "/mnt/dev/null", "", MS_BIND);
	mount_on(task, "none", "/mnt/dev/null", "", MS_REMOUNT | MS_BIND | MS_RDONLY);
}

/*
 * Gives @task its own mount namespace with a new tmpfs as root, like container runtimes. Binds
 * directories that contain no shared files. On a real kernel, where later sequences see the same
 * tree, that is only /proc.
 */
void seq_enter_sandbox(struct seq_task *task)
{
	static const char *const bound[][2] = {
		{ "/proc", "/mnt/proc" }, { "/sys", "/mnt/sys" }, { "/dev", "/mnt/dev" },
	};
	static const char *const made[] = { "/mnt/tmp", "/mnt/mnt" };
	static const char *const inside[] = { "/mnt/sys/fs", "/mnt/sys/fs/bpf" };
	u32 i;

	seq_sys(task, unshare, CLONE_NEWNS);
	mount_on(task, "none", "/mnt", "tmpfs", 0);
	for (i = 0; i < ARRAY_SIZE(bound); i++) {
		seq_sys(task, mkdirat, HERE, seq_text(bound[i][1]), 0755);
		if (!seq_options.confined || i == 0)
			mount_on(task, bound[i][0], bound[i][1], "", MS_BIND);
	}
	for (i = 0; i < ARRAY_SIZE(made); i++)
		seq_sys(task, mkdirat, HERE, seq_text(made[i]), 0777);
	for (i = 0; i < ARRAY_SIZE(inside) && seq_options.confined; i++)
		seq_sys(task, mkdirat, HERE, seq_text(inside[i]), 0755);
	if (seq_options.confined)
		bind_null(task);
	mount_on(task, "none", "/mnt/sys/fs/bpf", "bpf", 0);
	seq_sys(task, chdir, seq_text("/mnt"));
	mount_on(task, ".", "/", "", MS_MOVE);
	seq_sys(task, chroot, seq_text("."));
	if (seq_options.confined)
		confine_capabilities(task);
}

static bool is_of_boot(const struct dentry *dentry)
{
	static const char *const names[] = { "mnt", "tmp", "proc", "sys", "dev" };
	const struct dentry *parent = dentry->d_parent;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names) && IS_ROOT(parent); i++)
		if (!strcmp(dentry->d_name.name, names[i]))
			return true;
	return !strcmp(dentry->d_name.name, "null") && !strcmp(parent->d_name.name, "dev") &&
	       IS_ROOT(parent->d_parent);
}

/* Removes all names of a directory in the root filesystem, except those of the boot. */
static void tidy(struct dentry *dir)
{
	struct dentry *child, *next;

	list_for_each_entry_safe(child, next, &dir->d_children, d_sib) {
		struct inode *inode = d_inode(child);

		if (d_unhashed(child) || !inode)
			continue;
		if (S_ISDIR(inode->i_mode))
			tidy(child);
		if (is_of_boot(child))
			continue;
		if (S_ISDIR(inode->i_mode)) {
			drop_nlink(inode);
			drop_nlink(d_inode(dir));
		}
		dget(child);
		d_inode(dir)->i_op->unlink(d_inode(dir), child);
		d_delete(child);
		dput(child);
	}
}

/*
 * Removes files that a sequence created outside of its sandbox root. No task is left that could
 * have one open.
 */
void seq_tidy(void)
{
	init_fs.root.mnt->mnt_sb->s_flags &= ~(unsigned long)SB_RDONLY;
	tidy(init_fs.root.dentry);
	kernel_settle();
}
