// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault injection must not leak. The same scenario runs repeatedly, each time with a later request
 * failing. Afterwards the counts of live objects are as before.
 */
#include <linux/capability.h>
#include <linux/slab.h>
#include <uapi/linux/prctl.h>

#include "bpf_host.h"

static u32 failures;
static s64 first;	/* the first answer of a life that was a failure */

/* A call may fail because of the injected fault or its consequences. */
static s64 expect(s64 ret)
{
	if (ret < 0 && !failures++)
		first = ret;
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

static void process_life(void)
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

/* Key and value sizes, entries and flags of the map types that need no BTF. */
static const u32 map_kinds[][5] = {
	{ BPF_MAP_TYPE_HASH, 4, 4, 4, 0 },
	{ BPF_MAP_TYPE_ARRAY, 4, 4, 4, 0 },
	{ BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0 },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 4, 4, 0 },
	{ BPF_MAP_TYPE_STACK_TRACE, 4, 8, 4, 0 },
	{ BPF_MAP_TYPE_LRU_HASH, 4, 4, 4, 0 },
	{ BPF_MAP_TYPE_LPM_TRIE, 8, 4, 4, BPF_F_NO_PREALLOC },
	{ BPF_MAP_TYPE_DEVMAP, 4, 4, 4, 0 },
	{ BPF_MAP_TYPE_SOCKMAP, 4, 4, 4, 0 },
	{ BPF_MAP_TYPE_CPUMAP, 4, 4, 4, 0 },
	{ BPF_MAP_TYPE_XSKMAP, 4, 4, 4, 0 },
	{ BPF_MAP_TYPE_QUEUE, 0, 4, 4, 0 },
	{ BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0 },
	{ BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 4, 0 },
	{ BPF_MAP_TYPE_ARENA, 0, 0, 4, BPF_F_MMAPABLE },
};

static s64 create_map(u32 pid, const u32 *kind, s64 token, s64 inner, s64 btf)
{
	union bpf_attr attr = { .map_type = kind[0], .key_size = kind[1], .value_size = kind[2],
				.max_entries = kind[3], .map_flags = kind[4] | BPF_F_TOKEN_FD,
				.inner_map_fd = (u32)inner, .map_token_fd = (s32)token };

	if (btf >= 0) {
		attr.btf_fd = (u32)btf;
		attr.btf_key_type_id = attr.btf_value_type_id = 1;
	}
	return expect(bpf(pid, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

/* An int, and so many typedefs of it that the table of types grows. */
static s64 load_btf(u32 pid, s64 token)
{
	struct {
		struct btf_header hdr;
		u32 types[4 + 60];
		char strings[5];
	} blob = {
		{ .magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(struct btf_header),
		  .type_len = 256, .str_off = 256, .str_len = 5 },
		{ 1, BTF_KIND_INT << 24, 4, 32 }, "\0int",
	};
	union bpf_attr attr = { .btf_size = 293, .btf_flags = BPF_F_TOKEN_FD,
				.btf_token_fd = (s32)token };
	u32 at;

	for (at = 4; at < 64; at += 3) {
		blob.types[at] = blob.types[at + 2] = 1;
		blob.types[at + 1] = BTF_KIND_TYPEDEF << 24;
	}
	attr.btf = user(&blob, 293);
	return expect(bpf(pid, BPF_BTF_LOAD, &attr, sizeof(attr)));
}

static s64 load_prog(u32 pid, s64 token, s64 map)
{
	const struct bpf_insn insns[] = {
		{ .code = 0x18, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = (s32)map },
		{ .code = 0 }, { .code = 0xb7 }, { .code = 0x95 },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_XDP, .insn_cnt = 4,
				.prog_flags = BPF_F_TOKEN_FD, .prog_token_fd = (s32)token };

	attr.insns = user(insns, sizeof(insns));
	attr.license = text("GPL");
	return expect(bpf(pid, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static void elements(u32 pid, s64 map, s64 inner, bool array)
{
	union bpf_attr attr = { .map_fd = (u32)map };

	attr.key = user(NULL, 4);
	attr.value = inner < 0 ? user(NULL, 4) : user(&inner, 4);
	expect(bpf(pid, BPF_MAP_UPDATE_ELEM, &attr, 32));
	expect(bpf(pid, BPF_MAP_LOOKUP_ELEM, &attr, 32));
	memset(&attr, 0, sizeof(attr));
	attr.batch.map_fd = (u32)map;
	attr.batch.count = 1;
	attr.batch.out_batch = user(NULL, 4);
	attr.batch.keys = user(NULL, 4);
	attr.batch.values = user(NULL, 4);
	if (array)
		expect(bpf(pid, BPF_MAP_LOOKUP_BATCH, &attr, sizeof(attr.batch)));
	kernel_user_reset();
}

static void pinned(u32 pid, s64 object, const char *name)
{
	union bpf_attr attr = { .bpf_fd = (u32)object, .pathname = text(name) };

	expect(bpf(pid, BPF_OBJ_PIN, &attr, 16));
	attr.bpf_fd = 0;
	expect(bpf(pid, BPF_OBJ_GET, &attr, 16));
	kernel_user_reset();
}

static void objects(u32 pid, s64 token)
{
	const u32 outer[] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4, 0 };
	const u32 hash_outer[] = { BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 4, 0 };
	s64 map[sizeof(map_kinds) / sizeof(map_kinds[0])], btf = load_btf(pid, token), maps, prog, fd;
	u32 i;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		map[i] = create_map(pid, map_kinds[i], token, 0, i < 2 ? btf : -1);
		kernel_user_reset();
	}
	elements(pid, map[0], -1, false);
	elements(pid, map[1], -1, true);
	maps = create_map(pid, outer, token, map[1], -1);
	elements(pid, maps, map[1], false);
	maps = create_map(pid, hash_outer, token, map[1], -1);
	elements(pid, maps, map[1], false);
	prog = load_prog(pid, token, map[1]);
	elements(pid, map[2], prog, false);
	pinned(pid, prog, "/mnt/p");
	pinned(pid, map[0], "/mnt/m");
	expect(sys(pid, unlinkat, AT_FDCWD, text("/mnt/p"), 0));
	fd = expect(sys(pid, openat, AT_FDCWD, text("/proc/self/fdinfo/3"), O_RDONLY));
	expect(sys(pid, read, fd, user(NULL, 200), 200));
}

static void mounts(u32 pid)
{
	s64 tree = expect(sys(pid, open_tree, AT_FDCWD, text("/mnt"), OPEN_TREE_CLONE)), fd;

	expect(sys(pid, move_mount, tree, text(""), AT_FDCWD, text("/tmp"), MOVE_MOUNT_F_EMPTY_PATH));
	expect(sys(pid, umount2, text("/tmp"), MNT_DETACH));
	expect(sys(pid, mount, text("none"), text("/tmp"), text("tmpfs"), 0, text("mode=700")));
	expect(sys(pid, mount, text("/mnt"), text("/tmp"), 0, MS_BIND | MS_REC, 0));
	expect(sys(pid, mount, 0, text("/tmp"), 0, MS_REMOUNT | MS_NODEV, text("uid=0")));
	expect(sys(pid, mkdirat, AT_FDCWD, text("/mnt/d"), 0700));
	expect(sys(pid, unlinkat, AT_FDCWD, text("/mnt/d"), AT_REMOVEDIR));
	fd = expect(sys(pid, openat, AT_FDCWD, text("/proc/self/mountinfo"), O_RDONLY));
	expect(sys(pid, read, fd, user(NULL, 100), 100));
	expect(sys(pid, readlinkat, AT_FDCWD, text("/proc/self/cwd"), user(NULL, 8), 8));
	expect(sys(pid, readlinkat, AT_FDCWD, text("/proc/mounts"), user(NULL, 8), 8));
	expect(sys(pid, readlinkat, AT_FDCWD, text("/proc/self/ns/mnt"), user(NULL, 8), 8));
	expect(sys(pid, newfstatat, AT_FDCWD, text("/proc/mounts"), user(NULL, 144), 0));
	fd = expect(sys(pid, fspick, AT_FDCWD, text("/mnt"), 0));
	expect(sys(pid, fsconfig, fd, FSCONFIG_SET_FLAG, text("rw"), 0, 0));
	expect(sys(pid, fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0));
	kernel_user_reset();
	expect(sys(pid, dup3, 0, 300, 0));
	expect(sys(pid, setfsuid, 0));
	fd = expect(kernel_open_ns(pid, pid, CLONE_NEWNS));
	expect(sys(pid, ioctl, fd, 0xb701, 0));
	expect(sys(pid, setns, fd, 0));
	kernel_user_reset();
}

static s64 give_fd(u32 from, s64 fd, u32 to)
{
	return expect(kernel_send_fd(from, (u32)fd, to));
}

/* A container that gets a token, and what it does with it. */
static void token_life(void)
{
	s32 child = (s32)expect(kernel_fork(ROOT)), grandchild;
	s64 ctx, mnt, dir, token;

	if (child < 0)
		return;
	expect(sys(child, unshare, CLONE_NEWUSER));
	expect(write_file((u32)child, "/proc/self/uid_map", "0 0 1"));
	expect(write_file((u32)child, "/proc/self/setgroups", "deny"));
	expect(write_file((u32)child, "/proc/self/gid_map", "0 0 1"));
	expect(sys(child, unshare, CLONE_NEWNS));
	ctx = give_fd((u32)child, expect(sys(child, fsopen, text("bpf"), 0)), ROOT);
	expect(set_option(ROOT, ctx, "delegate_cmds", "any"));
	expect(set_option(ROOT, ctx, "delegate_maps", "any"));
	expect(set_option(ROOT, ctx, "delegate_progs", "any"));
	expect(set_option(ROOT, ctx, "delegate_attachs", "any"));
	expect(fs_create(ROOT, ctx));
	mnt = give_fd(ROOT, expect(sys(ROOT, fsmount, ctx, 0, 0)), (u32)child);
	expect(sys(child, move_mount, mnt, text(""), AT_FDCWD, text("/mnt"), MOVE_MOUNT_F_EMPTY_PATH));
	dir = expect(sys(child, openat, AT_FDCWD, text("/mnt"), O_RDONLY, 0));
	kernel_user_reset();
	token = expect(token_create((u32)child, dir));
	kernel_user_reset();
	if (token >= 0)
		objects((u32)child, token);
	kernel_user_reset();
	mounts((u32)child);
	grandchild = (s32)expect(kernel_fork((u32)child));
	if (grandchild > 0)
		kernel_exit((u32)grandchild, 0);
	kernel_exit((u32)child, 0);
	kernel_wait(ROOT, child);
	for (s32 fd = kernel_fd_next(ROOT, 3); fd >= 0; fd = kernel_fd_next(ROOT, 3))
		sys(ROOT, close, fd);
}

/* What a kernel says that has not enough; EINVAL: of a program too large for its memory. */
static bool says_not_enough(s64 err)
{
	return err == -ENOMEM || err == -ENOSPC || err == -ENFILE || err == -EMFILE ||
	       err == -EINVAL;
}

static void (*life)(void) = process_life;

static void sweep(enum fault_kind kind, u32 at_least)
{
	s32 before[NR_LIVE_KINDS], after[NR_LIVE_KINDS];
	u32 n, normal, i;

	failures = 0;
	life();
	normal = failures;
	if (life == token_life)
		KUNIT_EXPECT_EQ(normal, 0);
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
		if (!normal && failures)
			KUNIT_EXPECT_TRUE(says_not_enough(first));
	}
	printf("faults: kind %u: %u requests per run\n", kind, n - 1);
	KUNIT_EXPECT_TRUE(n > at_least && n < 5000);
}

static void memory(void)
{
	/* Later releases keep inodes when TOKEN_CREATE fails (TP-22). */
	boot(6018);
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

static void tokens(void)
{
	life = token_life;
	sweep(FAULT_ALLOC, 300);
	sweep(FAULT_INODE, 20);
	sweep(FAULT_FILE, 30);
	sweep(FAULT_FD, 30);
}

KUNIT_SUITE(faults, KUNIT_CASE(memory), KUNIT_CASE(inodes), KUNIT_CASE(open_files),
	    KUNIT_CASE(fds), KUNIT_CASE(tokens))
