// SPDX-License-Identifier: GPL-2.0-only
/* Text of seq_files and paths, including buffers that are too small. */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/fs.h>

#include <linux/fs_struct.h>
#include <linux/kstrtox.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "bpf_host.h"

static char room[16];
static struct seq_file m;

static void boots(void)
{
	boot(RELEASE_NEWEST);
	current = &init_task;
}

static void begin(size_t size)
{
	__builtin_memset(room, 0, sizeof(room));
	__builtin_memset(&m, 0, sizeof(m));
	m.buf = room;
	m.size = size;
}

static void seq_files(void)
{
	begin(sizeof(room));
	seq_put_decimal_ull(&m, "n=", 12);
	seq_show_option(&m, "a b", NULL);
	KUNIT_EXPECT_STREQ(room, "n=12,a\\040b");
	begin(sizeof(room));
	seq_show_option(&m, "a", "b,c");
	KUNIT_EXPECT_STREQ(room, ",a=b\\054c");
	KUNIT_EXPECT_FALSE(seq_has_overflowed(&m));
	begin(4);
	KUNIT_EXPECT_EQ(seq_write(&m, "abc", 3), 0);
	KUNIT_EXPECT_EQ(seq_write(&m, "d", 1), -1);
	KUNIT_EXPECT_TRUE(seq_has_overflowed(&m));
	seq_printf(&m, "%d", 1);
	KUNIT_EXPECT_STREQ(room, "abc");
	begin(4);
	seq_printf(&m, "%d", 12345);
	KUNIT_EXPECT_TRUE(seq_has_overflowed(&m));
}

static void seq_file_paths(void)
{
	struct path tmp;

	KUNIT_EXPECT_EQ(kern_path("/tmp", LOOKUP_FOLLOW, &tmp), 0);
	begin(sizeof(room));
	KUNIT_EXPECT_EQ(seq_path(&m, &tmp, "m"), 0);
	KUNIT_EXPECT_STREQ(room, "/t\\155p");
	begin(sizeof(room));
	KUNIT_EXPECT_EQ(seq_path_root(&m, &tmp, &init_task.fs->root, ""), 0);
	KUNIT_EXPECT_EQ(seq_path_root(&m, &init_task.fs->root, &tmp, ""), SEQ_SKIP);
	KUNIT_EXPECT_EQ(seq_dentry(&m, tmp.dentry, ""), 0);
	KUNIT_EXPECT_STREQ(room, "/tmp/tmp");
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_EQ(seq_path(&m, &tmp, ""), -ENOMEM);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_EQ(seq_path_root(&m, &tmp, &tmp, ""), -ENOMEM);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_EQ(seq_dentry(&m, tmp.dentry, ""), -ENOMEM);
	path_put(&tmp);
}

static void paths(void)
{
	struct path tmp;
	char buf[32];

	KUNIT_EXPECT_EQ(kern_path("/tmp", LOOKUP_FOLLOW, &tmp), 0);
	KUNIT_EXPECT_STREQ(d_absolute_path(&tmp, buf, sizeof(buf)), "/tmp");
	KUNIT_EXPECT_STREQ(d_path(&tmp, buf, sizeof(buf)), "/tmp");
	KUNIT_EXPECT_STREQ(dentry_path(tmp.dentry, buf, sizeof(buf)), "/tmp");
	KUNIT_EXPECT_EQ(PTR_ERR(d_path(&tmp, buf, 4)), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(PTR_ERR(d_path(&tmp, buf, 3)), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(PTR_ERR(dentry_path(tmp.dentry, buf, 4)), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(PTR_ERR(dentry_path(tmp.dentry, buf, 3)), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(PTR_ERR(dynamic_dname(buf, 4, "%s", "abcd")), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(PTR_ERR(dynamic_dname(buf, 32, "%070d", 1)), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(PTR_ERR(simple_dname(tmp.dentry, buf, 8)), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(PTR_ERR(simple_dname(tmp.dentry, buf, 13)), -ENAMETOOLONG);
	KUNIT_EXPECT_STREQ(simple_dname(tmp.dentry, buf, 32), "/tmp (deleted)");
	path_put(&tmp);
}

/* Removed and detached paths, as shown in /proc. */
static void removed_and_detached_paths(void)
{
	struct path path;
	char buf[32];
	s64 fd;

	KUNIT_EXPECT_TRUE(sys(ROOT, openat, AT_FDCWD, text("/tmp/d"), O_CREAT, 0600) >= 0);
	KUNIT_EXPECT_EQ(kern_path("/tmp/d", 0, &path), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, unlinkat, AT_FDCWD, text("/tmp/d"), 0), 0);
	KUNIT_EXPECT_STREQ(d_path(&path, buf, sizeof(buf)), "/tmp/d (deleted)");
	KUNIT_EXPECT_STREQ(dentry_path(path.dentry, buf, sizeof(buf)), "/tmp/d//deleted");
	path_put(&path);
	fd = sys(ROOT, fsopen, text("tmpfs"), 0);
	KUNIT_EXPECT_EQ(fs_create(ROOT, fd), 0);
	fd = sys(ROOT, fsmount, fd, 0, 0);
	KUNIT_EXPECT_TRUE(fd >= 0);
	path = init_task.files->fdt->fd[fd]->f_path;
	KUNIT_EXPECT_EQ(PTR_ERR(d_absolute_path(&path, buf, sizeof(buf))), -EINVAL);
	kernel_user_reset();
}

static void numbers(void)
{
	char *end;
	s64 value;

	KUNIT_EXPECT_EQ(kstrtos64("-5", 10, &value), 0);
	KUNIT_EXPECT_EQ(value, -5);
	KUNIT_EXPECT_EQ(simple_strtoul("12x", &end, 10), 12);
	KUNIT_EXPECT_STREQ(end, "x");
	KUNIT_EXPECT_EQ(simple_strtoull("0x1f", NULL, 0), 31);
}

KUNIT_SUITE(texts, KUNIT_CASE(boots), KUNIT_CASE(seq_files), KUNIT_CASE(seq_file_paths),
	    KUNIT_CASE(paths), KUNIT_CASE(removed_and_detached_paths), KUNIT_CASE(numbers))
