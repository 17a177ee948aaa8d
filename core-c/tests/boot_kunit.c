// SPDX-License-Identifier: GPL-2.0-only
/*
 * A boot that runs out of memory, inodes or files must fail with an errno, and must neither crash
 * nor pretend to succeed.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "bpf_host.h"

#define ENOUGH 2000u

static u32 request, kind;

/* Runs in its own process, because a process can boot only once. */
static s32 boot_without(void)
{
	kernel_fail_nth(kind, request);
	return kernel_boot(RELEASE_NEWEST, 2, 0, 0);
}

/* Result of a boot: 0 booted without reaching the fault, 1 refused, 2 anything else. */
static int outcome(void)
{
	int status = 0, pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		s32 err = boot_without();
		bool left = kernel_fail_nth(kind, 0);

		_exit(!err && left ? 0 : err == -ENOMEM || err == -ENFILE || err == -EMFILE ||
		      err == -ENOSPC ? 1 : 2);
	}
	waitpid(pid, &status, 0);
	return status >> 8 & 0xff ? status >> 8 & 0xff : status;
}

static void refused(u32 which, u32 at_least)
{
	int how;

	kind = which;
	for (request = 1; request < ENOUGH; request++) {
		how = outcome();
		if (how != 1)
			break;
	}
	KUNIT_EXPECT_EQ(how, 0);
	KUNIT_EXPECT_TRUE(request > at_least);
}

static void without_memory(void)
{
	refused(FAULT_ALLOC, 50);
}

static void without_inodes(void)
{
	refused(FAULT_INODE, 8);
}

static void without_files(void)
{
	refused(FAULT_FILE, 1);
}

static void without_bpf(void)
{
	KUNIT_EXPECT_EQ(kernel_boot(RELEASE_NEWEST, 2, 0, 1), 0);
	KUNIT_EXPECT_EQ(sys(ROOT, bpf, BPF_MAP_CREATE, 0, 0), -ENOSYS);
}

KUNIT_SUITE(boot, KUNIT_CASE(without_memory), KUNIT_CASE(without_inodes),
	    KUNIT_CASE(without_files), KUNIT_CASE(without_bpf))
