// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the core natively under sanitizers: the typical use of a token, followed by random calls.
 * Prints one line and exits with 0 if every result is one that a kernel may return, and nothing
 * leaked.
 */
#include <generated/syscalls.h>
#include <linux/errno.h>
#include <linux/live.h>
#include <uapi/linux/bpf.h>
#include <uapi/linux/fcntl.h>
#include <uapi/linux/mount.h>
#include <uapi/linux/sched.h>

#include "../arch/wasm/entry.h"

int printf(const char *fmt, ...) __attribute__((__format__(printf, 1, 2)));
int atoi(const char *text);
unsigned long strlen(const char *text);
void *memcpy(void *to, const void *from, unsigned long n);

#define INIT 1u
#define NR_CALLS 20000u
#define MAX_TASKS 8u
#define AT_FDCWD_ARG ((u64)-100)

static u32 random_state;

static u32 random_below(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % n;
}

static u64 user_bytes(const void *bytes, u32 size)
{
	unsigned long at = kernel_user_alloc(size);

	if (at && bytes)
		memcpy((void *)at, bytes, size);
	return at;
}

static u64 user_text(const char *text)
{
	return user_bytes(text, (u32)strlen(text) + 1);
}

/* The user memory of the arguments is valid until the end of the call. */
static s64 call(u32 pid, u32 nr, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	struct call_block *block = kernel_call_block();
	const u64 args[] = { a, b, c, d, e, 0 };

	block->nr = nr;
	block->nargs = 6;
	memcpy(block->args, args, sizeof(args));
	kernel_syscall(pid);
	kernel_user_reset();
	return block->ret;
}

static int failures;

static s64 expect(const char *what, s64 ret, s64 wanted)
{
	bool ok = wanted < 0 ? ret == wanted : ret >= 0;

	if (!ok) {
		printf("%s: %lld, not %lld\n", what, ret, wanted);
		failures++;
	}
	return ret;
}

static void write_file(u32 pid, const char *path, const char *text)
{
	s64 fd = call(pid, NR_openat, AT_FDCWD_ARG, user_text(path), O_WRONLY, 0, 0);

	expect(path, fd, 0);
	expect(path, call(pid, NR_write, (u64)fd, user_text(text), strlen(text), 0, 0), 0);
	call(pid, NR_close, (u64)fd, 0, 0, 0, 0);
}

static s64 set_option(u32 pid, s64 context, const char *key, const char *value)
{
	return call(pid, NR_fsconfig, (u64)context, FSCONFIG_SET_STRING, user_text(key),
		    user_text(value), 0);
}

static s64 token_create(u32 pid, s64 fd)
{
	u32 attr[2] = { 0, (u32)fd };

	return call(pid, NR_bpf, BPF_TOKEN_CREATE, user_bytes(attr, sizeof(attr)), sizeof(attr), 0,
		    0);
}

static s64 map_create(u32 pid, u32 type, s64 token)
{
	union bpf_attr attr = { .map_type = type, .key_size = 4, .value_size = 8 };

	attr.max_entries = 1;
	attr.map_flags = token < 0 ? 0 : BPF_F_TOKEN_FD;
	attr.map_token_fd = token < 0 ? 0 : (s32)token;
	return call(pid, NR_bpf, BPF_MAP_CREATE, user_bytes(&attr, sizeof(attr)), sizeof(attr), 0,
		    0);
}

static u32 container(void)
{
	u32 pid = (u32)kernel_fork(INIT);

	expect("unshare", call(pid, NR_unshare, CLONE_NEWUSER | CLONE_NEWNS, 0, 0, 0, 0), 0);
	write_file(pid, "/proc/self/setgroups", "deny");
	write_file(pid, "/proc/self/uid_map", "0 0 1\n");
	write_file(pid, "/proc/self/gid_map", "0 0 1\n");
	return pid;
}

/* The root directory of a bpffs that belongs to the container. */
static s64 delegated_bpffs(u32 pid)
{
	s64 context = call(pid, NR_fsopen, user_text("bpf"), FSOPEN_CLOEXEC, 0, 0, 0);
	s64 there, mount, root;

	expect("fsopen", context, 0);
	expect("self", set_option(pid, context, "delegate_cmds", "any"), -EPERM);
	there = kernel_send_fd(pid, (u32)context, INIT);
	expect("cmds", set_option(INIT, there, "delegate_cmds", "any"), 0);
	expect("maps", set_option(INIT, there, "delegate_maps", "0x4"), 0);
	expect("create", call(INIT, NR_fsconfig, (u64)there, FSCONFIG_CMD_CREATE, 0, 0, 0), 0);
	mount = call(pid, NR_fsmount, (u64)context, 0, 0, 0, 0);
	expect("fsmount", mount, 0);
	root = call(pid, NR_openat, (u64)mount, user_text("."), O_RDONLY, 0, 0);
	expect("openat", root, 0);
	call(INIT, NR_close, (u64)there, 0, 0, 0, 0);
	call(pid, NR_close, (u64)context, 0, 0, 0, 0);
	call(pid, NR_close, (u64)mount, 0, 0, 0, 0);
	return root;
}

static void token_setup(bool series)
{
	u32 pid = container();
	s64 root = delegated_bpffs(pid);
	s64 token = token_create(pid, root);

	expect("token", token, 0);
	expect("token of a closed fd", token_create(pid, 999), -EBADF);
	expect("map without a token", map_create(pid, BPF_MAP_TYPE_ARRAY, -1), -EPERM);
	if (!series) {
		expect("map", map_create(pid, BPF_MAP_TYPE_ARRAY, token), 0);
		expect("hash", map_create(pid, BPF_MAP_TYPE_HASH, token), -EPERM);
	}
	expect("close", call(pid, NR_close, (u64)token, 0, 0, 0, 0), 0);
	kernel_exit(pid, 0);
	expect("wait", kernel_wait(INIT, pid), 0);
}

/* Random arguments that are sometimes valid. */
static u64 some_argument(void)
{
	static const char *const texts[] = {
		"bpf", "delegate_cmds", "any", "/", "/tmp", "/proc/self/fdinfo/3", "map_create:0x7",
		"/proc/self/uid_map", "0 0 1\n", "", "tmpfs", "/sys/fs/bpf",
	};
	u32 bytes[42];
	u32 i;

	switch (random_below(6)) {
	case 0:
		return random_below(12);
	case 1:
		return 1ULL << random_below(64);
	case 2:
		return (u64)-(s64)random_below(200);
	case 3:
		return user_text(texts[random_below(sizeof(texts) / sizeof(texts[0]))]);
	case 4:
		for (i = 0; i < 42; i++)
			bytes[i] = random_below(3) ? random_below(40) : 0;
		return user_bytes(bytes, random_below(sizeof(bytes) + 1));
	default:
		return 0;
	}
}

static u32 some_call(void)
{
	static const u32 numbers[] = {
#define NUMBER(name, nr, ...) nr,
		SYSCALL_TABLE(NUMBER)
	};

	return random_below(4) ? numbers[random_below(sizeof(numbers) / sizeof(numbers[0]))] : NR_bpf;
}

static void nonsense(void)
{
	u32 pids[MAX_TASKS] = { (u32)kernel_fork(INIT), 0 };
	u32 i, n;

	for (i = 0; i < NR_CALLS; i++) {
		u32 *pid = &pids[random_below(MAX_TASKS)];

		if (!*pid) {
			s32 child = kernel_fork(INIT);

			*pid = child > 0 ? (u32)child : 0;
		} else if (!random_below(200)) {
			kernel_exit(*pid, 0);
			kernel_wait(INIT, *pid);
			*pid = 0;
		} else {
			if (!random_below(50))
				kernel_fail_nth(random_below(4), 1 + random_below(20));
			call(*pid, some_call(), some_argument(), some_argument(), some_argument(),
			     some_argument(), some_argument());
		}
	}
	for (n = 0; n < 4; n++)
		kernel_fail_nth(n, 0);
	for (n = 0; n < MAX_TASKS; n++) {
		if (pids[n]) {
			kernel_exit(pids[n], 0);
			kernel_wait(INIT, pids[n]);
		}
	}
}

/* Files of the random calls may remain; tokens and other objects must not. */
static void expect_nothing_left(const char *when)
{
	static const u32 kinds[] = { LIVE_TOKENS, LIVE_MAPS, LIVE_PROGS, LIVE_BTFS, LIVE_FS_CONTEXTS };
	u32 i;

	kernel_settle();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kernel_live(kinds[i])) {
			printf("%s: %d objects of kind %u are left\n", when, kernel_live(kinds[i]),
			       kinds[i]);
			failures++;
		}
	}
	if (kernel_live(LIVE_TASKS) != 1) {
		printf("%s: %d tasks are left\n", when, kernel_live(LIVE_TASKS));
		failures++;
	}
}

int main(int argc, char **argv)
{
	u32 release = argc > 1 ? (u32)atoi(argv[1]) : 6018;

	random_state = argc > 2 ? (u32)atoi(argv[2]) | 1 : 1;
	expect("boot", kernel_boot(release, 2, 0, 0), 0);
	token_setup(release <= 3);
	expect_nothing_left("the token scenario");
	nonsense();
	expect_nothing_left("calls without sense");
	printf("release %u: %d failures\n", release, failures);
	return failures ? 1 : 0;
}
