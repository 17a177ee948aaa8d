// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that only an upstream inode.c or token.c calls. No modelled system call reaches them,
 * so the tests call them directly.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kstrtox.h>
#include <linux/mount.h>
#include <linux/mnt_namespace.h>
#include <linux/namei.h>
#include <linux/security.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bpf_host.h"

static void boots(void)
{
	boot(RELEASE_NEWEST);
	current = &init_task;
}

static struct path folder(const char *name)
{
	struct path path;

	KUNIT_EXPECT_EQ(kern_path(name, LOOKUP_FOLLOW, &path), 0);
	return path;
}

static void hard_links(void)
{
	struct path tmp = folder("/tmp");
	struct inode *dir = d_inode(tmp.dentry);
	s32 before[NR_LIVE_KINDS], after[NR_LIVE_KINDS];
	struct dentry *a, *b;

	live_now(before);
	KUNIT_EXPECT_TRUE(sys(ROOT, openat, AT_FDCWD, text("/tmp/a"), O_CREAT | O_RDWR, 0600) >= 0);
	a = lookup_one_len("a", tmp.dentry, 1);
	b = lookup_one_len("b", tmp.dentry, 1);
	KUNIT_EXPECT_EQ(simple_link(a, dir, b), 0);
	KUNIT_EXPECT_EQ(d_inode(b)->i_nlink, 2);
	KUNIT_EXPECT_TRUE(d_inode(a) == d_inode(b));
	dput(a);
	dput(b);
	KUNIT_EXPECT_EQ(sys(ROOT, unlinkat, AT_FDCWD, text("/tmp/b"), 0), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, unlinkat, AT_FDCWD, text("/tmp/a"), 0), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, close, 3), 0);
	kernel_user_reset();
	live_now(after);
	KUNIT_EXPECT_EQ(memcmp(before, after, sizeof(before)), 0);
	KUNIT_EXPECT_EQ(simple_rename(&nop_mnt_idmap, dir, NULL, dir, NULL, 0), -ENOTMODELLED);
	path_put(&tmp);
}

static void link_counts(void)
{
	struct path tmp = folder("/tmp");
	struct inode *inode = new_inode_pseudo(tmp.dentry->d_sb);

	set_nlink(inode, 3);
	KUNIT_EXPECT_EQ(inode->i_nlink, 3);
	set_nlink(inode, 0);
	KUNIT_EXPECT_EQ(inode->i_nlink, 0);
	inc_nlink(inode);
	KUNIT_EXPECT_EQ(inode->i_nlink, 1);
	set_nlink(inode, 0);
	set_nlink(inode, 1);
	KUNIT_EXPECT_EQ(inode->i_nlink, 1);
	touch_atime(&tmp);
	iput(inode);
	path_put(&tmp);
}

static int destroyed;

static void note_destroy(struct inode *inode)
{
	destroyed++;
}

/* A file system with ->destroy_inode() frees its inodes by ->free_inode(), or has no need to. */
static void own_inodes(void)
{
	struct super_operations ops = { .destroy_inode = note_destroy,
					.free_inode = free_inode_nonrcu };
	struct super_block sb = { .s_user_ns = &init_user_ns, .s_op = &ops };
	struct inode *inode = new_inode(&sb);

	clear_nlink(inode);
	clear_nlink(inode);
	KUNIT_EXPECT_EQ(sb.s_remove_count, 1);
	iput(inode);
	KUNIT_EXPECT_EQ(destroyed, 1);
	ops.free_inode = NULL;
	inode = new_inode(&sb);
	iput(inode);
	KUNIT_EXPECT_EQ(destroyed, 2);
	kfree(inode);
	KUNIT_EXPECT_EQ(sb.s_remove_count, 0);
}

/* The kernel's own BTF, where any of its memory is missing. */
static void own_btf(void)
{
	const struct btf_type *t;
	struct btf *btf;
	u32 n = 0;
	s32 id;

	do {
		kernel_fail_nth(FAULT_ALLOC, ++n);
		btf = bpf_get_btf_vmlinux();
		KUNIT_EXPECT_TRUE(!IS_ERR(btf) || PTR_ERR(btf) == -ENOMEM);
	} while (IS_ERR(btf));
	kernel_fail_nth(FAULT_ALLOC, 0);
	KUNIT_EXPECT_TRUE(n > 3);
	KUNIT_EXPECT_TRUE(bpf_get_btf_vmlinux() == btf);
	KUNIT_EXPECT_TRUE(btf_nr_types(btf) > 1);
	KUNIT_EXPECT_TRUE(!btf_name_by_offset(btf, ~0u));
	KUNIT_EXPECT_STREQ(btf_name_by_offset(btf, 0), "");
	id = btf_find_by_name_kind(btf, "bpf_map_type", BTF_KIND_ENUM);
	KUNIT_EXPECT_TRUE(id > 0);
	t = btf_type_by_id(btf, (u32)id);
	KUNIT_EXPECT_STREQ(btf_name_by_offset(btf, t->name_off), "bpf_map_type");
	KUNIT_EXPECT_EQ(btf_find_by_name_kind(btf, "bpf_map_type", BTF_KIND_STRUCT), -ENOENT);
	KUNIT_EXPECT_EQ(btf_find_by_name_kind(btf, "bpf_token_type", BTF_KIND_ENUM), -ENOENT);
}

/* Threads share their directories; tasks of the model have one thread. */
static void shared_directories(void)
{
	u32 child = (u32)kernel_fork(ROOT);
	s64 fd;

	KUNIT_EXPECT_EQ(sys(child, unshare, CLONE_NEWUSER), 0);
	fd = kernel_open_ns(ROOT, child, CLONE_NEWUSER);
	init_task.fs->users++;
	KUNIT_EXPECT_EQ(sys(ROOT, setns, fd, 0), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_SETNS_USERNS_SHARED);
	init_task.fs->users--;
	KUNIT_EXPECT_EQ(sys(ROOT, close, fd), 0);
	kernel_exit(child, 0);
	kernel_wait(ROOT, (s32)child);
	current = &init_task;
}

static void lookups(void)
{
	struct path tmp = folder("/tmp");
	struct cred *new = prepare_creds();
	const struct cred *old;
	umode_t mode = d_inode(tmp.dentry)->i_mode;

	new->fsuid = KUIDT_INIT(7);
	new->cap_effective = CAP_EMPTY_SET;
	d_inode(tmp.dentry)->i_mode = S_IFDIR;
	old = override_creds(new);
	KUNIT_EXPECT_EQ(PTR_ERR(lookup_one_len("a", tmp.dentry, 1)), -EACCES);
	revert_creds(old);
	abort_creds(new);
	d_inode(tmp.dentry)->i_mode = mode;
	path_put(&tmp);
}

static void credentials(void)
{
	struct cred *new = prepare_creds();
	const struct cred *old;

	new->euid = KUIDT_INIT(7);
	old = override_creds(new);
	KUNIT_EXPECT_EQ(__kuid_val(current_cred()->euid), 7);
	revert_creds(old);
	KUNIT_EXPECT_EQ(__kuid_val(current_cred()->euid), 0);
	abort_creds(new);
	KUNIT_EXPECT_TRUE(ns_capable_noaudit(&init_user_ns, CAP_BPF));
	KUNIT_EXPECT_TRUE(has_ns_capability(&init_task, &init_user_ns, CAP_BPF));
	KUNIT_EXPECT_TRUE(current_in_userns(&init_user_ns));
}

static void fds(void)
{
	s64 fd = sys(ROOT, openat, AT_FDCWD, text("/tmp"), O_PATH), path = fd;
	struct file *raw = fget_raw((u32)fd), *next;
	u32 at = (u32)fd;

	KUNIT_EXPECT_TRUE(raw && !fget((u32)fd));
	next = fget_task_next(&init_task, &at);
	KUNIT_EXPECT_TRUE(next == raw && at == fd);
	at++;
	KUNIT_EXPECT_TRUE(!fget_task_next(&init_task, &at));
	KUNIT_EXPECT_EQ(file_permission(raw, MAY_EXEC), 0);
	fput(next);
	__fput_sync(raw);
	fd = sys(ROOT, openat, AT_FDCWD, text("/dev/null"), O_RDWR);
	raw = fget((u32)fd);
	KUNIT_EXPECT_EQ(nonseekable_open(file_inode(raw), raw), 0);
	KUNIT_EXPECT_EQ(raw->f_mode & FMODE_LSEEK, 0);
	kernel_fail_nth(FAULT_FD, 1);
	KUNIT_EXPECT_EQ(receive_fd(raw, 0), -EMFILE);
	fput(raw);
	KUNIT_EXPECT_EQ(sys(ROOT, close, fd), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, close, path), 0);
	kernel_user_reset();
}

static void fs_structs(void)
{
	KUNIT_EXPECT_EQ(unshare_fs_struct(), 0);
	KUNIT_EXPECT_EQ(current->fs->users, 1);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_EQ(unshare_fs_struct(), -ENOMEM);
}

static void bpf_links(void)
{
	enum bpf_prog_type type = BPF_PROG_TYPE_XDP;
	struct bpf_prog prog = { .type = BPF_PROG_TYPE_XDP };
	struct bpf_link link = { 0 };

	KUNIT_EXPECT_EQ(PTR_ERR(bpf_link_get_from_fd(0)), -EINVAL);
	KUNIT_EXPECT_EQ(bpf_link_new_fd(&link), -ENOTMODELLED);
	bpf_link_inc(&link);
	KUNIT_EXPECT_EQ(atomic64_read(&link.refcnt), 1);
	bpf_link_put(&link);
	KUNIT_EXPECT_EQ(atomic64_read(&link.refcnt), 0);
	KUNIT_EXPECT_TRUE(bpf_prog_get_ok(&prog, NULL, false));
	KUNIT_EXPECT_TRUE(bpf_prog_get_ok(&prog, &type, false));
	type = BPF_PROG_TYPE_SYSCALL;
	KUNIT_EXPECT_FALSE(bpf_prog_get_ok(&prog, &type, false));
}

/* Functions that accept NULL in the kernel accept it here. */
static void null_arguments(void)
{
	struct task_struct ended = { 0 };
	unsigned int fd = 0;

	iput(NULL);
	mntput(NULL);
	put_mnt_ns(NULL);
	exit_files(&ended);
	exit_fs(&ended);
	KUNIT_EXPECT_TRUE(!mntget(NULL));
	KUNIT_EXPECT_TRUE(!kstrdup(NULL, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(!fget_task(&ended, 0));
	KUNIT_EXPECT_TRUE(!fget_task_next(&ended, &fd));
	KUNIT_EXPECT_EQ(groups_search(NULL, KGIDT_INIT(0)), 0);
}

/* Dropping a reference must not affect other holders. */
static void other_holders(void)
{
	s64 fd = sys(ROOT, openat, AT_FDCWD, text("/dev/null"), O_RDWR);
	struct file *file = fget((u32)fd);

	atomic_inc(&current->files->count);
	put_files_struct(current->files);
	KUNIT_EXPECT_EQ(sys(ROOT, close, fd), 0);
	KUNIT_EXPECT_EQ(atomic_long_read(&file->f_count), 1);
	__fput_sync(file);
	kernel_user_reset();
}

/* Frees what a manually created superblock holds. */
static void undo(struct super_block *sb)
{
	d_genocide(sb->s_root);
	dput(sb->s_root);
}

/* simple_fill_super() creates the root directory and its files. */
static void simple_superblock(void)
{
	static const struct tree_descr files[] = {
		{ .name = "first, which is skipped" }, { .name = "a", .mode = 0444 }, { .name = "" },
	};
	struct super_block sb = { .s_user_ns = &init_user_ns };
	struct dentry *a;

	INIT_LIST_HEAD(&sb.s_mounts);
	KUNIT_EXPECT_EQ(simple_fill_super(&sb, 0x1234, files), 0);
	KUNIT_EXPECT_EQ(sb.s_magic, 0x1234);
	a = lookup_one_len("a", sb.s_root, 1);
	KUNIT_EXPECT_EQ(d_inode(a)->i_mode, S_IFREG | 0444);
	dput(a);
	undo(&sb);
	kernel_fail_nth(FAULT_ALLOC, 3);
	KUNIT_EXPECT_EQ(simple_fill_super(&sb, 0x1234, files), -ENOMEM);
	undo(&sb);
	kernel_fail_nth(FAULT_INODE, 2);
	KUNIT_EXPECT_EQ(simple_fill_super(&sb, 0x1234, files), -ENOMEM);
	undo(&sb);
}

/* Entries of d_make_persistent() live until their superblock is shut down. */
static void persistent_entries(void)
{
	struct super_block sb = { .s_user_ns = &init_user_ns };
	struct dentry *a;

	INIT_LIST_HEAD(&sb.s_mounts);
	KUNIT_EXPECT_EQ(simple_fill_super(&sb, 0x1234, (struct tree_descr[]){ { .name = "" } }), 0);
	KUNIT_EXPECT_EQ(set_anon_super_fc(&sb, NULL), 0);
	a = simple_start_creating(sb.s_root, "a");
	KUNIT_EXPECT_TRUE(!d_inode(a));
	KUNIT_EXPECT_TRUE(d_make_persistent(a, new_inode(&sb)) == a);
	simple_done_creating(a);
	KUNIT_EXPECT_TRUE(simple_start_creating(sb.s_root, "a") == ERR_PTR(-EEXIST));
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_TRUE(simple_start_creating(sb.s_root, "b") == ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_EQ(sb.s_live_inodes, 2);
	kill_anon_super(&sb);
	KUNIT_EXPECT_EQ(sb.s_live_inodes, 0);
}

static void creates_paths(void)
{
	struct dentry *dentry;
	struct path path;

	dentry = start_creating_user_path(AT_FDCWD, (void *)(unsigned long)text("/tmp/new"),
					  &path, 0);
	KUNIT_EXPECT_TRUE(!IS_ERR(dentry) && !d_inode(dentry));
	end_creating_path(&path, dentry);
	kernel_user_reset();
}

static void construct(void *object)
{
	*(int *)object = 7;
}

static void object_caches(void)
{
	struct kmem_cache *cache = kmem_cache_create("ints", sizeof(int), 0, 0, construct);
	struct kmem_cache *plain = kmem_cache_create("plain", 4, 0, SLAB_ACCOUNT, NULL);
	int *object = kmem_cache_alloc(cache, GFP_KERNEL);
	int *zero = kmem_cache_alloc(plain, GFP_KERNEL);
	struct inode inode = { .i_nlink = 3 };

	KUNIT_EXPECT_EQ(*object, 7);
	KUNIT_EXPECT_EQ(*zero, 0);
	kmem_cache_free(cache, object);
	kmem_cache_free(plain, zero);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_TRUE(!kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_destroy(cache);
	kmem_cache_destroy(plain);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_TRUE(!kmem_cache_create("ints", sizeof(int), 0, 0, construct));
	inode_init_once(&inode);
	KUNIT_EXPECT_EQ(inode.i_nlink, 0);
	KUNIT_EXPECT_EQ(security_inode_init_security(&inode, &inode, NULL, NULL, NULL), 0);
}

static void types_and_links(void)
{
	struct file_system_type again = { .name = "tmpfs" };
	struct inode link = { .i_link = "there" };
	struct delayed_call done = { 0 };
	char text[4] = "abc";
	loff_t before = -1;

	KUNIT_EXPECT_EQ(register_filesystem(&again), -EBUSY);
	KUNIT_EXPECT_TRUE(simple_get_link(NULL, &link, &done) == link.i_link);
	KUNIT_EXPECT_TRUE(d_splice_alias(ERR_PTR(-ENOMEM), NULL) == ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_EQ(simple_read_from_buffer(NULL, 1, &before, text, 3), -EINVAL);
}

static void exports(void)
{
	KUNIT_EXPECT_TRUE(kernel_checks() != 0);
	KUNIT_EXPECT_EQ(kernel_abi_version(), 1);
	KUNIT_EXPECT_EQ(kernel_brk(), 0);
	KUNIT_EXPECT_EQ(kernel_send_fd(77, 0, 1), -ESRCH);
	KUNIT_EXPECT_EQ(kernel_send_fd(1, 0, 77), -ESRCH);
	KUNIT_EXPECT_EQ(kernel_open_ns(77, 1, CLONE_NEWUSER), -ESRCH);
	KUNIT_EXPECT_EQ(kernel_open_ns(1, 77, CLONE_NEWUSER), -ESRCH);
	KUNIT_EXPECT_EQ(kernel_exec(77), -ESRCH);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(77, 0, 0), -ESRCH);
	KUNIT_EXPECT_EQ(kernel_wait(77, 1), -ESRCH);
	kernel_exit(77, 0);
}

KUNIT_SUITE(stubs, KUNIT_CASE(boots), KUNIT_CASE(hard_links), KUNIT_CASE(link_counts),
	    KUNIT_CASE(own_inodes), KUNIT_CASE(own_btf), KUNIT_CASE(shared_directories),
	    KUNIT_CASE(lookups), KUNIT_CASE(credentials), KUNIT_CASE(fds), KUNIT_CASE(fs_structs),
	    KUNIT_CASE(bpf_links), KUNIT_CASE(null_arguments), KUNIT_CASE(other_holders),
	    KUNIT_CASE(simple_superblock), KUNIT_CASE(persistent_entries),
	    KUNIT_CASE(creates_paths), KUNIT_CASE(object_caches), KUNIT_CASE(types_and_links),
	    KUNIT_CASE(exports))
