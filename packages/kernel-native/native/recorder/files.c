// SPDX-License-Identifier: MIT
#include <asm/stat.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include "collector/facts.h"
#include "files.h"
#include "memory.h"

enum { BPFFS_MAGIC = 0xcafe4a11, AT_CWD = -100, MOST_PASSED = 64 };

const char *text_of(long number, char text[16])
{
	char digits[16];
	size_t n = 0, at = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) && n < sizeof(digits));
	while (n)
		text[at++] = digits[--n];
	text[at] = '\0';
	return text;
}

static const char *proc_path(char path[96], int pid, const char *folder, int fd)
{
	char a[16], b[16];

	return mini_join(path, 96, "/proc/", text_of(pid, a), folder, text_of(fd, b), NULL);
}

bool is_open(int pid, int fd)
{
	char path[96], link[16];

	return read_link(proc_path(path, pid, "/fd/", fd), link, sizeof(link)) >= 0;
}

bool shares_files(int a, int b)
{
	return SYS(__NR_kcmp, a, b, 2 /* KCMP_FILES */) == 0;
}

/* The id of the mount of an open file as text; empty if it cannot be read. */
static void read_mount_id(int pid, int fd, char id[16])
{
	char path[96], info[4096];
	const char *at;
	size_t n = 0;

	id[0] = '\0';
	if (read_file(proc_path(path, pid, "/fdinfo/", fd), info, sizeof(info)) < 0)
		return;
	at = mini_find(info, "mnt_id:\t");
	for (at = at ? at + 8 : ""; at[n] >= '0' && at[n] <= '9' && n < 15; n++)
		id[n] = at[n];
	id[n] = '\0';
}

enum mount_kind { NOT_MOUNTED, BPF_MOUNT, OTHER_MOUNT };

/* What the mountinfo of a process says about a mount. */
static enum mount_kind find_mount(int pid, const char *id)
{
	static char mountinfo[1 << 20];
	char number[16], path[96], start[24];
	const char *at = mountinfo, *type;

	mini_join(path, sizeof(path), "/proc/", text_of(pid, number), "/mountinfo", NULL);
	mini_join(start, sizeof(start), id, " ", NULL);
	if (!*id || read_file(path, mountinfo, sizeof(mountinfo)) < 0)
		return NOT_MOUNTED;
	while (!mini_starts(at, start)) {
		while (*at && *at != '\n')
			at++;
		if (!*at++)
			return NOT_MOUNTED;
	}
	type = mini_find(at, " - ");
	return type && mini_starts(type, " - bpf ") ? BPF_MOUNT : OTHER_MOUNT;
}

/*
 * mountinfo decides, because statfs() may ask a FUSE server, and a traced one that is
 * stopped would never answer. A mount that is not attached is in no mountinfo.
 */
bool is_bpffs(int pid, int fd)
{
	char path[96], id[16];
	/* struct statfs: the type is its first word. */
	long statfs[32];
	enum mount_kind kind;

	read_mount_id(pid, fd, id);
	kind = find_mount(pid, id);
	if (kind != NOT_MOUNTED)
		return kind == BPF_MOUNT;
	return SYS(__NR_statfs, proc_path(path, pid, "/fd/", fd), statfs) == 0 &&
	       (unsigned int)statfs[0] == (unsigned int)BPFFS_MAGIC;
}

static const struct {
	const char *link;
	const char *kind;
} kinds[] = {
	{ "anon_inode:bpf-token", "token" }, { "anon_inode:bpf-map", "map" },
	{ "anon_inode:bpf-prog", "prog" },   { "anon_inode:btf", "btf" },
	{ "anon_inode:bpf_link", "link" },   { "anon_inode:[fscontext]", "other" },
};

static const char *kind_of(const char *link)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (mini_equal(link, kinds[i].link))
			return kinds[i].kind;
	return NULL;
}

bool is_bpf_file(int pid, int fd)
{
	char path[96], link[64];

	if (read_link(proc_path(path, pid, "/fd/", fd), link, sizeof(link)) < 0)
		return false;
	return kind_of(link) || is_bpffs(pid, fd);
}

static bool same_text(const char *a, const char *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Whether a path is where a BPF filesystem is mounted with its root directory. */
static bool is_mounted_root(int pid, const char *path)
{
	static char mountinfo[1 << 20];
	static struct bpffs_line mounts[64];
	char number[16], file[96];
	size_t count;

	mini_join(file, sizeof(file), "/proc/", text_of(pid, number), "/mountinfo", NULL);
	if (read_file(file, mountinfo, sizeof(mountinfo)) < 0)
		return false;
	count = find_bpffs(mountinfo, mounts, ARRAY_SIZE(mounts));
	for (size_t i = 0; i < count; i++) {
		size_t n = mounts[i].path_count;

		if (mini_strlen(path) == n && same_text(path, mounts[i].path, n))
			return mounts[i].root_count == 1;
	}
	return false;
}

static void write_bpffs(struct out *line, int pid, int fd, const char *link)
{
	char path[96];
	struct stat stat;
	/* The kernel's new_encode_dev(): 8 bits of minor, 12 of major, the rest of minor. */
	unsigned long device;

	out_text(line, "{\"kind\":\"bpffs\"");
	if (SYS(__NR_newfstatat, AT_CWD, proc_path(path, pid, "/fd/", fd), &stat, 0) == 0) {
		device = (unsigned long)stat.st_dev;
		out_text(line, ",\"device\":\"");
		out_number(line, (long)((device >> 8) & 0xfff));
		out_text(line, ":");
		out_number(line, (long)((device & 0xff) | ((device >> 12) & 0xfff00)));
		out_text(line, "\"");
	}
	/* A mount that is not attached has the path "/". */
	out_text(line, mini_equal(link, "/") || is_mounted_root(pid, link) ? ",\"root\":true}" :
									      ",\"root\":false}");
}

bool write_file(struct out *line, int pid, int fd)
{
	char path[96], link[4096], info[4096];
	const char *kind;

	if (read_link(proc_path(path, pid, "/fd/", fd), link, sizeof(link)) < 0) {
		out_text(line, "{\"kind\":\"closed\"}");
		return false;
	}
	kind = kind_of(link);
	if (!kind && is_bpffs(pid, fd)) {
		write_bpffs(line, pid, fd, link);
		return true;
	}
	out_text(line, "{\"kind\":\"");
	out_text(line, kind ? kind : "other");
	out_text(line, "\"");
	if (kind && read_file(proc_path(path, pid, "/fdinfo/", fd), info, sizeof(info)) > 0) {
		out_text(line, ",\"fdinfo\":");
		out_json(line, info, mini_strlen(info));
	}
	out_text(line, "}");
	return kind != NULL;
}

/* Calls ------------------------------------------------------------------ */

bool has_filter(int pid, bool ours)
{
	static char status[8192];
	char path[64], number[16];
	const char *at;

	mini_join(path, sizeof(path), "/proc/", text_of(pid, number), "/status", NULL);
	if (read_file(path, status, sizeof(status)) < 0 || !(at = mini_find(status, "\nSeccomp_filters:\t")))
		return false;
	return at[18] > (ours ? '1' : '0') || (at[19] >= '0' && at[19] <= '9');
}

bool changes_privileges(uint64_t option)
{
	switch (option) {
	case PR_CAPBSET_DROP:
	case PR_SET_KEEPCAPS:
	case PR_SET_SECUREBITS:
	case PR_CAP_AMBIENT:
	case PR_SET_SECCOMP:
	case PR_SET_NO_NEW_PRIVS:
		return true;
	default:
		return false;
	}
}

enum { DUPFD = 0, SETFD = 2, DUPFD_CLOEXEC = 1030 };

bool copies_descriptor(uint64_t request)
{
	return copies_number(request) || request == SETFD;
}

bool copies_number(uint64_t request)
{
	return request == DUPFD || request == DUPFD_CLOEXEC;
}

bool command_returns_fd(uint64_t cmd)
{
	/* MAP_CREATE, PROG_LOAD, OBJ_GET, the *_GET_FD_BY_ID, RAW_TRACEPOINT_OPEN, BTF_LOAD, … */
	static const unsigned char commands[] = { 0, 5, 7, 13, 14, 17, 18, 19, 28, 30, 32, 33, 36 };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if ((cmd & 0xffff) == commands[i])
			return true;
	return false;
}

bool sets_filter(const struct tracee *tracee)
{
	if (tracee->nr == __NR_prctl)
		return tracee->args[0] == PR_SET_SECCOMP;
	return tracee->nr == __NR_seccomp && tracee->args[0] == SECCOMP_SET_MODE_FILTER;
}

static int passed[MOST_PASSED];
static size_t passed_count;

bool write_message(struct out *line, const struct tracee *tracee)
{
	bool any = false;

	passed_count = message_fds(tracee->tid, tracee->args[1], passed, MOST_PASSED);
	for (size_t i = 0; i < passed_count; i++)
		any |= is_bpf_file(tracee->process->pid, passed[i]);
	if (!any)
		return false;
	out_text(line, ",\"fds\":[");
	for (size_t i = 0; i < passed_count; i++) {
		if (i)
			out_text(line, ",");
		out_number(line, passed[i]);
	}
	out_text(line, "]");
	return true;
}

size_t message_count(void)
{
	return passed_count;
}

int message_fd(size_t index)
{
	return passed[index];
}
