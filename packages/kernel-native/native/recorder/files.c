// SPDX-License-Identifier: MIT
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include "collector/facts.h"
#include "files.h"
#include "memory.h"
#include "remote.h"

enum { AT_CWD = -100, MOST_PASSED = 64 };

const char *text_of(unsigned int number, char text[16])
{
	char digits[16];
	size_t n = 0, at = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while (number /= 10);
	while (n)
		text[at++] = digits[--n];
	text[at] = '\0';
	return text;
}

static const char *proc_path(char path[96], int pid, const char *folder, int fd)
{
	char a[16], b[16];

	return mini_join(path, 96, "/proc/", text_of((unsigned int)pid, a), folder,
			 text_of((unsigned int)fd, b), NULL);
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

/* A decimal number at the start of a text. */
static unsigned int number_at(const char *text)
{
	unsigned int number = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		number = 10 * number + (unsigned int)(*text - '0');
	return number;
}

/* The id of the mount of an open file; 0 if it cannot be read. */
static unsigned int read_mount_id(int pid, int fd)
{
	char path[96], info[4096];
	const char *at;

	read_file(proc_path(path, pid, "/fdinfo/", fd), info, sizeof(info));
	at = mini_find(info, "mnt_id:\t");
	return at ? number_at(at + 8) : 0;
}

enum mount_kind { NOT_MOUNTED, BPF_ROOT, BPF_PART, OTHER_MOUNT };

enum { MOST_MOUNTS = 1 << 17 };	/* more than fs.mount-max permits by default */

/* The mounts of one process, from its mountinfo. */
static struct {
	int pid;
	size_t count;
	struct {
		unsigned int id;
		unsigned char kind;
	} mounts[MOST_MOUNTS];
} seen;

void forget_mounts(void)
{
	seen.pid = 0;
}

/* `ID PARENT DEVICE ROOT PATH … - TYPE SOURCE OPTIONS`; of a line that is cut the type may be unknown. */
static bool take_mount(const struct text_line *line, void *to)
{
	const char *type = mini_find(line->at, " - "), *root = line->at;

	(void)to;
	if (!type || seen.count == ARRAY_SIZE(seen.mounts))
		return true;
	for (int fields = 0; *root && fields < 3; root++)
		fields += *root == ' ';
	seen.mounts[seen.count].id = number_at(line->at);
	seen.mounts[seen.count++].kind = !mini_starts(type, " - bpf ") ? OTHER_MOUNT :
					 mini_starts(root, "/ ") ? BPF_ROOT : BPF_PART;
	return true;
}

static enum mount_kind find_mount(int pid, unsigned int id)
{
	char path[96], number[16];

	if (seen.pid != pid) {
		seen.pid = pid;
		seen.count = 0;
		mini_join(path, sizeof(path), "/proc/", text_of((unsigned int)pid, number), "/mountinfo", NULL);
		read_lines(path, take_mount, NULL);
	}
	for (size_t i = 0; i < seen.count; i++)
		if (seen.mounts[i].id == id)
			return seen.mounts[i].kind;
	return NOT_MOUNTED;
}

/* Mounts whose filesystem did not answer. */
static unsigned int silent[16];
static size_t silent_count;

static bool is_silent(unsigned int id)
{
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
		if (silent[i] == id)
			return true;
	return false;
}

/*
 * mountinfo decides, because statfs() may ask a FUSE server, and a traced one that is
 * stopped would never answer. A mount that is not attached is in no mountinfo: then
 * another process asks, for a limited time.
 */
bool is_bpffs(int pid, int fd)
{
	char path[96], link[16];
	enum mount_kind kind;
	unsigned int id;
	long answer;

	/* Pipes, sockets and the like have mounts of the kernel. */
	read_link(proc_path(path, pid, "/fd/", fd), link, sizeof(link));
	if (link[0] != '/' || mini_starts(link, "/memfd:"))
		return false;
	id = read_mount_id(pid, fd);
	kind = find_mount(pid, id);
	if (kind != NOT_MOUNTED)
		return kind != OTHER_MOUNT;
	if (is_silent(id))
		return false;
	answer = remote_is_bpffs(proc_path(path, pid, "/fd/", fd));
	if (answer >= 0)
		return answer > 0;
	silent[silent_count++ % ARRAY_SIZE(silent)] = id;
	mini_complain("bpf-token-record: a filesystem does not answer; "
		      "it is recorded as one that is not a BPF filesystem");
	return false;
}

static const struct {
	const char *link;
	const char *kind;
} kinds[] = {
	{ "anon_inode:bpf-map", "map" },   { "anon_inode:bpf-prog", "prog" },
	{ "anon_inode:btf", "btf" },	   { "anon_inode:bpf_link", "link" },
	{ "anon_inode:[fscontext]", "other" },
};

static const char *kind_of(const char *link)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (mini_equal(link, kinds[i].link))
			return kinds[i].kind;
	return NULL;
}

/* A token is a file of its BPF filesystem without a name there (rule TP-06). Only fdinfo shows its masks. */
static bool is_token(const char *link, const char *info)
{
	return mini_equal(link, "/bpf-token (deleted)") && mini_find(info, "\nallowed_cmds:\t");
}

bool is_bpf_file(int pid, int fd)
{
	char path[96], link[64];

	if (read_link(proc_path(path, pid, "/fd/", fd), link, sizeof(link)) < 0)
		return false;
	return kind_of(link) || is_bpffs(pid, fd);
}

/*
 * Another thread may have put a file of a FUSE filesystem there meanwhile: so the kernel must
 * answer without its server.
 */
static bool read_stat(int pid, int fd, struct statx *stat)
{
	enum { BASIC_STATS = 0x7ff };
	char path[96];

	return SYS(__NR_statx, AT_CWD, proc_path(path, pid, "/fd/", fd), AT_STATX_DONT_SYNC,
		   BASIC_STATS, stat) == 0;
}

/*
 * Whether a descriptor refers to the root directory of a BPF filesystem, where it is
 * mounted. Paths cannot decide: those of a process after chroot() have another start.
 */
static bool is_root(int pid, int fd, const struct statx *stat)
{
	enum mount_kind kind;

	if (!(stat->stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return false;
	kind = find_mount(pid, read_mount_id(pid, fd));
	/* A mount that is not attached is of the root. */
	return kind == BPF_ROOT || kind == NOT_MOUNTED;
}

static void write_bpffs(struct out *line, int pid, int fd)
{
	struct statx stat;
	bool known = read_stat(pid, fd, &stat);

	out_text(line, "{\"kind\":\"bpffs\"");
	if (known) {
		out_text(line, ",\"device\":\"");
		out_number(line, stat.stx_dev_major);
		out_text(line, ":");
		out_number(line, stat.stx_dev_minor);
		out_text(line, "\"");
	}
	out_text(line, known && is_root(pid, fd, &stat) ? ",\"root\":true}" : ",\"root\":false}");
}

bool write_file(struct out *line, int pid, int fd)
{
	char path[96], link[4096], info[4096];
	const char *kind;

	if (read_link(proc_path(path, pid, "/fd/", fd), link, sizeof(link)) < 0) {
		out_text(line, "{\"kind\":\"closed\"}");
		return false;
	}
	read_file(proc_path(path, pid, "/fdinfo/", fd), info, sizeof(info));
	kind = is_token(link, info) ? "token" : kind_of(link);
	if (!kind && is_bpffs(pid, fd)) {
		write_bpffs(line, pid, fd);
		return true;
	}
	out_text(line, "{\"kind\":\"");
	out_text(line, kind ? kind : "other");
	out_text(line, "\"");
	if (kind && *info) {
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

	mini_join(path, sizeof(path), "/proc/", text_of((unsigned int)pid, number), "/status", NULL);
	read_short_lines(path, status, sizeof(status));
	at = mini_find(status, "\nSeccomp_filters:\t");
	return at && (at[18] > (ours ? '1' : '0') || (at[19] >= '0' && at[19] <= '9'));
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

	passed_count = message_fds(tracee, tracee->args[1], passed, MOST_PASSED);
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
