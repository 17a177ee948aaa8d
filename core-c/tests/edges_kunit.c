// SPDX-License-Identifier: GPL-2.0-only
/* Arguments and situations at the edges of a rule, of which no scenario has all combinations. */
#include <linux/capability.h>
#include <uapi/linux/prctl.h>
#include <uapi/linux/stat.h>

#include "bpf_host.h"

static s64 open_at(u32 pid, const char *path, int flags)
{
	s64 fd = sys(pid, openat, AT_FDCWD, text(path), flags, 0700);

	kernel_user_reset();
	return fd;
}

static s64 mount_at(u32 pid, const char *from, const char *to, const char *type, u64 flags)
{
	s64 err = sys(pid, mount, text(from), text(to), type ? text(type) : 0, flags, 0);

	kernel_user_reset();
	return err;
}

/* What readlink(2) of /proc/self/fd/@fd returns. */
static const char *link_of(u32 pid, s64 fd)
{
	static char buf[64];
	u64 at = user(NULL, sizeof(buf));
	char path[40];
	s64 n;

	__builtin_snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)fd);
	n = sys(pid, readlinkat, AT_FDCWD, text(path), at, sizeof(buf) - 1);
	memcpy(buf, (void *)at, n > 0 ? (size_t)n : 0);
	buf[n > 0 ? n : 0] = 0;
	kernel_user_reset();
	return buf;
}

static void starts(void)
{
	boot(RELEASE_NEWEST);
}

static void names(void)
{
	s64 ctx = sys(ROOT, fsopen, text("bpf"), 0), fd;

	KUNIT_EXPECT_STREQ(link_of(ROOT, ctx), "anon_inode:[fscontext]");
	KUNIT_EXPECT_EQ(sys(ROOT, fsopen, text("bpf.sub"), 0), -ENODEV);
	KUNIT_EXPECT_EQ(sys(ROOT, fsopen, text("nothing"), 0), -ENODEV);
	fd = sys(ROOT, memfd_create, text("a"), 0);
	KUNIT_EXPECT_STREQ(link_of(ROOT, fd), "/memfd:a (deleted)");
	KUNIT_EXPECT_EQ(open_at(ROOT, "/tmp/.a", O_RDONLY), -ENOENT);
	KUNIT_EXPECT_EQ(open_at(ROOT, "/tmp/a.", O_RDONLY), -ENOENT);
	KUNIT_EXPECT_EQ(open_at(ROOT, "/tmp/a/", O_RDONLY), -ENOENT);
	KUNIT_EXPECT_EQ(open_at(ROOT, "/proc/self/fd/0123", O_RDONLY), -ENOENT);
	KUNIT_EXPECT_EQ(open_at(ROOT, "/proc/self/fd/1234567890", O_RDONLY), -ENOENT);
	KUNIT_EXPECT_EQ(open_at(ROOT, "/proc/self/fd/a", O_RDONLY), -ENOENT);
	KUNIT_EXPECT_EQ(open_at(ROOT, "/proc/0", O_RDONLY), -ENOTMODELLED);
	KUNIT_EXPECT_EQ(open_at(ROOT, "/proc/12345678", O_RDONLY), -ENOTMODELLED);
	fd = open_at(ROOT, "/tmp", O_RDONLY);
	KUNIT_EXPECT_EQ(sys(ROOT, newfstatat, fd, text("a"), 0, AT_EMPTY_PATH), -ENOENT);
	KUNIT_EXPECT_EQ(sys(ROOT, newfstatat, fd, 1, 0, AT_EMPTY_PATH), -EFAULT);
	KUNIT_EXPECT_EQ(sys(ROOT, newfstatat, AT_FDCWD, 0, 0, 0), -EFAULT);
	KUNIT_EXPECT_EQ(sys(ROOT, newfstatat, AT_FDCWD, text("/proc/self"), user(NULL, 144),
			    AT_SYMLINK_NOFOLLOW), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, readlinkat, AT_FDCWD, 1, user(NULL, 8), 8), -EFAULT);
	KUNIT_EXPECT_EQ(sys(ROOT, readlinkat, AT_FDCWD, text("/proc/self"), 1, 8), -EFAULT);
	KUNIT_EXPECT_EQ(sys(ROOT, readlinkat, AT_FDCWD, text("/proc/self/cwd"), 1, 8), -EFAULT);
	KUNIT_EXPECT_EQ(sys(ROOT, readlinkat, AT_FDCWD, text("/proc/self/cwd"), user(NULL, 1), 1), 1);
	KUNIT_EXPECT_EQ(sys(ROOT, readlinkat, AT_FDCWD, text("/proc/mounts"), user(NULL, 4), 4), 4);
	kernel_user_reset();
}

/* Which of key, value and number each command of fsconfig(2) takes: FS-06. */
static void fsconfig_arguments(void)
{
	static const struct {
		u32 cmd;
		bool key, value;
		int aux;
	} bad[] = {
		{ FSCONFIG_SET_FLAG, false, false, 0 }, { FSCONFIG_SET_FLAG, true, true, 0 },
		{ FSCONFIG_SET_FLAG, true, false, 1 }, { FSCONFIG_SET_STRING, false, true, 0 },
		{ FSCONFIG_SET_STRING, true, false, 0 }, { FSCONFIG_SET_STRING, true, true, 1 },
		{ FSCONFIG_SET_BINARY, false, true, 1 }, { FSCONFIG_SET_BINARY, true, false, 1 },
		{ FSCONFIG_SET_BINARY, true, true, 0 }, { FSCONFIG_SET_BINARY, true, true, 1048577 },
		{ FSCONFIG_SET_PATH, false, true, 0 }, { FSCONFIG_SET_PATH, true, false, 0 },
		{ FSCONFIG_SET_PATH, true, true, -1 }, { FSCONFIG_SET_FD, false, false, 0 },
		{ FSCONFIG_SET_FD, true, true, 0 }, { FSCONFIG_SET_FD, true, false, -1 },
		{ FSCONFIG_CMD_CREATE, true, false, 0 }, { FSCONFIG_CMD_CREATE, false, true, 0 },
		{ FSCONFIG_CMD_CREATE, false, false, 1 },
	};
	s64 ctx = sys(ROOT, fsopen, text("bpf"), 0);
	u32 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		KUNIT_EXPECT_EQ(sys(ROOT, fsconfig, ctx, bad[i].cmd, bad[i].key ? text("a") : 0,
				    bad[i].value ? text("b") : 0, bad[i].aux), -EINVAL);
		KUNIT_EXPECT_EQ(last_check(), CHK_FSCONFIG_ARGS);
		kernel_user_reset();
	}
	KUNIT_EXPECT_EQ(sys(ROOT, fsconfig, ctx, FSCONFIG_SET_PATH, text("source"), text("/"),
			    AT_FDCWD), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_OPTION_SOURCE_TYPE);
	kernel_user_reset();
}

static void owner(const char *path, u32 uid, u32 gid, u32 mode)
{
	u64 st = user(NULL, 144);

	KUNIT_EXPECT_EQ(sys(ROOT, newfstatat, AT_FDCWD, text(path), st, 0), 0);
	KUNIT_EXPECT_EQ(*(u32 *)(st + 28), uid);
	KUNIT_EXPECT_EQ(*(u32 *)(st + 32), gid);
	KUNIT_EXPECT_EQ(*(u32 *)(st + 24) & 07777, mode);
	kernel_user_reset();
}

static s64 change_owner(u32 pid, const char *path, u32 uid, u32 gid)
{
	return sys(pid, fchownat, AT_FDCWD, text(path), uid, gid, 0);
}

/* A task without capabilities: its own files, its own groups, and a directory with the set-group bit. */
static void ownership(void)
{
	u32 child = (u32)kernel_fork(ROOT), groups[4] = { 3, 5, 7, 9 };

	KUNIT_EXPECT_EQ(sys(ROOT, mkdirat, AT_FDCWD, text("/tmp/group"), 0777), 0);
	KUNIT_EXPECT_EQ(change_owner(ROOT, "/tmp/group", 4, 8), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, fchmodat, AT_FDCWD, text("/tmp/group"), 02777), 0);
	KUNIT_EXPECT_EQ(sys(child, setgroups, 4, user(groups, sizeof(groups))), 0);
	KUNIT_EXPECT_EQ(sys(child, setresgid, 2, 2, 2), 0);
	KUNIT_EXPECT_EQ(sys(child, setresuid, 1, 1, 1), 0);
	KUNIT_EXPECT_TRUE(open_at(child, "/tmp/group/file", O_CREAT | O_RDWR) >= 0);
	owner("/tmp/group/file", 1, 8, 0700);
	KUNIT_EXPECT_EQ(sys(child, mkdirat, AT_FDCWD, text("/tmp/group/dir"), 0777), 0);
	owner("/tmp/group/dir", 1, 8, 02755);
	/* group 8 is not one of the caller's */
	KUNIT_EXPECT_EQ(sys(child, fchmodat, AT_FDCWD, text("/tmp/group/file"), 02755), 0);
	owner("/tmp/group/file", 1, 8, 0755);
	KUNIT_EXPECT_EQ(change_owner(child, "/tmp/group/file", 1, (u32)-1), 0);
	KUNIT_EXPECT_EQ(change_owner(child, "/tmp/group/file", 2, (u32)-1), -EPERM);
	KUNIT_EXPECT_EQ(change_owner(child, "/tmp/group/file", (u32)-1, 8), 0);
	KUNIT_EXPECT_EQ(change_owner(child, "/tmp/group/file", (u32)-1, 6), -EPERM);
	KUNIT_EXPECT_EQ(change_owner(child, "/tmp/group/file", (u32)-1, 3), 0);
	KUNIT_EXPECT_EQ(change_owner(child, "/tmp/group/file", (u32)-1, 9), 0);
	owner("/tmp/group/file", 1, 9, 0755);
	KUNIT_EXPECT_EQ(sys(child, fchmodat, AT_FDCWD, text("/tmp/group/file"), 02755), 0);
	owner("/tmp/group/file", 1, 9, 02755);
	KUNIT_EXPECT_EQ(sys(ROOT, fchmodat, AT_FDCWD, text("/tmp/group"), 0755), 0);
	KUNIT_EXPECT_EQ(sys(child, unlinkat, AT_FDCWD, text("/tmp/group/file"), 0), -EACCES);
	KUNIT_EXPECT_EQ(sys(child, unlinkat, AT_FDCWD, text("/tmp/group/dir"), AT_REMOVEDIR), -EACCES);
	KUNIT_EXPECT_EQ(sys(child, chroot, text("/tmp")), -EPERM);
	KUNIT_EXPECT_EQ(change_owner(ROOT, "/tmp/group/file", 0, 0), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, fchmodat, AT_FDCWD, text("/tmp/group/file"), 0), 0);
	KUNIT_EXPECT_EQ(open_at(child, "/tmp/group/file", O_RDONLY), -EACCES);
	KUNIT_EXPECT_EQ(sys(ROOT, unlinkat, AT_FDCWD, text("/tmp/group/dir"), AT_REMOVEDIR), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, unlinkat, AT_FDCWD, text("/tmp/group/file"), 0), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, unlinkat, AT_FDCWD, text("/tmp/group"), AT_REMOVEDIR), 0);
	kernel_exit(child, 0);
	kernel_wait(ROOT, (s32)child);
	kernel_user_reset();
}

static void capabilities_of(u32 pid, u64 effective)
{
	u32 header[2] = { 0x20080522, 0 };
	u32 data[6] = { (u32)effective, ~0u, 0, (u32)(effective >> 32), 0x1ff, 0 };

	KUNIT_EXPECT_EQ(sys(pid, capset, user(header, 8), user(data, 24)), 0);
	kernel_user_reset();
}

/* CAP_DAC_READ_SEARCH alone, on a file and on a directory. */
static void read_search(void)
{
	u32 child = (u32)kernel_fork(ROOT);

	KUNIT_EXPECT_TRUE(open_at(ROOT, "/tmp/closed", O_CREAT | O_RDWR) >= 0);
	KUNIT_EXPECT_EQ(sys(ROOT, fchmodat, AT_FDCWD, text("/tmp/closed"), 0), 0);
	capabilities_of(child, 1ULL << CAP_DAC_READ_SEARCH);
	KUNIT_EXPECT_TRUE(open_at(child, "/tmp/closed", O_RDONLY) >= 0);
	KUNIT_EXPECT_EQ(open_at(child, "/tmp/closed", O_RDWR), -EACCES);
	capabilities_of(child, 0);
	KUNIT_EXPECT_EQ(open_at(child, "/tmp/closed", O_RDONLY), -EACCES);
	KUNIT_EXPECT_EQ(sys(ROOT, unlinkat, AT_FDCWD, text("/tmp/closed"), 0), 0);
	kernel_exit(child, 0);
	kernel_wait(ROOT, (s32)child);
	kernel_user_reset();
}

/* Flags that a container's copies of mounts keep: MN-02. */
static void locked_flags(void)
{
	static const u64 one[] = { MS_RDONLY, MS_NODEV, MS_NOSUID, MS_NOEXEC };
	const u64 all = MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC;
	const u64 remount = MS_REMOUNT | MS_BIND;
	u32 child, i;

	KUNIT_EXPECT_EQ(mount_at(ROOT, "none", "/mnt", "tmpfs", all), 0);
	child = container();
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(mount_at(child, "", "/mnt", NULL, remount | (all & ~one[i])), -EPERM);
		KUNIT_EXPECT_EQ(last_check(), CHK_REMOUNT_LOCKED);
	}
	KUNIT_EXPECT_EQ(mount_at(child, "", "/mnt", NULL, remount | all | MS_NOATIME), -EPERM);
	KUNIT_EXPECT_EQ(mount_at(child, "", "/mnt", NULL, remount | all), 0);
	KUNIT_EXPECT_EQ(mount_at(child, "", "/mnt", NULL, MS_REMOUNT | MS_NODEV), -EPERM);
	KUNIT_EXPECT_EQ(mount_at(child, "", "/tmp", NULL, MS_REMOUNT), -EINVAL);
	KUNIT_EXPECT_EQ(mount_at(child, "none", "/tmp", "proc", MS_NOATIME), -EPERM);
	KUNIT_EXPECT_EQ(mount_at(child, "/dev/null", "/tmp", NULL, MS_BIND), -ENOTDIR);
	kernel_exit(child, 0);
	kernel_wait(ROOT, (s32)child);
	KUNIT_EXPECT_EQ(open_at(ROOT, "/mnt/a", O_RDONLY | O_TRUNC), -ENOENT);
	KUNIT_EXPECT_EQ(sys(ROOT, umount2, text("/mnt"), 0), 0);
	kernel_user_reset();
}

static void read_only_mount(void)
{
	KUNIT_EXPECT_TRUE(open_at(ROOT, "/tmp/a", O_CREAT | O_RDWR) >= 0);
	KUNIT_EXPECT_EQ(mount_at(ROOT, "/tmp", "/mnt", NULL, MS_BIND), 0);
	KUNIT_EXPECT_EQ(mount_at(ROOT, "", "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY), 0);
	KUNIT_EXPECT_EQ(open_at(ROOT, "/mnt/a", O_RDONLY | O_TRUNC), -EROFS);
	KUNIT_EXPECT_EQ(sys(ROOT, unlinkat, AT_FDCWD, text("/mnt/a"), 0), -EROFS);
	KUNIT_EXPECT_EQ(sys(ROOT, unlinkat, AT_FDCWD, text("/tmp/a"), 0), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, umount2, text("/mnt"), 0), 0);
	kernel_user_reset();
}

/* More mounts than one page of text shows. */
static void long_mountinfo(void)
{
	u32 child = (u32)kernel_fork(ROOT), i;
	s64 fd, n, all = 0;
	u64 buf;

	KUNIT_EXPECT_EQ(sys(child, unshare, CLONE_NEWNS), 0);
	for (i = 0; i < 80; i++)
		KUNIT_EXPECT_EQ(mount_at(child, "none", "/mnt", "tmpfs", 0), 0);
	buf = user(NULL, 4096);
	fd = sys(child, openat, AT_FDCWD, text("/proc/self/mountinfo"), O_RDONLY);
	KUNIT_EXPECT_EQ(sys(child, read, fd, buf, 0), 0);
	while ((n = sys(child, read, fd, buf, 4096)) > 0)
		all += n;
	KUNIT_EXPECT_TRUE(all > 4096);
	kernel_exit(child, 0);
	kernel_wait(ROOT, (s32)child);
	kernel_user_reset();
}

/* A task that nothing maps, and that may not be looked at: its /proc files are root's. */
static void dump_owner(void)
{
	u32 child = (u32)kernel_fork(ROOT);
	char path[40];

	KUNIT_EXPECT_EQ(sys(child, setresuid, 5, 5, 5), 0);
	KUNIT_EXPECT_EQ(sys(child, unshare, CLONE_NEWUSER), 0);
	KUNIT_EXPECT_EQ(kernel_exec(child), 0);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_GET_DUMPABLE), 1);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_SET_DUMPABLE, 0), 0);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_GET_DUMPABLE), 0);
	__builtin_snprintf(path, sizeof(path), "/proc/%u/uid_map", child);
	owner(path, 0, 0, 0644);
	kernel_exit(child, 0);
	kernel_wait(ROOT, (s32)child);
}

static void privileges(void)
{
	u32 child = (u32)kernel_fork(ROOT);

	KUNIT_EXPECT_EQ(sys(child, prctl, PR_GET_NO_NEW_PRIVS), 0);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_SET_NO_NEW_PRIVS, 1), 0);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_GET_NO_NEW_PRIVS), 1);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_SET_KEEPCAPS, 1), 0);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_SET_KEEPCAPS, 0), 0);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, 1), 0);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL), 0);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 1), -EPERM);
	KUNIT_EXPECT_EQ(sys(child, setresuid, (u32)-1, (u32)-1, 7), 0);
	KUNIT_EXPECT_EQ(sys(child, setresuid, 0, 0, (u32)-1), 0);
	KUNIT_EXPECT_EQ(sys(child, setresgid, (u32)-1, (u32)-1, 7), 0);
	KUNIT_EXPECT_EQ(sys(child, setresgid, 0, 0, 7), 0);
	KUNIT_EXPECT_EQ(sys(child, setfsuid, 9), 0);
	KUNIT_EXPECT_EQ(sys(child, setfsuid, 9), 9);
	KUNIT_EXPECT_EQ(sys(child, setfsuid, (u32)-1), 9);
	KUNIT_EXPECT_EQ(sys(child, setfsuid, 7), 9);
	KUNIT_EXPECT_EQ(sys(child, setfsuid, 0), 7);
	KUNIT_EXPECT_EQ(sys(child, setfsgid, 9), 0);
	KUNIT_EXPECT_EQ(sys(child, setfsgid, 9), 9);
	KUNIT_EXPECT_EQ(sys(child, setfsgid, (u32)-1), 9);
	KUNIT_EXPECT_EQ(sys(child, setfsgid, 7), 9);
	capabilities_of(child, 0);
	KUNIT_EXPECT_EQ(sys(child, prctl, PR_SET_SECUREBITS, 0), -EPERM);
	KUNIT_EXPECT_EQ(sys(child, setfsgid, 8), 7);
	KUNIT_EXPECT_EQ(sys(child, setfsgid, 0), 7);
	KUNIT_EXPECT_EQ(sys(child, capget, 4096, 0), -EFAULT);
	kernel_exit(child, 0);
	kernel_wait(ROOT, (s32)child);
}

static void no_descriptor_left(void)
{
	u32 child = (u32)kernel_fork(ROOT);
	u64 limit[2] = { 3, 3 };

	KUNIT_EXPECT_EQ(sys(child, prlimit64, 0, 7, user(limit, 16), 0), 0);
	KUNIT_EXPECT_EQ(sys(child, dup, 0), -EMFILE);
	KUNIT_EXPECT_EQ(sys(child, fsopen, text("bpf"), 0), -EMFILE);
	KUNIT_EXPECT_EQ(sys(child, open_tree, AT_FDCWD, text("/"), 0), -EMFILE);
	KUNIT_EXPECT_EQ(sys(child, memfd_create, text("a"), 0), -EMFILE);
	KUNIT_EXPECT_EQ(kernel_open_ns(child, child, CLONE_NEWNS), -EMFILE);
	kernel_exit(child, 0);
	kernel_wait(ROOT, (s32)child);
	kernel_user_reset();
}

#define INSN(code_, dst, src, off_, imm_) \
	((struct bpf_insn){ .code = (code_), .dst_reg = (dst), .src_reg = (src), .off = (off_), \
			    .imm = (imm_) })

static s64 load_all(const struct bpf_insn *list, u32 n)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_XDP, .insn_cnt = n };
	s64 fd;

	attr.insns = user(list, n * sizeof(*list));
	attr.license = text("GPL");
	fd = bpf(ROOT, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0)
		sys(ROOT, close, fd);
	kernel_user_reset();
	return fd < 0 ? fd : 0;
}

static s64 load_one(struct bpf_insn insn)
{
	const struct bpf_insn list[] = { INSN(0xb7, 0, 0, 0, 0), insn, INSN(0x95, 0, 0, 0, 0) };

	return load_all(list, ARRAY_SIZE(list));
}

/* Fields that a compiler leaves 0, one of them set at a time; the first of a row is plain. */
static void forms(void)
{
	static const struct bpf_insn plain[] = {
		{ 0x87, 0, 0, 0, 0 }, { 0xd4, 0, 0, 0, 16 }, { 0xd7, 0, 0, 0, 32 }, { 0xb7, 0, 0, 0, 1 },
		{ 0xbf, 0, 1, 0, 0 }, { 0xbf, 0, 0, 32, 0 }, { 0xbc, 0, 0, 16, 0 }, { 0x37, 0, 0, 1, 1 },
		{ 0x9f, 0, 0, 1, 0 }, { 0x0f, 0, 0, 0, 0 }, { 0x07, 0, 0, 0, 1 }, { 0x05, 0, 0, 0, 0 },
		{ 0x06, 0, 0, 0, 0 }, { 0x15, 0, 0, 0, 1 }, { 0x1d, 0, 0, 0, 0 }, { 0x7b, 10, 0, -8, 0 },
		{ 0x62, 10, 0, -8, 1 }, { 0xdb, 10, 0, -8, 0xe1 }, { 0xdb, 10, 0, -8, 0xf1 },
		{ 0xc3, 10, 0, -8, 0x50 }, { 0x81, 0, 10, -8, 0 }, { 0x20, 0, 0, 0, 0 }, { 0x50, 0, 0, 0, 0 },
	};
	static const struct bpf_insn other[] = {
		{ 0x8f, 0, 0, 0, 0 }, { 0x87, 0, 1, 0, 0 }, { 0x87, 0, 0, 1, 0 }, { 0x87, 0, 0, 0, 1 },
		{ 0xd4, 0, 1, 0, 16 }, { 0xd4, 0, 0, 1, 16 }, { 0xdf, 0, 0, 0, 16 }, { 0xd4, 0, 0, 0, 8 },
		{ 0xb7, 0, 1, 0, 0 }, { 0xb7, 0, 0, 1, 0 }, { 0xbf, 0, 0, 0, 1 }, { 0xbf, 0, 0, 9, 0 },
		{ 0xbc, 0, 0, 32, 0 }, { 0x37, 0, 0, 2, 1 }, { 0x37, 0, 1, 0, 1 }, { 0x3f, 0, 0, 0, 1 },
		{ 0x07, 0, 0, 1, 1 }, { 0x07, 0, 1, 0, 1 }, { 0x0f, 0, 0, 0, 1 }, { 0xe7, 0, 0, 0, 0 },
		{ 0x05, 1, 0, 0, 0 }, { 0x05, 0, 1, 0, 0 }, { 0x05, 0, 0, 0, 1 }, { 0x0d, 0, 0, 0, 0 },
		{ 0x06, 0, 0, 1, 0 }, { 0x15, 0, 1, 0, 1 }, { 0x1d, 0, 0, 0, 1 }, { 0xe5, 0, 0, 0, 0 },
		{ 0x86, 0, 0, 0, 5 }, { 0x85, 1, 0, 0, 5 }, { 0x96, 0, 0, 0, 0 }, { 0x95, 1, 0, 0, 0 },
		{ 0x95, 0, 1, 0, 0 }, { 0x95, 0, 0, 1, 0 }, { 0x95, 0, 0, 0, 1 }, { 0x7b, 10, 0, -8, 1 },
		{ 0x62, 10, 1, -8, 1 }, { 0xd3, 10, 0, -8, 0 }, { 0xcb, 10, 0, -8, 0 }, { 0xdb, 10, 0, -8, 0x90 },
		{ 0xd9, 0, 10, -8, 0 }, { 0x81, 0, 10, -8, 1 }, { 0x99, 0, 10, -8, 0 }, { 0x83, 0, 10, -8, 0 },
		{ 0x38, 0, 0, 0, 0 }, { 0x20, 1, 0, 0, 0 }, { 0x20, 0, 0, 1, 0 }, { 0x20, 0, 1, 0, 0 },
		{ 0x60, 0, 0, 0, 0 }, { 0xe3, 0, 0, 0, 0 }, { 0x07, 11, 0, 0, 1 }, { 0x0f, 0, 11, 0, 0 },
	};
	u32 i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		s64 err = load_one(plain[i]);

		if (err)
			printf("plain %u: %lld\n", i, (long long)err);
		KUNIT_EXPECT_EQ(err, 0);
	}
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		s64 err = load_one(other[i]);

		if (err != -ENOTMODELLED)
			printf("other %u: %lld\n", i, (long long)err);
		KUNIT_EXPECT_EQ(err, -ENOTMODELLED);
	}
}

#define LOAD(insns...) \
	({ \
		const struct bpf_insn list[] = { insns }; \
		load_all(list, sizeof(list) / sizeof(list[0])); \
	})
#define RETURN_0 INSN(0xb7, 0, 0, 0, 0), INSN(0x95, 0, 0, 0, 0)
#define CALL(id) INSN(0x85, 0, 0, 0, id)

/* Programs that the model follows for a while, and accepts. */
static void flows(void)
{
	const struct bpf_insn spill = INSN(0x7b, 10, 1, -8, 0);

	KUNIT_EXPECT_EQ(LOAD(spill, INSN(0x62, 10, 0, -8, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(spill, INSN(0x79, 2, 10, -8, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(spill, INSN(0x61, 2, 10, -4, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x7b, 10, 10, -8, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x73, 10, 1, -8, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x7b, 10, 3, -8, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x7a, 10, 0, -520, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x7a, 10, 0, 0, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x61, 2, 1, 0, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0xbf, 2, 3, 0, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x0f, 1, 1, 0, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0xb7, 2, 0, 0, 0), INSN(0x0f, 2, 1, 0, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0xb7, 2, 0, 0, 0), INSN(0x0f, 2, 2, 0, 0), RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(CALL(5), CALL(7), CALL(8), CALL(118), RETURN_0), 0);
	/* two calls of one function, and one of none */
	KUNIT_EXPECT_EQ(LOAD(INSN(0x85, 0, 1, 0, 2), INSN(0x85, 0, 1, 0, 1), INSN(0x95, 0, 0, 0, 0),
			     RETURN_0), 0);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x85, 0, 1, 0, -5), RETURN_0), -EINVAL);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x85, 0, 2, 1, 0), RETURN_0), -ENOTMODELLED);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x18, 1, 0, 0, 0), INSN(0, 0, 0, 1, 0), RETURN_0), -EINVAL);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x18, 1, 0, 0, 0), INSN(0, 0, 1, 0, 0), RETURN_0), -EINVAL);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x18, 1, 0, 0, 0), INSN(0, 1, 0, 0, 0), RETURN_0), -EINVAL);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x18, 1, 0, 0, 0), INSN(1, 0, 0, 0, 0), RETURN_0), -EINVAL);
	KUNIT_EXPECT_EQ(LOAD(INSN(0x18, 1, 4, 0, 3), INSN(0, 0, 0, 0, 0), RETURN_0, RETURN_0), 0);
}

/* Sizes that a map type refuses, and the errno. */
static void map_sizes(void)
{
	static const struct {
		u32 type, key, value, max, flags;
		s64 err;
	} maps[] = {
		{ BPF_MAP_TYPE_ARRAY, 4, ~0u, 1, 0, -E2BIG },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 32769, 1, 0, -E2BIG },
		{ BPF_MAP_TYPE_HASH, 4, 4, (1u << 27) + 1, BPF_F_NO_PREALLOC, -E2BIG },
		{ BPF_MAP_TYPE_PERCPU_HASH, 4, 32769, 1, 0, -E2BIG },
		{ BPF_MAP_TYPE_QUEUE, 0, (4u << 20) + 1, 1, 0, -E2BIG },
		{ BPF_MAP_TYPE_BLOOM_FILTER, 0, (4u << 20) + 1, 1, 0, -E2BIG },
		{ BPF_MAP_TYPE_STACK_TRACE, 4, 9, 1, 0, -EINVAL },
		{ BPF_MAP_TYPE_STACK_TRACE, 4, 1024, 1, 0, -EINVAL },
		{ BPF_MAP_TYPE_STACK_TRACE, 4, 8, (1u << 31) + 1, 0, -E2BIG },
		{ BPF_MAP_TYPE_LPM_TRIE, 8, (4u << 20) - 1, 1, BPF_F_NO_PREALLOC, -EINVAL },
		{ BPF_MAP_TYPE_LPM_TRIE, 4, 4, 1, BPF_F_NO_PREALLOC, -EINVAL },
		{ BPF_MAP_TYPE_LPM_TRIE, 261, 4, 1, BPF_F_NO_PREALLOC, -EINVAL },
		{ BPF_MAP_TYPE_SK_STORAGE, 4, 4, 1, BPF_F_NO_PREALLOC, -EINVAL },
		{ BPF_MAP_TYPE_SK_STORAGE, 8, 4, 0, BPF_F_NO_PREALLOC, -EINVAL },
		{ BPF_MAP_TYPE_SK_STORAGE, 4, 0, 0, BPF_F_NO_PREALLOC, -EINVAL },
		{ BPF_MAP_TYPE_SK_STORAGE, 4, 4, 0, BPF_F_NO_PREALLOC, -EINVAL },
		{ BPF_MAP_TYPE_STRUCT_OPS, 4, 4, 1, 0, -EINVAL },
	};
	u32 i;

	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		const union bpf_attr attr = { .map_type = maps[i].type, .key_size = maps[i].key,
					      .value_size = maps[i].value,
					      .max_entries = maps[i].max,
					      .map_flags = maps[i].flags };
		s64 err = bpf(ROOT, BPF_MAP_CREATE, &attr, sizeof(attr));

		if (err != maps[i].err)
			printf("map %u: %lld\n", i, (long long)err);
		KUNIT_EXPECT_EQ(err, maps[i].err);
		kernel_user_reset();
	}
}

/* Programs of the types that nothing can be attached for here, with every way to ask for it. */
static void attach_types(void)
{
	static const u32 types[][3] = {
		{ BPF_PROG_TYPE_PERF_EVENT, BPF_PERF_EVENT, 0 },
		{ BPF_PROG_TYPE_TRACEPOINT, BPF_PERF_EVENT, 0 },
		{ BPF_PROG_TYPE_KPROBE, BPF_PERF_EVENT, 0 },
		{ BPF_PROG_TYPE_KPROBE, BPF_TRACE_UPROBE_SESSION, BPF_TRACE_UPROBE_SESSION },
		{ BPF_PROG_TYPE_KPROBE, BPF_TRACE_UPROBE_MULTI, BPF_TRACE_UPROBE_MULTI },
		{ BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_SESSION, BPF_TRACE_KPROBE_SESSION },
		{ BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, BPF_SK_LOOKUP },
		{ BPF_PROG_TYPE_FLOW_DISSECTOR, BPF_FLOW_DISSECTOR, 0 },
		{ BPF_PROG_TYPE_LIRC_MODE2, BPF_LIRC_MODE2, 0 },
	};
	const struct bpf_insn insns[] = { RETURN_0 };
	u32 i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		union bpf_attr attr = { .prog_type = types[i][0], .insn_cnt = 2,
					.expected_attach_type = types[i][2] };
		s64 prog, err;

		attr.insns = user(insns, sizeof(insns));
		attr.license = text("GPL");
		prog = bpf(ROOT, BPF_PROG_LOAD, &attr, sizeof(attr));
		KUNIT_EXPECT_TRUE(prog >= 0);
		memset(&attr, 0, sizeof(attr));
		attr.link_create.prog_fd = (u32)prog;
		attr.link_create.target_fd = 99;
		attr.link_create.attach_type = types[i][1];
		err = bpf(ROOT, BPF_LINK_CREATE, &attr, sizeof(attr.link_create));
		KUNIT_EXPECT_TRUE(err == -EBADF || err == -EINVAL || err == -ENOTMODELLED);
		attr.link_create.attach_type = BPF_XDP;
		KUNIT_EXPECT_EQ(bpf(ROOT, BPF_LINK_CREATE, &attr, sizeof(attr.link_create)), -EINVAL);
		memset(&attr, 0, sizeof(attr));
		attr.attach_type = BPF_TCX_INGRESS;
		attr.attach_bpf_fd = (u32)prog;
		KUNIT_EXPECT_EQ(bpf(ROOT, BPF_PROG_DETACH, &attr, 32), -EINVAL);
		KUNIT_EXPECT_EQ(sys(ROOT, close, prog), 0);
		kernel_user_reset();
	}
}

KUNIT_SUITE(edges, KUNIT_CASE(starts), KUNIT_CASE(names), KUNIT_CASE(fsconfig_arguments),
	    KUNIT_CASE(ownership), KUNIT_CASE(read_search), KUNIT_CASE(locked_flags),
	    KUNIT_CASE(read_only_mount), KUNIT_CASE(long_mountinfo), KUNIT_CASE(dump_owner),
	    KUNIT_CASE(privileges), KUNIT_CASE(no_descriptor_left), KUNIT_CASE(forms),
	    KUNIT_CASE(flows), KUNIT_CASE(map_sizes), KUNIT_CASE(attach_types))
