// SPDX-License-Identifier: GPL-2.0-only
/* Any system call, with arguments of the right kinds and words from a table. */
#include <linux/string.h>
#include <uapi/linux/capability.h>
#include <uapi/linux/prctl.h>

#include "sequence.h"

/* No word may allow removing a file of the boot that sequences cannot recreate: /dev/null. */
static const char *const words[] = {
	"a", "b", "bpf", "tmpfs", "any", "delegate_cmds", "delegate_maps", "delegate_progs",
	"delegate_attachs", "mode", "source", "0x4", "0", "map_create", "array", "xdp", "c", "GPL",
	"delegate_cmds=any", "0 0 1", "deny", "none", "x", "1000", "mem",
	"", "/", ".", "..", "/tmp", "/mnt", "/tmp/a", "/sys/fs/bpf", "/sys/fs/bpf/a", "/mnt/a",
	"/tmp/a/b", "a/b", "../a", "/dev", "/proc", "/proc/self", "/proc/self/fd/3",
	"/proc/self/fd/4", "/proc/self/fd", "/proc/self/fdinfo", "/proc/self/fdinfo/5",
	"/proc/self/ns/user", "/proc/self/ns/mnt", "/proc/self/ns", "/proc/1/ns/user",
	"/proc/self/root", "/proc/self/cwd", "/proc/self/uid_map", "/proc/self/gid_map",
	"/proc/self/setgroups", "/proc/self/mounts", "/proc/self/mountinfo", "/proc/mounts",
	"/proc/self/fd/3/a", "/proc/sys/kernel/unprivileged_bpf_disabled", "/proc/2/fd", "/tmp/a/",
	"//", "/tmp/..", "/proc/self/root/tmp", "maps.debug",
};

/*
 * Replaces paths that a real kernel must not look up: those of other processes, whose pids differ
 * there, and those through links of procfs, which the executor never follows.
 */
const char *seq_confined_path(const char *path)
{
	static const char *const ours[] = { "/proc/self/fd", "/proc/self/ns" };
	static const char *const kept[] = {
		"/proc/self/fd/", "/proc/self/ns/", "/proc/self/root", "/proc/self/cwd",
		"/proc/1/", "/proc/2/",
	};
	u32 i;

	for (i = 0; seq_options.confined && i < ARRAY_SIZE(kept); i++)
		if (!strncmp(path, kept[i], strlen(kept[i])))
			return ours[i & 1];
	return path;
}

static const char *word(u32 n)
{
	return seq_confined_path(words[n % ARRAY_SIZE(words)]);
}

const char *seq_word(void)
{
	return word(seq_byte());
}

struct signature {
	u16 nr;
	u8 nargs;
	u8 kinds[6];
};

static const struct signature signatures[] = {
#define SIGNATURE(name, number, count, a, b, c, d, e, f) { number, count, { a, b, c, d, e, f } },
	SYSCALL_TABLE(SIGNATURE)
};

/*
 * Calls in the table that the specification does not need: docs/scope.md. seq_xattr() makes those
 * about extended attributes.
 */
static const u16 other_calls[] = {
	NR_setsockopt, NR_init_module, NR_perf_event_open, NR_openat2, NR_socketpair, NR_pipe2,
	NR_eventfd2, NR_fchdir, NR_setxattr, NR_lsetxattr, NR_fsetxattr, NR_getxattr, NR_lgetxattr,
	NR_fgetxattr, NR_listxattr, NR_llistxattr, NR_flistxattr, NR_removexattr, NR_lremovexattr,
	NR_fremovexattr,
};

static bool is_other(u32 nr)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(other_calls); i++)
		if (other_calls[i] == nr)
			return true;
	return false;
}

static const struct signature *some_call(void)
{
	u32 n = seq_byte() % (ARRAY_SIZE(signatures) - ARRAY_SIZE(other_calls));
	const struct signature *signature = signatures;

	while (is_other(signature->nr) || n--)
		signature++;
	return signature;
}

static u64 some_memory(u32 kind)
{
	static const u16 sizes[] = { 64, 8, 144, 4, 16, 24, 0, 1, 300 };
	u8 bytes[304] = { 0 };
	u32 how = seq_byte(), size = seq_pick(sizes), i;

	if ((how & 7) == 7)
		return how & 8 ? 0 : 0xdead000000000000ULL;
	if (kind != ARG_PTR_OUT)
		for (i = 0; i < (how >> 3); i++)
			bytes[i * 4 % sizeof(bytes)] = (u8)seq_byte();
	return seq_user(bytes, size);
}

static u64 argument(const struct seq_task *task, u32 kind)
{
	static const u8 kinds[] = {
		FD_KIND_DIR, FD_KIND_FILE, KIND_PATH, FD_KIND_TOKEN, FD_KIND_MAP, FD_KIND_FSCONTEXT,
		FD_KIND_MNTNS, FD_KIND_USERNS,
	};
	u32 b;

	switch (kind) {
	case ARG_FD:
		b = seq_byte();
		return b & 8 ? (u64)(s64)AT_FDCWD : seq_fd(task, kinds[b & 7]);
	case ARG_STR:
		b = seq_byte();
		return b == 255 ? 0 : seq_text(word(b));
	case ARG_PTR_IN:
	case ARG_PTR_OUT:
	case ARG_PTR_INOUT:
		return some_memory(kind);
	case ARG_MODE:
		return seq_u32() & 07777;
	case ARG_LONG:
	case ARG_ULONG:
		b = seq_byte();
		return (b & 7) == 7 ? (u64)seq_u32() << 32 | seq_u32() : seq_u32();
	default:
		return seq_u32();
	}
}

/* Calls whose arbitrary arguments could affect other processes or the executor. */
static bool must_be_special(u32 nr)
{
	return nr == NR_capget || nr == NR_capset || nr == NR_prctl || nr == NR_fcntl || nr == NR_ioctl;
}

/* Only reads limits, and only those of the process itself. */
static void confine_arguments(u32 nr, u64 *args)
{
	if (nr == NR_prlimit64)
		args[0] = args[2] = 0;
}

/* Calls with numbers that random arguments would rarely hit. */
static bool special(struct seq_task *task, u32 nr)
{
	static const u8 options[] = {
		PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_SET_DUMPABLE,
		PR_GET_DUMPABLE, PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_SECUREBITS,
		PR_GET_SECUREBITS, PR_CAP_AMBIENT, PR_SET_KEEPCAPS, PR_GET_KEEPCAPS,
	};
	static const u32 commands[] = {
		F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC,
	};
	static const u32 ioctls[] = {
		0xb701, 0xb702, 0xb703, 0xb704, 0x5401,
	};
	u32 caps[6], option, i;
	u64 header;

	switch (nr) {
	case NR_capset:
		header = seq_user((u32[]){ _LINUX_CAPABILITY_VERSION_3, 0 }, 8);
		option = seq_byte();
		for (i = 0; i < 6; i++)
			caps[i] = option & 1u << i ? seq_u32() : ~0u;
		seq_sys(task, capset, header, seq_user(caps, sizeof(caps)));
		return true;
	case NR_capget:
		header = seq_user((u32[]){ _LINUX_CAPABILITY_VERSION_3, 0 }, 8);
		seq_sys(task, capget, header, seq_user(NULL, 24));
		return true;
	case NR_prctl:
		option = seq_pick(options);
		seq_sys(task, prctl, option, seq_u32(), seq_byte(), 0, 0);
		return true;
	case NR_fcntl:
		option = seq_pick(commands);
		seq_sys(task, fcntl, argument(task, ARG_FD), option, seq_u32());
		return true;
	case NR_ioctl:
		option = seq_pick(ioctls);
		seq_sys_fd(task, ioctl, argument(task, ARG_FD), option, seq_user((u32[]){ 1 }, 4));
		return true;
	case NR_lseek:
		seq_sys(task, lseek, argument(task, ARG_FD), 0, 0);
		return true;
	case NR_write:
		seq_sys(task, write, argument(task, ARG_FD), seq_user((u64[]){ ~0ULL - seq_byte() }, 8), 8);
		return true;
	case NR_unlinkat:
		seq_sys(task, unlinkat, argument(task, ARG_FD), seq_text(seq_word()), 0);
		return true;
	}
	return false;
}

void seq_any(struct seq_task *task)
{
	const struct signature *signature = some_call();
	u64 args[6] = { 0 };
	bool plain = seq_byte() & 7;
	u32 i;
	s64 ret;

	if (seq_options.confined && must_be_special(signature->nr))
		plain = true;
	if (plain && special(task, signature->nr))
		return;
	for (i = 0; i < signature->nargs; i++)
		args[i] = argument(task, signature->kinds[i]);
	if (seq_options.confined)
		confine_arguments(signature->nr, args);
	ret = seq_call(task, signature->nr, args, signature->nargs);
	/* the result may be an fd; noting one that is not open has no effect */
	if (ret >= 0 && ret < 4096)
		seq_note_fd(task, ret);
}
