// SPDX-License-Identifier: GPL-2.0-only
/* Containers, contexts of filesystems, mounts, and files in /proc. */
#include <linux/sprintf.h>
#include <linux/string.h>
#include <uapi/linux/mount.h>
#include <uapi/linux/sched.h>

#include "sequence.h"

#define HERE ((u64)(s64)AT_FDCWD)

static void write_text(struct seq_task *task, const char *path, const char *text)
{
	s64 fd = seq_sys(task, openat, HERE, seq_text(path), O_WRONLY);

	seq_sys(task, write, (u64)fd, seq_text(text), strlen(text));
	seq_sys(task, close, (u64)fd);
}

/* Moves @task into its own user namespace, a child of its current one, in which it is root. */
void seq_inner_container(struct seq_task *task)
{
	seq_sys(task, unshare, CLONE_NEWUSER | CLONE_NEWNS);
	write_text(task, "/proc/self/setgroups", "deny");
	write_text(task, "/proc/self/uid_map", "0 0 1");
	write_text(task, "/proc/self/gid_map", "0 0 1");
}

static void write_map(struct seq_task *host, const struct seq_task *task, const char *map)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/%s_map", task->pid, map);
	write_text(host, path, "0 100000 65536");
}

/*
 * Moves @task into its own user namespace, in which @host maps many ids to others, as container
 * managers do. Its real ids may differ from the effective ones, which files get.
 */
void seq_mapped_container(struct seq_task *host, struct seq_task *task, u32 how)
{
	seq_sys(task, unshare, CLONE_NEWUSER | CLONE_NEWNS);
	write_map(host, task, "uid");
	write_map(host, task, "gid");
	seq_sys(task, setresgid, how & 1, how >> 1 & 1, 0);
	seq_sys(task, setresuid, how >> 2 & 1, 0, 0);
}

/* Moves @task into its own user namespace. The bytes choose the id maps, mostly valid ones. */
void seq_container(struct seq_task *task)
{
	static const char *const maps[] = {
		"0 0 1", "0 0 1\n", "0 0 1", "0 1000 1", "0 0 10", "0 0 1\n1 1 1\n", "5 0 1", "x",
		"0 0 0", "1 2 3 4", "0 4294967295 2", "0 0 1\n0 0 1\n",
	};
	u32 how = seq_byte();

	seq_sys(task, unshare, how & 1 ? CLONE_NEWUSER : CLONE_NEWUSER | CLONE_NEWNS);
	if ((how & 6) != 6)
		write_text(task, "/proc/self/setgroups", "deny");
	write_text(task, "/proc/self/uid_map", how & 8 ? seq_pick(maps) : maps[0]);
	write_text(task, "/proc/self/gid_map", how & 16 ? seq_pick(maps) : maps[0]);
	if (how & 1)
		seq_sys(task, unshare, CLONE_NEWNS);
}

static void config(struct seq_task *task)
{
	static const char *const keys[] = {
		"delegate_cmds", "delegate_maps", "delegate_progs", "delegate_attachs", "mode",
		"uid", "gid", "source", "ro", "size", "nr_inodes", "hidepid", "subset",
	};
	static const char *const values[] = {
		"any", "0x4", "array", "1777", "0", "0x1:0x2:any", "common_attrs", "1000", "",
	};
	u32 cmd = seq_byte() % 9, how = seq_byte();
	u64 context = seq_fd(task, FD_KIND_FSCONTEXT);
	u64 key = seq_text(how & 1 ? seq_word() : seq_pick(keys));
	u64 value = seq_text(how & 2 ? seq_word() : seq_pick(values));

	switch (cmd) {
	case FSCONFIG_SET_FLAG:
		seq_sys(task, fsconfig, context, cmd, key, how & 4 ? value : 0, 0);
		break;
	case FSCONFIG_SET_BINARY:
		seq_sys(task, fsconfig, context, cmd, key, value, how >> 2 & 7);
		break;
	case FSCONFIG_SET_FD:
		seq_sys(task, fsconfig, context, cmd, key, 0, seq_fd(task, FD_KIND_DIR));
		break;
	case FSCONFIG_CMD_CREATE:
	case FSCONFIG_CMD_RECONFIGURE:
	case FSCONFIG_CMD_CREATE_EXCL:
		seq_sys(task, fsconfig, context, cmd, how & 12 ? 0 : key, 0, 0);
		break;
	default:
		seq_sys(task, fsconfig, context, cmd, key, value, how & 12 ? 0 : HERE);
		break;
	}
}

static void open_file(struct seq_task *task)
{
	static const char *const paths[] = {
		"/proc/self/fdinfo/3", "/proc/self/fdinfo/4", "/proc/self/fdinfo/5",
		"/proc/self/fdinfo/6", "/proc/self/fdinfo/7", "/proc/self/fd/5",
		"/proc/self/ns/user", "/proc/self/ns/mnt", "/proc/self/uid_map", "/tmp",
		"/sys/fs/bpf", ".", "/proc/self/mountinfo", "/proc/self/status", "/mnt", "a",
		"/proc/sys/kernel/unprivileged_bpf_disabled", "/dev/null", "/tmp/a", "/",
	};
	static const u32 flags[] = {
		O_RDONLY, O_RDONLY, O_RDWR, O_PATH, O_RDWR | O_CREAT, O_WRONLY | O_TRUNC,
		O_DIRECTORY, O_RDWR | O_CREAT | O_EXCL, O_PATH | O_NOFOLLOW, O_WRONLY | O_APPEND,
	};
	u32 how = seq_byte();
	const char *path = how & 1 ? seq_word() : seq_confined_path(seq_pick(paths));
	u64 from = how & 2 ? seq_fd(task, FD_KIND_DIR) : HERE;
	s64 fd = seq_sys_fd(task, openat, from, seq_text(path),
			    how & 4 ? seq_u32() : seq_pick(flags), 0600);

	if (how & 8)
		seq_sys(task, read, (u64)fd, seq_user(NULL, 200), 200);
	if (how & 16)
		seq_sys(task, write, (u64)fd, seq_text(seq_word()), seq_byte() & 15);
	if (how & 32)
		seq_sys(task, close, (u64)fd);
}

static void mounts(struct seq_task *task)
{
	static const char *const places[] = { "/mnt", "/tmp", "a", "/sys/fs/bpf", "/mnt/a", "/", "." };
	static const char *const types[] = { "bpf", "tmpfs", "bpf", "proc", "sysfs", "nonsense" };
	static const char *const options[] = {
		"", "delegate_cmds=any", "mode=0700", "delegate_maps=array,delegate_progs=xdp",
		"uid=1,gid=1", "delegate_cmds=,mode=8",
	};
	static const u32 flags[] = {
		0, 0, 0, 1, 2, MS_BIND, MS_BIND | MS_REC, MS_REMOUNT, MS_PRIVATE | MS_REC,
		MS_SHARED, MS_MOVE, MS_REMOUNT | MS_BIND | 1,
	};
	u32 how = seq_byte();

	if (how & 1)
		seq_sys(task, mkdirat, HERE, seq_text(seq_pick(places)), 0777);
	seq_sys(task, mount, seq_text(how & 2 ? "/sys/fs/bpf" : "none"),
		seq_text(seq_pick(places)), seq_text(seq_pick(types)), seq_pick(flags),
		seq_text(seq_pick(options)));
	if (how & 4)
		seq_sys(task, umount2, seq_text(seq_pick(places)), seq_byte() & 15);
}

static void trees(struct seq_task *task)
{
	static const char *const places[] = { "", "/mnt", "/tmp", ".", "/sys/fs/bpf", "a", "/" };
	u32 how = seq_byte();

	switch (how & 3) {
	case 0:
		seq_sys_fd(task, open_tree, how & 4 ? seq_fd(task, KIND_PATH) : HERE,
			   seq_text(seq_pick(places)), how & 8 ? seq_u32() : how >> 4 & 1);
		break;
	case 1:
		seq_sys(task, move_mount, seq_fd(task, KIND_PATH), seq_text(seq_pick(places)), HERE,
			seq_text(seq_pick(places)), how & 8 ? seq_u32() : MOVE_MOUNT_F_EMPTY_PATH);
		break;
	case 2:
		seq_sys_fd(task, fspick, how & 4 ? seq_fd(task, KIND_PATH) : HERE,
			   seq_text(seq_pick(places)), how & 8 ? seq_u32() : how >> 4);
		break;
	default:
		seq_sys_fd(task, fsmount, seq_fd(task, FD_KIND_FSCONTEXT), how >> 2 & 1,
			   how & 8 ? seq_u32() : 0);
		break;
	}
}

void seq_fs(struct seq_task *task, u32 op)
{
	static const char *const types[] = { "bpf", "bpf", "tmpfs", "proc", "sysfs", "none" };
	static const u32 spaces[] = {
		CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWUSER | CLONE_NEWNS, 0, CLONE_NEWNET, CLONE_FS,
		CLONE_FILES,
	};
	u32 how;

	switch (op) {
	case 0:
		seq_sys_fd(task, fsopen, seq_text(seq_pick(types)), seq_byte() & 1);
		break;
	case 1:
	case 2:
		config(task);
		break;
	case 3:
	case 4:
		open_file(task);
		break;
	case 5:
		mounts(task);
		break;
	case 6:
		trees(task);
		break;
	case 7:
		seq_sys(task, close, seq_fd(task, seq_byte() % SEQ_KINDS));
		break;
	default:
		how = seq_byte();
		if ((how & 6) == 6)
			seq_xattr(task);
		else if (how & 1)
			seq_sys(task, unshare, seq_pick(spaces));
		else
			seq_sys(task, setns, seq_fd(task, FD_KIND_USERNS), seq_pick(spaces));
		break;
	}
}
