// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault injection must not leak. The same scenario runs repeatedly, each time with a later request
 * failing. Afterwards the counts of live objects are as before.
 */
#include <linux/capability.h>
#include <linux/slab.h>
#include <uapi/linux/prctl.h>

#include "host.h"
#include "kunit.h"

static u32 failures;

/* A call may fail because of the injected fault or its consequences. */
static s64 expect(s64 ret)
{
	if (ret < 0)
		failures++;
	return ret;
}

static void files(u32 pid)
{
	s64 null = expect(sys(pid, openat, AT_FDCWD, text("/dev/null"), O_RDWR));
	s64 dir = expect(sys(pid, openat, AT_FDCWD, text("/tmp"), O_PATH | O_DIRECTORY));

	expect(sys(pid, fcntl, null, F_DUPFD_CLOEXEC, 200));
	expect(sys(pid, openat, dir, text("d"), O_CREAT | O_RDWR, 0600));
	expect(sys(pid, unlinkat, dir, text("d"), 0));
	expect(sys(pid, memfd_create, text("m"), 0));
	kernel_user_reset();
}

static void credentials(u32 pid)
{
	u32 groups[3] = { 7, 5, 6 };

	expect(sys(pid, setgroups, 3, user(groups, sizeof(groups))));
	expect(sys(pid, prctl, PR_CAPBSET_DROP, CAP_SYS_BOOT));
	expect(sys(pid, setresgid, 5, 5, 5));
	expect(sys(pid, setresuid, 5, 5, 5));
	kernel_user_reset();
}

static void map(u32 pid, const char *file, const char *what)
{
	s64 fd = expect(sys(pid, openat, AT_FDCWD, text(file), O_RDWR));

	expect(sys(pid, write, fd, text(what), strlen(what)));
	expect(sys(pid, read, fd, user(NULL, 100), 100));
	kernel_user_reset();
}

static void life(void)
{
	s32 parent = (s32)expect(kernel_fork(1)), child;

	if (parent < 0)
		return;
	files((u32)parent);
	credentials((u32)parent);
	expect(sys(parent, unshare, CLONE_NEWUSER | CLONE_NEWNS));
	map((u32)parent, "/proc/self/uid_map", "0 5 1");
	expect(kernel_exec((u32)parent));
	child = (s32)expect(kernel_fork((u32)parent));
	if (child > 0) {
		expect(kernel_send_fd((u32)parent, 0, (u32)child));
		expect(kernel_open_ns(1, (u32)child, CLONE_NEWUSER));
		expect(kernel_open_ns(1, (u32)child, CLONE_NEWNS));
		expect(sys(child, unshare, CLONE_NEWNS));
		kernel_exit((u32)child, 0);
		kernel_wait((u32)parent, (u32)child);
	}
	kernel_exit((u32)parent, 0);
	kernel_wait(1, (u32)parent);
	for (s32 fd = kernel_fd_next(1, 3); fd >= 0; fd = kernel_fd_next(1, 3))
		sys(1, close, fd);
}

static void sweep(enum fault_kind kind, u32 at_least)
{
	s32 before[NR_LIVE_KINDS], after[NR_LIVE_KINDS];
	u32 n, normal, i;

	failures = 0;
	life();
	normal = failures;
	live_now(before);
	for (n = 1; n < 5000; n++) {
		failures = 0;
		kernel_fail_nth(kind, n);
		life();
		kernel_fail_nth(kind, 0);
		/* remains if the fault hit its removal */
		sys(1, unlinkat, AT_FDCWD, text("/tmp/d"), 0);
		kernel_user_reset();
		live_now(after);
		for (i = 0; i < NR_LIVE_KINDS; i++) {
			if (before[i] != after[i])
				printf("request %u of kind %u: live kind %u\n", n, kind, i);
			KUNIT_EXPECT_EQ(after[i], before[i]);
		}
		if (failures == normal && n > at_least)
			break;
	}
	printf("faults: kind %u: %u requests per run\n", kind, n - 1);
	KUNIT_EXPECT_TRUE(n > at_least && n < 5000);
}

static void memory(void)
{
	boot(RELEASE_NEWEST);
	sweep(FAULT_ALLOC, 60);
}

static void inodes(void)
{
	sweep(FAULT_INODE, 2);
}

static void open_files(void)
{
	sweep(FAULT_FILE, 8);
}

static void fds(void)
{
	sweep(FAULT_FD, 8);
}

KUNIT_SUITE(faults, KUNIT_CASE(memory), KUNIT_CASE(inodes), KUNIT_CASE(open_files), KUNIT_CASE(fds))
