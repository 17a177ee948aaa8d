// SPDX-License-Identifier: MIT
/*
 * The sandbox root, which tasks see as /: an empty tmpfs with a /proc of its own.
 * It has no file of the host, so no test can touch one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "exec.h"

static const struct {
	const char *path;
	mode_t mode;
} directories[] = {
	{ "proc", 0555 },
	{ "sys", 0555 },
	{ "sys/fs", 0755 },
	{ "sys/fs/bpf", 0755 },
	{ "dev", 0755 },
	{ "mnt", 0755 },
	{ "tmp", 01777 },
};

/* A device node, or a bind mount of the host's if mknod() is not permitted. */
static bool make_null(int outer)
{
	char path[64];
	int fd;

	if (mknod("dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0) {
		fd = open("dev/null", O_RDWR | O_CLOEXEC);
		if (fd >= 0) {
			close(fd);
			return chmod("dev/null", 0666) == 0;
		}
		unlink("dev/null");
	}
	fd = open("dev/null", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || outer < 0)
		return false;
	close(fd);
	snprintf(path, sizeof(path), "proc/self/fd/%d", outer);
	return mount(path, "dev/null", NULL, MS_BIND, NULL) == 0;
}

/*
 * Makes the current directory the root. pivot_root() cannot replace an initramfs:
 * there the new root is mounted over it, and looks the same from inside.
 */
static bool enter(void)
{
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		return umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
	return errno == EINVAL && mount(".", "/", NULL, MS_MOVE, NULL) == 0 &&
	       chroot(".") == 0 && chdir("/") == 0;
}

/*
 * Replaces the root of this mount namespace, which no other process may share.
 * Returns what failed, with errno set, or NULL.
 */
const char *sandbox_root_make(void)
{
	int outer = open("/dev/null", O_PATH | O_CLOEXEC);

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return "make the mounts private";
	/* Every host has a directory /proc. */
	if (mount("tmpfs", "/proc", "tmpfs", MS_NOSUID, "mode=755,size=16m,nr_inodes=16k"))
		return "mount a tmpfs";
	if (chdir("/proc"))
		return "enter the tmpfs";
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (mkdir(directories[i].path, 0700) ||
		    chmod(directories[i].path, directories[i].mode))
			return "make directories";
	if (mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return "mount /proc";
	if (!make_null(outer))
		return "make /dev/null";
	if (!enter())
		return "change the root";
	if (outer >= 0)
		close(outer);
	return NULL;
}
