// SPDX-License-Identifier: MIT
/*
 * Paths and file system types. A token must never be reached through a path:
 * openat() and openat2() do not follow the links of /proc/PID/fd. Calls without
 * such a flag are preceded by an openat2() of the same path that does not either.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call.h"

#ifndef BPF_FS_MAGIC
#define BPF_FS_MAGIC 0xcafe4a11
#endif

/* The inode number of the initial user namespace. */
#define PROC_USER_INIT_INO 0xeffffffdul

static const char *const types[] = { "bpf", "proc", "ramfs", "tmpfs" };

/* Files of /proc/PID that tests may write. */
static const char *const writable[] = { "uid_map", "gid_map", "projid_map", "setgroups" };

/* A token is a regular file of a bpffs without a name. */
bool path_is_token(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0 &&
	       fstatfs(fd, &fs) == 0 && (unsigned int)fs.f_type == BPF_FS_MAGIC;
}

/* openat2() for a check; if the fd limit is reached, it raises the limit for this call. */
static int look(int dirfd, const char *path, unsigned long flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};
	int fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	struct rlimit limit, more;

	if (fd >= 0 || errno != EMFILE || getrlimit(RLIMIT_NOFILE, &limit))
		return fd;
	more = limit;
	more.rlim_cur = more.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &more))
		return fd;
	fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	more.rlim_cur = errno;
	setrlimit(RLIMIT_NOFILE, &limit);
	errno = more.rlim_cur;
	return fd;
}

/* The string in a segment, or NULL if it has no NUL: then the kernel faults, too. */
static const char *text_of(const struct segment *seg)
{
	if (!seg || !memchr(seg->mem, 0, seg->size))
		return NULL;
	return seg->mem;
}

/* An empty path follows no link: openat() answers it in its own way, by O_EMPTYPATH since 7.2. */
bool path_is_empty(const struct segment *path)
{
	const char *text = text_of(path);

	return text && !*text;
}

/* Refuses paths through a link of /proc/PID, as openat2() does, and fds of tokens. */
void path_check(struct call *call, int dirfd, const struct segment *path)
{
	const char *text = text_of(path);
	int fd;

	if (!text || shared_in_guest())
		return;
	if (!*text) {
		if (path_is_token(dirfd))
			call->rule = RULE_TOKEN_AGAIN;
		return;
	}
	fd = look(dirfd, text, O_PATH);
	if (fd >= 0) {
		if (path_is_token(fd))
			call->rule = RULE_TOKEN_AGAIN;
		close(fd);
	} else if (errno == ELOOP) {
		call->forced = -ELOOP;
	} else if (errno == EMFILE || errno == ENFILE) {
		call->rule = RULE_TOKEN_AGAIN;
	}
}

/*
 * All instances of procfs share the files that belong to no process, so their
 * modes and owners are the host's.
 */
void path_check_attr(struct call *call, int dirfd, const struct segment *path, bool follow)
{
	const char *text = text_of(path);
	struct statfs fs;
	int looked = -1;

	path_check(call, dirfd, path);
	if (!text || shared_in_guest() || call->rule || call->forced)
		return;
	if (*text)
		looked = look(dirfd, text, O_PATH | (follow ? 0 : O_NOFOLLOW));
	else if (dirfd == AT_FDCWD)
		looked = look(dirfd, ".", O_PATH);
	/* @dirfd may be a number of no open file. */
	if (fstatfs(*text || dirfd == AT_FDCWD ? looked : dirfd, &fs) == 0 &&
	    fs.f_type == PROC_SUPER_MAGIC)
		call->rule = RULE_PROC_MODE;
	if (looked >= 0)
		close(looked);
}

/*
 * Devices and sysfs are the host's, and have extended attributes. The file is the first argument:
 * a path or an fd, where AT_FDCWD is the working directory.
 */
void path_check_xattr(struct call *call, bool by_fd, bool follow)
{
	const char *text = by_fd ? "." : text_of(call->arg_seg[0]);
	int given = call->args[0];
	bool open = !by_fd || given == AT_FDCWD;
	struct statfs fs;
	int fd = given;

	if (!text || shared_in_guest())
		return;
	if (open)
		fd = look(AT_FDCWD, text, O_PATH | (follow ? 0 : O_NOFOLLOW));
	if (fd < 0 && open && errno == ELOOP)
		call->forced = -ELOOP;
	else if (fd < 0 && open && (errno == EMFILE || errno == ENFILE))
		call->rule = RULE_XATTR;
	else if (fstatfs(fd, &fs) == 0 && (unsigned int)fs.f_type != BPF_FS_MAGIC &&
		 fs.f_type != PROC_SUPER_MAGIC)
		call->rule = RULE_XATTR;
	if (open && fd >= 0)
		close(fd);
}

/* Whether the caller has CAP_SYS_ADMIN in the initial user namespace. */
static bool is_privileged(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { 0 };
	struct stat ns;

	return fstatat(KEPT_PROC, "self/ns/user", &ns, 0) == 0 && ns.st_ino == PROC_USER_INIT_INO &&
	       syscall(SYS_capget, &head, sets) == 0 &&
	       sets[0].effective & 1u << CAP_SYS_ADMIN;
}

/*
 * The kernel does not unmount the root of the caller: it makes the file system
 * read-only, and all tasks share the sandbox root. MNT_DETACH does unmount it if
 * it covers the first root of the host (see enter() in sandbox_root.c). For a
 * caller with another root, without the privilege or with invalid flags, the
 * kernel decides.
 */
void path_check_umount(struct call *call, const struct segment *path, int flags)
{
	const char *text = text_of(path);
	struct statx there, root;
	struct stat st;
	int fd;

	if (!text || flags & ~(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW) || !is_privileged())
		return;
	fd = look(AT_FDCWD, text, O_PATH);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && shared_is_sandbox_root(&st) &&
	    statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &there) == 0 &&
	    statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &root) == 0 &&
	    there.stx_mnt_id == root.stx_mnt_id &&
	    there.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		call->rule = RULE_SANDBOX_ROOT;
	close(fd);
}

/* Whether a file system type is registered, built in or from a module. */
static bool is_registered(const char *name, size_t size)
{
	char text[4096];
	char *line = text;
	int fd = look(KEPT_PROC, "filesystems", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return true;
	text[n] = 0;
	while (*line) {
		size_t length = strcspn(line, "\n");
		char *tab = memchr(line, '\t', length);
		char *type = tab ? tab + 1 : line;

		if (line + length - type == (ssize_t)size && !memcmp(type, name, size))
			return true;
		line += length + (line[length] == '\n');
	}
	return false;
}

/*
 * Types that reach the host's devices, kernel or network are refused. The kernel
 * itself refuses unknown names, in its own order of checks. It would first try to
 * load a module of that name, so the name is masked by one that no module has.
 */
void path_check_type(struct call *call, struct segment *type)
{
	const char *text = text_of(type);
	size_t size;

	if (!text || !*text || shared_in_guest())
		return;
	/* `fuse.NAME` means the type fuse. */
	size = strcspn(text, ".");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i]) == size && !memcmp(types[i], text, size))
			return;
	if (is_registered(text, size) || strlen(text) >= sizeof(call->masked_text)) {
		call->rule = RULE_FS_TYPE;
		return;
	}
	strcpy(call->masked_text, text);
	call->masked = type;
	memset(type->mem, 1, strlen(text));
}

/* `PID/NAME` of a writable file, from the link text of an fd. */
static const char *tail_of(const char *link)
{
	const char *name = strrchr(link, '/');
	const char *pid = name;

	if (!name || name == link)
		return NULL;
	for (size_t i = 0;; i++) {
		if (i == sizeof(writable) / sizeof(writable[0]))
			return NULL;
		if (!strcmp(writable[i], name + 1))
			break;
	}
	while (pid > link && pid[-1] != '/')
		pid--;
	return strspn(pid, "0123456789") == (size_t)(name - pid) ? pid : NULL;
}

/*
 * Whether a test may keep the file that it opened. Of procfs, only id maps of
 * processes in the executor's own /proc may be written. A name alone proves
 * nothing, since a bind mount can give a file any name: the file must be the same
 * as the one of that name in our /proc.
 */
bool path_may_write(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	char self[32], link[256];
	struct stat st, own;
	struct statfs fs;
	const char *tail;
	ssize_t n;

	if (shared_in_guest() || flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
		return true;
	if (fstatfs(fd, &fs) || fs.f_type != PROC_SUPER_MAGIC)
		return true;
	snprintf(self, sizeof(self), "self/fd/%d", fd);
	n = readlinkat(KEPT_PROC, self, link, sizeof(link) - 1);
	if (n < 0)
		return false;
	link[n] = 0;
	tail = tail_of(link);
	return tail && fstat(fd, &st) == 0 && fstatat(KEPT_PROC, tail, &own, 0) == 0 &&
	       st.st_dev == own.st_dev && st.st_ino == own.st_ino;
}
