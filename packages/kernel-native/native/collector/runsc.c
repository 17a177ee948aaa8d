// SPDX-License-Identifier: MIT
#include <asm/stat.h>
#include "collector/parts.h"

#define AT_FDCWD (-100)
#define O_PATH 010000000
#define O_CLOEXEC 02000000

/* The PID namespace of the host: its inode number is fixed (PROC_PID_INIT_INO). */
#define HOST_PIDS "pid:[4026531836]"

enum { PATH_SIZE = 512, LINK_SIZE = 1 << 13 };

static char text[LINK_SIZE];

static bool ends(const char *string, const char *end)
{
	size_t count = mini_strlen(string), last = mini_strlen(end);

	return count >= last && mini_equal(string + count - last, end);
}

/* A file in the folder of a process. */
static const char *file_of(char *path, const char *proc, const char *process, const char *name)
{
	return mini_join(path, PATH_SIZE, proc, "/", process, name, NULL);
}

/* /proc/self/FOLDER/FD. */
static const char *own_file(char *path, const char *folder, long fd)
{
	char digits[24];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	do
		digits[--at] = (char)('0' + fd % 10);
	while (fd /= 10);
	return mini_join(path, PATH_SIZE, "/proc/self/", folder, "/", digits + at, NULL);
}

struct wanted_mount {
	char id[16];		/* the id and a space */
	bool found;
};

static bool take_line(const struct text_line *line, void *to)
{
	struct wanted_mount *mount = to;

	mount->found = mini_starts(line->at, mount->id);
	return !mount->found;
}

/* Whether process 1 is that of the host, not of a container. */
static bool sees_host_init(const char *proc)
{
	char path[PATH_SIZE], link[64];

	return read_link(file_of(path, proc, "1", "/ns/pid"), link, sizeof(link)) > 0 &&
	       mini_equal(link, HOST_PIDS);
}

/* Whether a mount of the host has the file. The open handle keeps the id of the mount. */
static bool is_on_host(const char *proc, long fd)
{
	struct wanted_mount mount = { .found = false };
	char path[PATH_SIZE];
	const char *at;
	size_t used = 0;

	if (read_file(own_file(path, "fdinfo", fd), text, sizeof(text)) < 0)
		return false;
	at = mini_find(text, "mnt_id:\t");
	if (!at)
		return false;
	for (at += 8; *at >= '0' && *at <= '9' && used < sizeof(mount.id) - 2; at++)
		mount.id[used++] = *at;
	mount.id[used++] = ' ';
	mount.id[used] = '\0';
	read_lines(file_of(path, proc, "self", "/mountinfo"), take_line, &mount);
	if (!mount.found && sees_host_init(proc))
		read_lines(file_of(path, proc, "1", "/mountinfo"), take_line, &mount);
	return mount.found;
}

/* Whether only root can change the file. */
static bool is_of_root(long fd)
{
	struct stat found;

	return SYS(__NR_fstat, fd, &found) == 0 && found.st_uid == 0 && !(found.st_mode & 022);
}

static bool is_mount_namespace_of(const char *proc, const char *process, const char *link)
{
	char path[PATH_SIZE], other[64];

	return read_link(file_of(path, proc, process, "/ns/mnt"), other, sizeof(other)) > 0 &&
	       mini_equal(link, other);
}

static bool has_own_mounts(const char *proc, const char *pid)
{
	char path[PATH_SIZE], link[64];

	return read_link(file_of(path, proc, pid, "/ns/mnt"), link, sizeof(link)) > 0 &&
	       !is_mount_namespace_of(proc, "self", link) &&
	       !(sees_host_init(proc) && is_mount_namespace_of(proc, "1", link));
}

void write_runsc(struct out *out, const char *proc, const char *pid, bool from_host)
{
	char path[PATH_SIZE];
	long fd = SYS(__NR_openat, AT_FDCWD, file_of(path, proc, pid, "/exe"), O_PATH | O_CLOEXEC, 0);

	if (fd < 0)
		return;
	read_link(own_file(path, "fd", fd), text, sizeof(text));
	if (ends(text, "/runsc") || ends(text, "/runsc (deleted)")) {
		/* Reads no inode of a container, whose file system may never answer. */
		bool of_host = from_host && is_on_host(proc, fd) && is_of_root(fd);

		key(out, "runsc");
		out_text(out, of_host ? "{\"ofHost\":true" : "{\"ofHost\":false");
		key(out, "ownMounts");
		out_text(out, has_own_mounts(proc, pid) ? "true}" : "false}");
	}
	SYS(__NR_close, fd);
}
