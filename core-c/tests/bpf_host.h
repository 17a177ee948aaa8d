/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TESTS_BPF_HOST_H
#define _TESTS_BPF_HOST_H

/*
 * Helpers for token tests, in addition to host.h: a container as in the kernel's selftests, bpf(2)
 * calls, and a newly booted kernel of another release per test.
 */
#include <uapi/linux/bpf.h>
#include <uapi/linux/btf.h>
#include <uapi/linux/capability.h>
#include <uapi/linux/magic.h>
#include <uapi/linux/mount.h>
#include <uapi/linux/sched.h>

#include "host.h"
#include "kunit.h"

int fork(void);
int waitpid(int pid, int *status, int options);
void _exit(int status);
int fflush(void *stream);

#define ROOT 1	/* the first process: root in the initial user namespace */

/* Runs a test in its own process, because a process can boot only once. */
static inline void on_release(u32 release, void (*test)(void))
{
	int status = 0, pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		kunit.checks = 0;
		kunit.failures = 0;
		boot(release);
		test();
		fflush(NULL);
		_exit(kunit.failures > 100 ? 100 : kunit.failures);
	}
	waitpid(pid, &status, 0);
	KUNIT_EXPECT_EQ(status, 0);
}

static inline s64 bpf(u32 pid, u32 cmd, const union bpf_attr *attr, u32 size)
{
	return sys(pid, bpf, cmd, user(attr, size), size);
}

static inline s64 token_create(u32 pid, s64 bpffs)
{
	union bpf_attr attr = { .token_create = { .bpffs_fd = (u32)bpffs } };

	return bpf(pid, BPF_TOKEN_CREATE, &attr, 8);
}

static inline s64 set_option(u32 pid, s64 ctx, const char *key, const char *value)
{
	return sys(pid, fsconfig, ctx, FSCONFIG_SET_STRING, text(key), text(value), 0);
}

static inline s64 fs_create(u32 pid, s64 ctx)
{
	return sys(pid, fsconfig, ctx, FSCONFIG_CMD_CREATE, 0, 0, 0);
}

/*
 * Reads a whole file into a static buffer. Returns the text, or "" and the errno in *err. Frees
 * all user segments, because there are only few.
 */
static inline const char *slurp(u32 pid, const char *path, s64 *err)
{
	static char buf[8192];
	u64 at = (kernel_user_reset(), user(NULL, sizeof(buf)));
	s64 fd = sys(pid, openat, AT_FDCWD, text(path), O_RDONLY, 0);
	s64 n = fd < 0 ? fd : sys(pid, read, fd, at, sizeof(buf) - 1);

	if (fd >= 0)
		sys(pid, close, fd);
	if (err)
		*err = n;
	__builtin_memcpy(buf, (void *)(unsigned long)at, n > 0 ? (size_t)n : 0);
	buf[n > 0 ? n : 0] = 0;
	kernel_user_reset();
	return buf;
}

static inline s64 write_file(u32 pid, const char *path, const char *what)
{
	s64 fd = sys(pid, openat, AT_FDCWD, text(path), O_WRONLY, 0), n;

	if (fd < 0)
		return fd;
	n = sys(pid, write, fd, text(what), strlen(what));
	sys(pid, close, fd);
	return n < 0 ? n : 0;
}

/* A child that is root in its own user namespace and has its own mount namespace. */
static inline u32 container(void)
{
	u32 child = (u32)kernel_fork(ROOT);
	char path[40];

	KUNIT_EXPECT_EQ(sys(child, unshare, CLONE_NEWUSER), 0);
	__builtin_snprintf(path, sizeof(path), "/proc/%u/setgroups", child);
	KUNIT_EXPECT_EQ(write_file(child, path, "deny"), 0);
	__builtin_snprintf(path, sizeof(path), "/proc/%u/uid_map", child);
	KUNIT_EXPECT_EQ(write_file(child, path, "0 0 1"), 0);
	__builtin_snprintf(path, sizeof(path), "/proc/%u/gid_map", child);
	KUNIT_EXPECT_EQ(write_file(child, path, "0 0 1"), 0);
	KUNIT_EXPECT_EQ(sys(child, unshare, CLONE_NEWNS), 0);
	return child;
}

/* The delegate options of a bpffs; NULL omits an option. */
struct delegation {
	const char *cmds, *maps, *progs, *attachs;
};

/* The usual setup (spec MN-04). Returns an O_PATH fd of the mount in the container. */
static inline s64 delegate(u32 child, const struct delegation *d)
{
	s64 ctx = sys(child, fsopen, text("bpf"), 0), root_ctx, mnt;

	root_ctx = kernel_send_fd(child, (u32)ctx, ROOT);
	KUNIT_EXPECT_EQ(sys(child, close, ctx), 0);
	if (d->cmds)
		KUNIT_EXPECT_EQ(set_option(ROOT, root_ctx, "delegate_cmds", d->cmds), 0);
	if (d->maps)
		KUNIT_EXPECT_EQ(set_option(ROOT, root_ctx, "delegate_maps", d->maps), 0);
	if (d->progs)
		KUNIT_EXPECT_EQ(set_option(ROOT, root_ctx, "delegate_progs", d->progs), 0);
	if (d->attachs)
		KUNIT_EXPECT_EQ(set_option(ROOT, root_ctx, "delegate_attachs", d->attachs), 0);
	KUNIT_EXPECT_EQ(fs_create(ROOT, root_ctx), 0);
	mnt = sys(ROOT, fsmount, root_ctx, 0, 0);
	KUNIT_EXPECT_EQ(sys(ROOT, close, root_ctx), 0);
	ctx = kernel_send_fd(ROOT, (u32)mnt, child);
	KUNIT_EXPECT_EQ(sys(ROOT, close, mnt), 0);
	return ctx;
}

/* Like delegate(), but returns an fd of the directory, which TOKEN_CREATE accepts. */
static inline s64 bpffs_of(u32 child, const struct delegation *d)
{
	s64 mnt = delegate(child, d), dir = sys(child, openat, mnt, text("."), O_RDONLY, 0);

	KUNIT_EXPECT_EQ(sys(child, close, mnt), 0);
	return dir;
}

#endif /* _TESTS_BPF_HOST_H */
