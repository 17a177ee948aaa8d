// SPDX-License-Identifier: GPL-2.0-only
/* The main use case, the order of the checks of TOKEN_CREATE, and lifetimes. */
#include <linux/fd_kind.h>
#include <linux/lsm_answer.h>
#include <uapi/linux/stat.h>

#include "bpf_host.h"

static const struct delegation full_delegation = {
	.cmds = "map_create:prog_load", .maps = "hash", .progs = "XDP", .attachs = "xdp",
};

static s64 map_create(u32 pid, u32 type, s64 token)
{
	union bpf_attr attr = { .map_type = type, .key_size = 4, .value_size = 8,
				.max_entries = 1 };

	if (token >= 0) {
		attr.map_flags = BPF_F_TOKEN_FD;
		attr.map_token_fd = (s32)token;
	}
	return bpf(pid, BPF_MAP_CREATE, &attr, 80);
}

static s64 prog_load(u32 pid, u32 type, u32 attach, s64 token)
{
	static const struct bpf_insn insns[] = { { .code = 0xb7 }, { .code = 0x95 } };
	union bpf_attr attr = { .prog_type = type, .expected_attach_type = attach, .insn_cnt = 2 };

	attr.insns = user(insns, sizeof(insns));
	attr.license = text("GPL");
	if (token >= 0) {
		attr.prog_flags = BPF_F_TOKEN_FD;
		attr.prog_token_fd = (s32)token;
	}
	return bpf(pid, BPF_PROG_LOAD, &attr, 148);
}

/* Sets the effective capabilities; the permitted ones stay. */
static void set_effective(u32 pid, u64 caps)
{
	u32 header[2] = { 0x20080522, 0 };
	u32 data[6] = { (u32)caps, ~0u, 0, (u32)(caps >> 32), 0x1ff, 0 };

	KUNIT_EXPECT_EQ(sys(pid, capset, user(header, 8), user(data, 24)), 0);
}

/* The last silent decision before the refusal. */
static u32 decision_before_last(void)
{
	const struct refusal_log *log = kernel_refusals();

	return log->count > 1 ? log->entry[log->count - 2].check : NR_CHECKS;
}

static void use_case(void)
{
	s32 before[NR_LIVE_KINDS], after[NR_LIVE_KINDS];
	s64 bpffs, token, map, prog;
	u32 child;

	live_now(before);
	child = container();
	bpffs = bpffs_of(child, &full_delegation);
	KUNIT_EXPECT_EQ(map_create(child, BPF_MAP_TYPE_HASH, -1), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_MAP_CREATE_SYSCTL);
	token = token_create(child, bpffs);
	KUNIT_EXPECT_TRUE(token > 2);
	KUNIT_EXPECT_EQ(kernel_live(LIVE_TOKENS), 1);

	map = map_create(child, BPF_MAP_TYPE_HASH, token);
	prog = prog_load(child, BPF_PROG_TYPE_XDP, BPF_XDP, token);
	KUNIT_EXPECT_TRUE(map > 0);
	KUNIT_EXPECT_TRUE(prog > 0);
	KUNIT_EXPECT_EQ(map_create(child, BPF_MAP_TYPE_ARRAY, token), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_MAP_CREATE_SYSCTL);
	KUNIT_EXPECT_EQ(decision_before_last(), CHK_TOKEN_DROPPED_MAP);
	KUNIT_EXPECT_EQ(prog_load(child, BPF_PROG_TYPE_XDP, 0, token), -EPERM);
	KUNIT_EXPECT_EQ(decision_before_last(), CHK_TOKEN_DROPPED_ATTACH);
	KUNIT_EXPECT_EQ(prog_load(child, BPF_PROG_TYPE_KPROBE, BPF_XDP, token), -EPERM);
	KUNIT_EXPECT_EQ(decision_before_last(), CHK_TOKEN_DROPPED_PROG);

	/* CP-02: CAP_SYS_ADMIN is sufficient; no capability is not */
	set_effective(child, 1ULL << CAP_SYS_ADMIN);
	KUNIT_EXPECT_TRUE(map_create(child, BPF_MAP_TYPE_HASH, token) > 0);
	set_effective(child, 0);
	KUNIT_EXPECT_EQ(map_create(child, BPF_MAP_TYPE_HASH, token), -EPERM);
	KUNIT_EXPECT_EQ(token_create(child, bpffs), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_CAPABLE);
	kernel_exit(child, 0);
	KUNIT_EXPECT_EQ(kernel_wait(ROOT, (s32)child), 0);
	live_now(after);
	KUNIT_EXPECT_EQ(memcmp(before, after, sizeof(before)), 0);
}

static void order_of_create(void)
{
	union bpf_attr attr = { .token_create = { .flags = 1, .bpffs_fd = 999 } };
	u32 child = container(), other = container();
	s64 mnt = delegate(child, &full_delegation), bpffs, empty, tmp;
	const struct delegation none = {};

	bpffs = sys(child, openat, mnt, text("."), O_RDONLY, 0);
	attr.map_name[0] = 1;	/* byte 28: after bpffs_fd */
	KUNIT_EXPECT_EQ(bpf(child, BPF_TOKEN_CREATE, &attr, sizeof(attr)), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_TAIL);		/* TC-01 before TC-02 */
	KUNIT_EXPECT_EQ(bpf(child, BPF_TOKEN_CREATE, &attr, 8), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_FLAGS);		/* TC-02 before TC-03 */
	KUNIT_EXPECT_EQ(token_create(child, 999), -EBADF);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_FD_OPEN);
	KUNIT_EXPECT_EQ(token_create(child, mnt), -EBADF);		/* O_PATH */
	tmp = sys(child, openat, AT_FDCWD, text("/tmp"), O_RDONLY, 0);
	KUNIT_EXPECT_EQ(token_create(child, tmp), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_ROOT);
	tmp = sys(child, openat, AT_FDCWD, text("/"), O_RDONLY, 0);
	KUNIT_EXPECT_EQ(token_create(child, tmp), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_BPFFS);

	KUNIT_EXPECT_EQ(token_create(other, kernel_send_fd(child, (u32)bpffs, other)), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_USERNS);
	KUNIT_EXPECT_EQ(token_create(ROOT, kernel_send_fd(child, (u32)bpffs, ROOT)), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_USERNS);

	empty = bpffs_of(child, &none);
	KUNIT_EXPECT_EQ(token_create(child, empty), -ENOENT);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_DELEGATION);
	set_effective(child, 0);
	KUNIT_EXPECT_EQ(token_create(child, empty), -EPERM);		/* TC-08 before TC-10 */
	set_effective(child, ~0ULL);

	kernel_lsm_answer(LSM_HOOK_BPF_TOKEN_CREATE, -EACCES);
	KUNIT_EXPECT_EQ(token_create(child, empty), -ENOENT);		/* TC-10 before TC-14 */
	KUNIT_EXPECT_EQ(token_create(child, bpffs), -EACCES);
	KUNIT_EXPECT_EQ(last_check(), CHK_LSM_BPF_TOKEN_CREATE);
	kernel_lsm_answer(LSM_HOOK_BPF_TOKEN_CREATE, 0);
	kernel_lsm_answer(LSM_HOOK_INODE_PERMISSION, -EACCES);
	KUNIT_EXPECT_EQ(token_create(child, bpffs), -EACCES);		/* TC-06 */
	KUNIT_EXPECT_EQ(last_check(), CHK_LSM_INODE_PERMISSION);
	kernel_lsm_answer(LSM_HOOK_INODE_PERMISSION, 0);
	KUNIT_EXPECT_EQ(kernel_live(LIVE_TOKENS), 0);
}

/* TC-09 and related rules: a bpffs of the initial user namespace. */
static void init_namespace(void)
{
	s64 ctx = sys(ROOT, fsopen, text("bpf"), 0), mnt, dir;

	KUNIT_EXPECT_EQ(fs_create(ROOT, ctx), 0);
	mnt = sys(ROOT, fsmount, ctx, 0, 0);
	dir = sys(ROOT, openat, mnt, text("."), O_RDONLY, 0);
	KUNIT_EXPECT_EQ(token_create(ROOT, dir), -EOPNOTSUPP);		/* TC-09 before TC-10 */
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_CREATE_INIT_NS);
	set_effective(ROOT, 0);
	KUNIT_EXPECT_EQ(token_create(ROOT, dir), -EPERM);		/* TC-08 before TC-09 */
	set_effective(ROOT, ~0ULL);
}

static void as_a_file(void)
{
	u32 child = container();
	s64 bpffs = bpffs_of(child, &full_delegation), token, err, other;
	u64 buf = user(NULL, 64), st = user(NULL, 144);
	char path[40];

	KUNIT_EXPECT_EQ(sys(child, umask, 0077), 0022);
	token = token_create(child, bpffs);
	KUNIT_EXPECT_EQ(sys(child, fcntl, token, F_GETFD), FD_CLOEXEC);
	KUNIT_EXPECT_EQ(sys(child, fcntl, token, F_GETFL), O_RDWR);
	KUNIT_EXPECT_EQ(sys(child, read, token, buf, 8), -EINVAL);
	KUNIT_EXPECT_EQ(sys(child, write, token, buf, 8), -EINVAL);
	KUNIT_EXPECT_EQ(sys(child, lseek, token, 0, 0), -ESPIPE);
	KUNIT_EXPECT_EQ(sys(child, ioctl, token, 0x5401, 0), -ENOTTY);
	KUNIT_EXPECT_EQ(sys(child, mmap, 0, 4096, 1, 1, token, 0), -ENODEV);
	KUNIT_EXPECT_EQ(sys(child, fstat, token, st), 0);
	KUNIT_EXPECT_EQ(*(u32 *)(unsigned long)(st + 24), S_IFREG | 0600);
	KUNIT_EXPECT_EQ(*(u64 *)(unsigned long)(st + 16), 0);	/* no link */
	KUNIT_EXPECT_EQ(sys(child, fstatfs, token, st), 0);
	KUNIT_EXPECT_EQ(*(u64 *)(unsigned long)st, BPF_FS_MAGIC);

	__builtin_snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)token);
	KUNIT_EXPECT_EQ(sys(child, readlinkat, AT_FDCWD, text(path), buf, 64), 20);
	KUNIT_EXPECT_EQ(memcmp((void *)(unsigned long)buf, "/bpf-token (deleted)", 20), 0);
	KUNIT_EXPECT_EQ(sys(child, openat, AT_FDCWD, text(path), O_RDONLY, 0), -ENXIO);
	KUNIT_EXPECT_EQ(last_check(), CHK_TOKEN_REOPEN);
	other = sys(child, openat, AT_FDCWD, text(path), O_PATH, 0);	/* TP-15 */
	KUNIT_EXPECT_TRUE(other >= 0);
	KUNIT_EXPECT_EQ(map_create(child, BPF_MAP_TYPE_HASH, other), -EBADF);
	KUNIT_EXPECT_EQ(map_create(child, BPF_MAP_TYPE_HASH, bpffs), -EINVAL);
	KUNIT_EXPECT_EQ(kernel_fd_next(child, (u32)token), token);
	KUNIT_EXPECT_EQ(kernel_call_block()->out[0], FD_KIND_TOKEN);

	__builtin_snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", (int)token);
	KUNIT_EXPECT_TRUE(strstr(slurp(child, path, &err),
				 "allowed_cmds:\t0x21\nallowed_maps:\t0x2\n"
				 "allowed_progs:\t0x40\nallowed_attachs:\t0x2000000000\n"));
	KUNIT_EXPECT_TRUE(strstr(slurp(child, path, &err), "pos:\t0\nflags:\t02000002\nmnt_id:\t"));
}

/* TP-11, TP-12, FS-27: a token pins its mount and prevents a read-only remount. */
static void pins_its_mount(void)
{
	u32 child = container();
	s64 mnt = delegate(child, &full_delegation), bpffs, token, ctx;

	bpffs = sys(child, openat, mnt, text("."), O_RDONLY, 0);
	token = token_create(child, bpffs);
	KUNIT_EXPECT_EQ(sys(child, move_mount, mnt, text(""), AT_FDCWD, text("/mnt"),
			    MOVE_MOUNT_F_EMPTY_PATH), 0);
	sys(child, close, mnt);
	sys(child, close, bpffs);
	KUNIT_EXPECT_EQ(sys(child, umount2, text("/mnt"), 0), -EBUSY);
	KUNIT_EXPECT_EQ(last_check(), CHK_UMOUNT_BUSY);
	ctx = sys(child, fspick, AT_FDCWD, text("/mnt"), 0);
	KUNIT_EXPECT_EQ(sys(child, fsconfig, ctx, FSCONFIG_SET_FLAG, text("ro"), 0, 0), 0);
	KUNIT_EXPECT_EQ(sys(child, fsconfig, ctx, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0), -EBUSY);
	KUNIT_EXPECT_EQ(last_check(), CHK_REMOUNT_UNLINKED);
	sys(child, close, ctx);
	sys(child, close, token);
	ctx = sys(child, fspick, AT_FDCWD, text("/mnt"), 0);
	KUNIT_EXPECT_EQ(sys(child, fsconfig, ctx, FSCONFIG_SET_FLAG, text("ro"), 0, 0), 0);
	KUNIT_EXPECT_EQ(sys(child, fsconfig, ctx, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0), 0);
	sys(child, close, ctx);
	bpffs = sys(child, openat, AT_FDCWD, text("/mnt"), O_RDONLY, 0);
	token = token_create(child, bpffs);			/* TP-13 */
	KUNIT_EXPECT_TRUE(token > 0);
	sys(child, close, token);
	sys(child, close, bpffs);
	KUNIT_EXPECT_EQ(sys(child, umount2, text("/mnt"), 0), 0);
}

/* OI-01..OI-05. */
static void info(void)
{
	u32 child = container();
	s64 token = token_create(child, bpffs_of(child, &full_delegation));
	union bpf_attr attr = { .info = { .bpf_fd = (u32)token, .info_len = 32 } };
	u64 buf = user(NULL, 64), uattr;

	attr.info.info = buf;
	uattr = user(&attr, 16);
	KUNIT_EXPECT_EQ(sys(child, bpf, BPF_OBJ_GET_INFO_BY_FD, uattr, 16), 0);
	KUNIT_EXPECT_EQ(*(u64 *)(unsigned long)buf, 0x21);
	KUNIT_EXPECT_EQ(*(u64 *)(unsigned long)(buf + 24), 1ULL << BPF_XDP);
	attr.info.info_len = 64;
	uattr = user(&attr, 16);
	KUNIT_EXPECT_EQ(sys(child, bpf, BPF_OBJ_GET_INFO_BY_FD, uattr, 16), 0);
	KUNIT_EXPECT_EQ(*(u32 *)(unsigned long)(uattr + 4), 32);
	*(u8 *)(unsigned long)(buf + 63) = 1;
	KUNIT_EXPECT_EQ(sys(child, bpf, BPF_OBJ_GET_INFO_BY_FD, user(&attr, 16), 16), -E2BIG);
	attr.info.bpf_fd = 999;
	KUNIT_EXPECT_EQ(sys(child, bpf, BPF_OBJ_GET_INFO_BY_FD, user(&attr, 16), 16), -EBADFD);
	attr.info.bpf_fd = 0;
	KUNIT_EXPECT_EQ(sys(child, bpf, BPF_OBJ_GET_INFO_BY_FD, user(&attr, 16), 16), -EINVAL);
	attr.info.bpf_fd = (u32)token;
	attr.info.info = 0xdead000000000000ULL;
	KUNIT_EXPECT_EQ(sys(child, bpf, BPF_OBJ_GET_INFO_BY_FD, user(&attr, 16), 16), -EFAULT);
}

static void info_before_6_17(void)
{
	u32 child = container();
	s64 token = token_create(child, bpffs_of(child, &full_delegation));
	union bpf_attr attr = { .info = { .bpf_fd = (u32)token } };

	KUNIT_EXPECT_EQ(bpf(child, BPF_OBJ_GET_INFO_BY_FD, &attr, 16), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_INFO_FD_KIND);
}

/*
 * FD-06: which other processes can use a token. PL-30 and TP-17: a program outlives its token fd.
 */
static void used_by_others(void)
{
	const struct delegation skb = { "any", "any", "any", "any" };
	u32 child = container(), sibling = container();
	s64 token = token_create(child, bpffs_of(child, &skb)), prog, passed;
	union bpf_attr attr = {};

	passed = kernel_send_fd(child, (u32)token, sibling);
	KUNIT_EXPECT_EQ(map_create(sibling, BPF_MAP_TYPE_HASH, passed), -EPERM);
	passed = kernel_send_fd(child, (u32)token, ROOT);
	set_effective(ROOT, 0);		/* ROOT owns the namespace: CC-03 */
	KUNIT_EXPECT_TRUE(map_create(ROOT, BPF_MAP_TYPE_HASH, passed) > 0);
	KUNIT_EXPECT_EQ(map_create(ROOT, BPF_MAP_TYPE_HASH, -1), -EPERM);
	set_effective(ROOT, ~0ULL);

	prog = prog_load(child, BPF_PROG_TYPE_CGROUP_SKB, 0, token);
	sys(child, close, token);
	sys(ROOT, close, passed);
	kernel_settle();
	KUNIT_EXPECT_EQ(kernel_live(LIVE_TOKENS), 1);
	attr.link_create.prog_fd = (u32)prog;
	set_effective(child, 0);
	KUNIT_EXPECT_EQ(bpf(child, BPF_LINK_CREATE, &attr, 16), -EPERM);
	memset(&attr, 0, sizeof(attr));
	attr.attach_bpf_fd = (u32)prog;
	KUNIT_EXPECT_EQ(bpf(child, BPF_PROG_ATTACH, &attr, 16), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_PROG_ATTACH_CAPABLE);
	kernel_exit(sibling, 0);
	kernel_settle();
	KUNIT_EXPECT_EQ(kernel_live(LIVE_TOKENS), 1);	/* the program's reference */
	sys(child, close, prog);
	kernel_settle();
	KUNIT_EXPECT_EQ(kernel_live(LIVE_TOKENS), 0);
}

/* The posted series: section 1 of the spec, column v10. */
static void as_posted(void)
{
	s64 ctx = sys(ROOT, fsopen, text("bpf"), 0), mnt, dir, token, err;
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8,
				.max_entries = 1 };
	char path[40];

	fs_create(ROOT, ctx);
	mnt = sys(ROOT, fsmount, ctx, 0, 0);
	dir = sys(ROOT, openat, mnt, text("."), O_RDONLY, 0);
	token = token_create(ROOT, dir);	/* no TC-07, TC-09, TC-10 */
	KUNIT_EXPECT_TRUE(token > 0);
	__builtin_snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", (int)token);
	KUNIT_EXPECT_TRUE(strstr(slurp(ROOT, path, &err), "allowed_cmds:\t0x0\n"));
	KUNIT_EXPECT_EQ(!strstr(slurp(ROOT, path, &err), "allowed_maps"), kernel_is_v10_03());
	/* TF-05: the token fd follows map_extra, without a flag */
	((u32 *)&attr)[72 / 4] = 999;
	KUNIT_EXPECT_EQ(bpf(ROOT, BPF_MAP_CREATE, &attr, 76),
			kernel_is_v10_03() ? -EINVAL : -EBADF);
}

static void main_use_case(void) { on_release(6018, use_case); }
static void create_in_order(void) { on_release(6018, order_of_create); }
static void create_in_init_ns(void) { on_release(6018, init_namespace); }
static void token_file(void) { on_release(6018, as_a_file); }
static void token_mount(void) { on_release(6018, pins_its_mount); }
static void token_info(void) { on_release(6018, info); }
static void used_by_other_processes(void) { on_release(6018, used_by_others); }

static void older_releases(void)
{
	on_release(6009, use_case);
	on_release(6012, use_case);
	on_release(6009, order_of_create);
	on_release(6012, info_before_6_17);
	on_release(RELEASE_V10, as_posted);
	on_release(RELEASE_V10_03, as_posted);
}

KUNIT_SUITE(token, KUNIT_CASE(main_use_case), KUNIT_CASE(create_in_order),
	    KUNIT_CASE(create_in_init_ns), KUNIT_CASE(token_file), KUNIT_CASE(token_mount),
	    KUNIT_CASE(token_info), KUNIT_CASE(used_by_other_processes), KUNIT_CASE(older_releases))
