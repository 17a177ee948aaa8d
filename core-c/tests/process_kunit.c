// SPDX-License-Identifier: GPL-2.0-only
/* Processes and their fds, through the host's calls: FD-01 to FD-05, CS-05, SY-08 to SY-11. */
#include <linux/fd_kind.h>
#include <linux/sysctl.h>

#include "host.h"
#include "kunit.h"

static void fork_exit_wait(void)
{
	s32 before[NR_LIVE_KINDS], after[NR_LIVE_KINDS], child, grandchild;

	live_now(before);
	child = kernel_fork(1);
	KUNIT_EXPECT_TRUE(child > 1);
	KUNIT_EXPECT_EQ(sys(child, getpid), child);
	KUNIT_EXPECT_EQ(kernel_wait(1, child), -ECHILD);
	KUNIT_EXPECT_EQ(last_check(), CHK_TASK_NOT_CHILD);
	grandchild = kernel_fork(child);
	KUNIT_EXPECT_EQ(kernel_wait(1, grandchild), -ECHILD);
	kernel_exit(child, 0x1ff);
	KUNIT_EXPECT_EQ(sys(child, getpid), -ESRCH);
	KUNIT_EXPECT_EQ(kernel_fork(child), -ESRCH);
	KUNIT_EXPECT_EQ(kernel_wait(1, child), 0xff);
	KUNIT_EXPECT_EQ(kernel_wait(1, child), -ECHILD);
	/* an orphan is freed when it exits */
	KUNIT_EXPECT_EQ(sys(grandchild, getpid), grandchild);
	kernel_exit(grandchild, 0);
	KUNIT_EXPECT_EQ(kernel_wait(1, grandchild), -ECHILD);
	KUNIT_EXPECT_EQ(sys(77777, getpid), -ESRCH);
	KUNIT_EXPECT_EQ(sys((u32)-1, getpid), -ESRCH);
	live_now(after);
	KUNIT_EXPECT_EQ(memcmp(before, after, sizeof(before)), 0);
}

static void at_most_64_processes(void)
{
	s32 child[MAX_TASKS], i, n = 0;

	for (;;) {
		child[n] = kernel_fork(1);
		if (child[n] < 0)
			break;
		n++;
	}
	KUNIT_EXPECT_EQ(child[n], -ENOTMODELLED);
	KUNIT_EXPECT_EQ(n, MAX_TASKS - 1);
	/* a zombie counts until it is reaped */
	kernel_exit((u32)child[0], 0);
	KUNIT_EXPECT_EQ(kernel_fork(1), -ENOTMODELLED);
	KUNIT_EXPECT_EQ(kernel_wait(1, (u32)child[0]), 0);
	child[0] = kernel_fork(1);
	KUNIT_EXPECT_TRUE(child[0] > 0);
	for (i = 0; i < n; i++) {
		kernel_exit((u32)child[i], 0);
		kernel_wait(1, (u32)child[i]);
	}
	KUNIT_EXPECT_EQ(kernel_live(LIVE_TASKS), 1);
}

static void fork_copies_fds(void)
{
	s32 child;
	s64 fd = sys(1, openat, AT_FDCWD, text("/dev/null"), O_RDWR | O_CLOEXEC);

	child = kernel_fork(1);
	KUNIT_EXPECT_EQ(sys(child, close, fd), 0);
	KUNIT_EXPECT_EQ(sys(child, close, fd), -EBADF);
	KUNIT_EXPECT_EQ(last_check(), CHK_CLOSE_FD);
	KUNIT_EXPECT_EQ(sys(1, fcntl, fd, F_GETFD), FD_CLOEXEC);
	KUNIT_EXPECT_EQ(kernel_fd_next(1, 0), 0);
	KUNIT_EXPECT_EQ(kernel_call_block()->out[0], FD_KIND_NULL);
	KUNIT_EXPECT_EQ(kernel_fd_next(1, (u32)fd), fd);
	KUNIT_EXPECT_EQ(kernel_call_block()->out[1], 1);
	KUNIT_EXPECT_EQ(kernel_fd_next(1, (u32)fd + 1), -1);
	KUNIT_EXPECT_EQ(kernel_fd_next((u32)child, (u32)fd), -1);
	kernel_exit((u32)child, 0);
	KUNIT_EXPECT_EQ(kernel_fd_next((u32)child, 0), -1);
	kernel_wait(1, (u32)child);
	KUNIT_EXPECT_EQ(sys(1, close, fd), 0);
	kernel_user_reset();
}

static void exec_closes_fds(void)
{
	s32 child = kernel_fork(1);
	s64 stays = sys(child, openat, AT_FDCWD, text("/"), O_RDONLY);
	s64 goes = sys(child, openat, AT_FDCWD, text("/"), O_RDONLY | O_CLOEXEC);
	s64 kept = sys(child, fcntl, goes, F_DUPFD, 20);
	s64 gone = sys(child, fcntl, stays, F_DUPFD_CLOEXEC, 100);

	KUNIT_EXPECT_EQ(kept, 20);
	KUNIT_EXPECT_EQ(gone, 100);
	KUNIT_EXPECT_EQ(kernel_exec((u32)child), 0);
	KUNIT_EXPECT_EQ(sys(child, fcntl, stays, F_GETFD), 0);
	KUNIT_EXPECT_EQ(sys(child, fcntl, kept, F_GETFD), 0);
	KUNIT_EXPECT_EQ(sys(child, fcntl, goes, F_GETFD), -EBADF);
	KUNIT_EXPECT_EQ(sys(child, fcntl, gone, F_GETFD), -EBADF);
	/* reuses the lowest free fd */
	KUNIT_EXPECT_EQ(sys(child, dup, 0), goes);
	kernel_exit((u32)child, 0);
	kernel_wait(1, (u32)child);
	kernel_user_reset();
}

static void fd_tables_grow(void)
{
	s32 child = kernel_fork(1), grandchild;
	u64 limit[2] = { 4096, 4096 };
	s32 i;

	KUNIT_EXPECT_EQ(sys(child, dup2, 0, 1023), 1023);
	KUNIT_EXPECT_EQ(sys(child, dup2, 0, 1024), -EBADF);
	KUNIT_EXPECT_EQ(last_check(), CHK_DUP_RANGE);
	KUNIT_EXPECT_EQ(sys(child, prlimit64, 0, RLIMIT_NOFILE, user(limit, 16), 0), 0);
	KUNIT_EXPECT_EQ(sys(child, dup3, 0, 4095, O_CLOEXEC), 4095);
	for (i = 3; i < 1023; i++)
		if (sys(child, dup, 1) != i)
			break;
	KUNIT_EXPECT_EQ(i, 1023);
	KUNIT_EXPECT_EQ(sys(child, dup, 1), 1024);
	KUNIT_EXPECT_EQ(sys(child, close, 500), 0);
	KUNIT_EXPECT_EQ(sys(child, dup, 1), 500);
	grandchild = kernel_fork((u32)child);
	KUNIT_EXPECT_EQ(sys(grandchild, fcntl, 4095, F_GETFD), FD_CLOEXEC);
	KUNIT_EXPECT_EQ(sys(grandchild, fcntl, 1024, F_GETFD), 0);
	kernel_exit((u32)grandchild, 0);
	kernel_exit((u32)child, 0);
	kernel_wait(1, (u32)child);
	kernel_user_reset();
	KUNIT_EXPECT_EQ(kernel_live(LIVE_TASKS), 1);
}

static void send_fd(void)
{
	s32 a = kernel_fork(1), b = kernel_fork(1);
	s64 fd = sys(a, openat, AT_FDCWD, text("/"), O_PATH | O_CLOEXEC);
	u64 limit[2] = { 3, 3 };

	KUNIT_EXPECT_EQ(kernel_send_fd((u32)a, (u32)fd, (u32)b), 3);
	KUNIT_EXPECT_EQ(sys(b, fcntl, 3, F_GETFD), 0);
	KUNIT_EXPECT_EQ(sys(a, close, fd), 0);
	KUNIT_EXPECT_EQ(sys(b, fcntl, 3, F_GETFL) & O_PATH, O_PATH);
	KUNIT_EXPECT_EQ(kernel_send_fd((u32)a, (u32)fd, (u32)b), -EBADF);
	KUNIT_EXPECT_EQ(last_check(), CHK_SCM_FD);
	KUNIT_EXPECT_EQ(kernel_send_fd((u32)b, 3, 77777), -ESRCH);
	KUNIT_EXPECT_EQ(sys(a, prlimit64, 0, RLIMIT_NOFILE, user(limit, 16), 0), 0);
	KUNIT_EXPECT_EQ(kernel_send_fd((u32)b, 3, (u32)a), -EMFILE);
	KUNIT_EXPECT_EQ(last_check(), CHK_FD_LIMIT);
	kernel_exit((u32)a, 0);
	kernel_exit((u32)b, 0);
	kernel_wait(1, (u32)a);
	kernel_wait(1, (u32)b);
	kernel_user_reset();
}

static void setns_enters_namespaces(void)
{
	s32 before[NR_LIVE_KINDS], after[NR_LIVE_KINDS];
	s32 a, b, fd;

	live_now(before);
	a = kernel_fork(1);
	b = kernel_fork(1);
	KUNIT_EXPECT_EQ(sys(a, unshare, CLONE_NEWUSER | CLONE_NEWNS), 0);
	/* UN-05: the euid is not mapped in the parent */
	KUNIT_EXPECT_EQ(sys(a, unshare, CLONE_NEWUSER), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_USERNS_UID_MAPPED);
	fd = kernel_open_ns((u32)b, (u32)a, CLONE_NEWUSER);
	KUNIT_EXPECT_EQ(fd, 3);
	KUNIT_EXPECT_EQ(sys(b, fcntl, fd, F_GETFD), FD_CLOEXEC);
	KUNIT_EXPECT_EQ(kernel_fd_next((u32)b, 3), 3);
	KUNIT_EXPECT_EQ(kernel_call_block()->out[0], FD_KIND_USERNS);
	KUNIT_EXPECT_EQ(sys(b, setns, fd, CLONE_NEWNS), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_SETNS_TYPE);
	KUNIT_EXPECT_EQ(sys(b, setns, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_SETNS_KIND);
	KUNIT_EXPECT_EQ(sys(b, setns, 99, 0), -EBADF);
	KUNIT_EXPECT_EQ(sys(b, setns, fd, 0), 0);
	KUNIT_EXPECT_EQ(sys(b, setns, fd, CLONE_NEWUSER), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_SETNS_USERNS_SAME);
	fd = kernel_open_ns((u32)b, (u32)a, CLONE_NEWNS);
	KUNIT_EXPECT_TRUE(fd > 0);
	KUNIT_EXPECT_EQ(sys(b, setns, fd, CLONE_NEWNS), 0);
	/* the parent's user namespace is not accessible from here */
	fd = kernel_open_ns((u32)b, 1, CLONE_NEWUSER);
	KUNIT_EXPECT_EQ(fd, -EACCES);
	KUNIT_EXPECT_EQ(kernel_open_ns((u32)b, (u32)a, 1), -EINVAL);
	kernel_exit((u32)a, 0);
	kernel_wait(1, (u32)a);
	kernel_settle();
	KUNIT_EXPECT_EQ(kernel_live(LIVE_USER_NAMESPACES), before[LIVE_USER_NAMESPACES] + 1);
	kernel_exit((u32)b, 0);
	kernel_wait(1, (u32)b);
	live_now(after);
	KUNIT_EXPECT_EQ(memcmp(before, after, sizeof(before)), 0);
}

static void user_namespaces_nest_to_33(void)
{
	s32 child = kernel_fork(1);
	s32 i;

	for (i = 1; i <= 33; i++) {
		s64 fd;

		if (sys(child, unshare, CLONE_NEWUSER))
			break;
		fd = sys(child, openat, AT_FDCWD, text("/proc/self/uid_map"), O_WRONLY);
		KUNIT_EXPECT_EQ(sys(child, write, fd, text("0 0 1"), 5), 5);
		sys(child, close, fd);
		fd = sys(child, openat, AT_FDCWD, text("/proc/self/setgroups"), O_WRONLY);
		sys(child, write, fd, text("deny"), 4);
		sys(child, close, fd);
		fd = sys(child, openat, AT_FDCWD, text("/proc/self/gid_map"), O_WRONLY);
		KUNIT_EXPECT_EQ(sys(child, write, fd, text("0 0 1"), 5), 5);
		sys(child, close, fd);
		kernel_user_reset();
	}
	KUNIT_EXPECT_EQ(i, 34);
	KUNIT_EXPECT_EQ(sys(child, unshare, CLONE_NEWUSER), -ENOSPC);
	KUNIT_EXPECT_EQ(last_check(), CHK_USERNS_LEVEL);
	kernel_exit((u32)child, 0);
	kernel_wait(1, (u32)child);
	kernel_settle();
	KUNIT_EXPECT_EQ(kernel_live(LIVE_USER_NAMESPACES), 1);
}

static void unprivileged_bpf_disabled(void)
{
	const u32 id = SYSCTL_UNPRIVILEGED_BPF_DISABLED;
	s32 child = kernel_fork(1);

	KUNIT_EXPECT_EQ(kernel_sysctl_read(id), 2);
	KUNIT_EXPECT_EQ(sys(child, unshare, CLONE_NEWUSER), 0);
	KUNIT_EXPECT_EQ(kernel_sysctl_write((u32)child, id, 0), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_SYSCTL_CAP);
	KUNIT_EXPECT_EQ(kernel_sysctl_write((u32)child, id, 7), -EPERM);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(1, id, 3), -EINVAL);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(1, id, -1), -EINVAL);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(1, id, 0), 0);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(1, id, 2), 0);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(1, id, 1), 0);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(1, id, 2), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_SYSCTL_LOCKED);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(1, id, 3), -EINVAL);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(1, id, 1), 0);
	KUNIT_EXPECT_EQ(kernel_sysctl_read(id), 1);
	KUNIT_EXPECT_EQ(kernel_sysctl_write(1, 99, 1), -EINVAL);
	KUNIT_EXPECT_EQ(kernel_sysctl_read(99), -EINVAL);
	kernel_exit((u32)child, 0);
	kernel_wait(1, (u32)child);
}

static void bad_calls(void)
{
	KUNIT_EXPECT_EQ(call6(1, 9999, 0, 0, 0, 0, 0, 0), -ENOTMODELLED);
	KUNIT_EXPECT_STREQ(kernel_refusals()->not_modelled, "syscall 9999");
	KUNIT_EXPECT_EQ(sys(1, prctl, 1234), -ENOTMODELLED);
	KUNIT_EXPECT_EQ(sys(1, getpid), 1);
	KUNIT_EXPECT_TRUE(!kernel_refusals()->not_modelled);
	KUNIT_EXPECT_EQ(kernel_live(NR_LIVE_KINDS), -1);
	kernel_lsm_answer(99, -1);
	kernel_fail_nth(99, 1);
	KUNIT_EXPECT_EQ(kernel_boot(RELEASE_NEWEST, 2, 0, 0), -EBUSY);
}

static void user_memory_ends_exactly(void)
{
	u64 a = user("abcdefgh", 8), b = user("abcdefgh", 8);
	char buf[32];

	KUNIT_EXPECT_EQ(copy_from_user(buf, (void *)a, 8), 0);
	KUNIT_EXPECT_EQ(copy_from_user(buf, (void *)a, 9), 1);
	KUNIT_EXPECT_EQ(copy_from_user(buf, (void *)(a + 8), 1), 1);
	KUNIT_EXPECT_EQ(copy_from_user(buf, (void *)(b - 1), 1), 1);
	KUNIT_EXPECT_EQ(copy_from_user(buf, NULL, 1), 1);
	KUNIT_EXPECT_EQ(copy_from_user(buf, NULL, 0), 0);
	KUNIT_EXPECT_EQ(copy_to_user((void *)(a + 4), "xyz", 3), 0);
	KUNIT_EXPECT_EQ(copy_to_user((void *)(a + 7), "xyz", 3), 2);
	KUNIT_EXPECT_EQ(strncpy_from_user(buf, (void *)a, sizeof(buf)), -EFAULT);
	KUNIT_EXPECT_EQ(strncpy_from_user(buf, (void *)a, 4), 4);
	KUNIT_EXPECT_EQ(strnlen_user((void *)a, 100), 0);
	a = text("hello");
	KUNIT_EXPECT_EQ(strncpy_from_user(buf, (void *)a, sizeof(buf)), 5);
	KUNIT_EXPECT_STREQ(buf, "hello");
	KUNIT_EXPECT_EQ(strnlen_user((void *)a, 100), 6);
	KUNIT_EXPECT_EQ(strnlen_user((void *)a, 5), 6);
	KUNIT_EXPECT_EQ(check_zeroed_user((void *)a, 0), 1);
	a = user("\0\0\0\1", 4);
	KUNIT_EXPECT_EQ(check_zeroed_user((void *)a, 3), 1);
	KUNIT_EXPECT_EQ(check_zeroed_user((void *)a, 4), 0);
	a = user(NULL, 40000);
	KUNIT_EXPECT_EQ(check_zeroed_user((void *)a, 40000), 1);
	KUNIT_EXPECT_EQ(check_zeroed_user((void *)a, 40001), -EFAULT);
	kernel_user_reset();
	KUNIT_EXPECT_EQ(copy_from_user(buf, (void *)b, 1), 1);
}

static void boots(void)
{
	KUNIT_EXPECT_EQ(kernel_boot(1234, 2, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(kernel_boot(RELEASE_NEWEST, 3, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(kernel_boot(RELEASE_NEWEST, 2, 0, 1u << 31), -EINVAL);
	boot(RELEASE_NEWEST);
	KUNIT_EXPECT_EQ(kernel_abi_version(), 1);
	KUNIT_EXPECT_EQ(kernel_live(LIVE_TASKS), 1);
}

KUNIT_SUITE(process, KUNIT_CASE(boots), KUNIT_CASE(fork_exit_wait),
	    KUNIT_CASE(at_most_64_processes), KUNIT_CASE(fork_copies_fds),
	    KUNIT_CASE(exec_closes_fds), KUNIT_CASE(fd_tables_grow), KUNIT_CASE(send_fd),
	    KUNIT_CASE(setns_enters_namespaces), KUNIT_CASE(user_namespaces_nest_to_33),
	    KUNIT_CASE(unprivileged_bpf_disabled), KUNIT_CASE(bad_calls),
	    KUNIT_CASE(user_memory_ends_exactly))
