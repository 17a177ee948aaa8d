// SPDX-License-Identifier: MIT
/*
 * Mounts the delegating bpffs. Two processes take part: a child enters the user
 * and mount namespace of the container and opens the bpffs there, which makes it
 * the container's. This process, root on the host, sets the masks, because the
 * kernel accepts them from nobody else. The mount is the last step, so a failure
 * leaves nothing that is half delegated.
 */
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/socket.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include "enter.h"
#include "hook.h"
#include "addon/sys.h"

#ifndef BPF_FS_MAGIC
#define BPF_FS_MAGIC 0xcafe4a11
#endif

#define SECONDS 10
/* A map has at most 340 lines of 33 bytes. */
#define MAP_MAX 16384
/* One of some ten calls fails while two processes rename as fast as they can. */
#define ATTEMPTS 1000

/* Of <sys/socket.h>, which belongs to the C library. */
enum { UNIX = 1, SEQPACKET = 5, SOL = 1, RIGHTS = 1, RCVTIMEO_NEW = 66, CLOEXEC_FD = 0x40000000,
       NO_SIGNAL = 0x4000 };

struct io_piece {
	void *at;
	size_t size;
};

struct message {
	void *name;
	int name_size;
	struct io_piece *pieces;
	size_t pieces_count;
	void *control;
	size_t control_size;
	unsigned int flags;
};

struct rights {
	size_t size;
	int level;
	int type;
	int fd;
	int padding;
};

enum step {
	STEP_NONE, STEP_ENTER, STEP_PLACE, STEP_DIRECTORY, STEP_OPEN, STEP_MOUNT, STEP_VERIFY,
};

/* The child's answer. */
struct report {
	int step;
	int error;
};

/*
 * With "..", the kernel answers EAGAIN if any process of the host renames or mounts at the same
 * time, so that another container could keep this one from starting.
 */
static long openat2(long dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };
	long fd = -EAGAIN;

	for (int i = 0; fd == -EAGAIN && i < ATTEMPTS; i++)
		fd = sys6(__NR_openat2, dirfd, (long)path, (long)&how, sizeof(how), 0, 0);
	return fd;
}

/* Follows symlinks as the container will: none leads out of its root. */
static long open_inside(int root, const char *path)
{
	return openat2(root, path, O_PATH | O_DIRECTORY,
		       RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

static _Noreturn void report(int line, enum step step, long error)
{
	struct report one = { .step = step, .error = -error };

	sys(__NR_write, line, &one, sizeof(one));
	leave(step == STEP_NONE ? 0 : 1);
}

/* Creates what is missing of the path, as root of the container. */
static int open_place(int line, int root, const char *path)
{
	char part[TEXT_MAX];
	long place = open_inside(root, path);

	for (size_t end = 1; place == -ENOENT && path[end - 1]; end++) {
		size_t start = end;
		long parent, made;

		if (path[end] != '/' && path[end])
			continue;
		memcpy(part, path, end);
		part[end] = 0;
		made = open_inside(root, part);
		if (made >= 0) {
			sys(__NR_close, made, 0, 0);
			continue;
		}
		while (part[start - 1] != '/')
			start--;
		part[start - 1] = 0;
		parent = open_inside(root, start == 1 ? "/" : part);
		made = parent < 0 ? parent : sys(__NR_mkdirat, parent, part + start, 0755);
		if (made < 0 && made != -EEXIST)
			report(line, STEP_DIRECTORY, made);
		sys(__NR_close, parent, 0, 0);
		if (!path[end])
			break;
	}
	if (place == -ENOENT)
		place = open_inside(root, path);
	if (place < 0)
		report(line, STEP_PLACE, place);
	return place;
}

static void die_with_parent(void)
{
	sys6(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
}

static void send_fd(int line, int fd)
{
	struct report nothing = { 0 };
	struct io_piece piece = { &nothing, sizeof(nothing) };
	struct rights rights = { .size = 20, .level = SOL, .type = RIGHTS, .fd = fd };
	struct message message = {
		.pieces = &piece, .pieces_count = 1, .control = &rights, .control_size = sizeof(rights),
	};

	sys(__NR_sendmsg, line, &message, 0);
}

static long string_option(int context, const char *key, const char *value)
{
	return sys6(__NR_fsconfig, context, FSCONFIG_SET_STRING, (long)key, (long)value, 0, 0);
}

/* The file descriptors that the child keeps. */
enum inside { INSIDE_LINE, INSIDE_NAMESPACES, INSIDE_ROOT, INSIDE_COUNT };

/* They are moved above all others first, so that none replaces another. */
static void keep_only(long *fds)
{
	for (int i = 0; i < INSIDE_COUNT; i++)
		fds[i] = sys(__NR_fcntl, fds[i], F_DUPFD_CLOEXEC, 64);
	for (int i = 0; i < INSIDE_COUNT; i++)
		sys(__NR_dup3, fds[i], i, O_CLOEXEC);
	sys(__NR_close_range, INSIDE_COUNT, ~0U, 0);
}

/*
 * The child: everything that happens in the namespaces of the container. It is root of the
 * container before it joins them, so that what it creates belongs to the container.
 */
static _Noreturn void work_inside(long *fds, const struct identity *root_inside,
				  const struct host_config *config)
{
	int line = INSIDE_LINE, root = INSIDE_ROOT;
	long context, mount, place, error;
	uint64_t statfs[16] = { 0 };
	struct report go;

	die_with_parent();
	keep_only(fds);
	error = enter(INSIDE_NAMESPACES, CLONE_NEWUSER | CLONE_NEWNS, root_inside);
	/* The kernel clears it when ids change. */
	die_with_parent();
	if (error < 0)
		report(line, STEP_ENTER, error);
	place = open_place(line, root, config->path);
	context = sys(__NR_fsopen, "bpf", FSOPEN_CLOEXEC, 0);
	if (context < 0)
		report(line, STEP_OPEN, context);
	string_option(context, "uid", "0");
	string_option(context, "gid", "0");
	send_fd(line, context);
	if (sys(__NR_read, line, &go, sizeof(go)) != sizeof(go))
		leave(1);
	mount = sys(__NR_fsmount, context, FSMOUNT_CLOEXEC,
		    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	error = mount;
	if (mount >= 0)
		error = sys6(__NR_move_mount, mount, (long)"", place, (long)"",
			     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH, 0);
	if (error < 0)
		report(line, STEP_MOUNT, error);
	place = open_inside(root, config->path);
	error = place < 0 ? place : sys(__NR_fstatfs, place, statfs, 0);
	if (error >= 0 && statfs[0] != BPF_FS_MAGIC)
		error = -EBUSY;
	report(line, error < 0 ? STEP_VERIFY : STEP_NONE, error);
}

uint64_t namespace_of(const char *process, const char *kind)
{
	struct statx stat;
	char path[64] = "/proc/";

	append(path, sizeof(path), process);
	append(path, sizeof(path), "/ns/");
	append(path, sizeof(path), kind);
	if (sys6(__NR_statx, AT_FDCWD, (long)path, 0, STATX_INO, (long)&stat, 0) < 0)
		return 0;
	return stat.stx_ino;
}

void refuse_rootless(void)
{
	if (namespace_of("self", "user") != USER_INIT_INO)
		fail("the engine is rootless: it runs in a user namespace, and the kernel accepts a delegation "
		     "from the initial user namespace only. Fix: run the container with the engine of root");
}

static void check_namespaces(int pid)
{
	const char *process = decimal(pid);
	uint64_t user = namespace_of(process, "user"), mount = namespace_of(process, "mnt");

	refuse_rootless();
	if (!user || !mount)
		fail("process ", process, " of the container does not exist; it may have ended");
	if (user == USER_INIT_INO)
		fail("the container has no user namespace of its own, and in the initial one no token can "
		     "be created. Fix: podman --userns=auto, Docker userns-remap, or hostUsers: false");
	if (mount == namespace_of("self", "mnt"))
		fail("the hook runs in the mount namespace of the container. Fix: the stage is createRuntime");
}

static _Noreturn void fail_inside(const struct report *report, const struct host_config *config)
{
	const char *error = errno_name(report->error);

	switch (report->step) {
	case STEP_ENTER:
		fail("its namespaces cannot be entered (", error, "); the container may have ended");
	case STEP_PLACE:
		fail("the mount point ", config->path, " in the container cannot be opened (", error,
		     "). Fix: make it a directory in the image, or set 'path' in ", config->file);
	case STEP_DIRECTORY:
		fail("the mount point ", config->path, " does not exist in the container and cannot be "
		     "created (", error, "). Fix: create the directory in the image, or mount sysfs");
	case STEP_OPEN:
		fail("fsopen(\"bpf\") is refused (", error, "): the mount namespace of the container "
		     "does not belong to its user namespace, or the kernel has no bpffs");
	case STEP_MOUNT:
		fail("the BPF filesystem cannot be mounted at ", config->path, " (", error, ")");
	default:
		fail("the BPF filesystem is not at ", config->path, " after the mount (", error, ")");
	}
}

/*
 * The child has reported, or is of no use any more. A process of the container may have
 * stopped it, so it does not get the time to end by itself.
 */
static void end_child(int line, long child)
{
	sys(__NR_close, line, 0, 0);
	sys(__NR_kill, child, SIGKILL, 0);
	sys6(__NR_wait4, child, 0, 0, 0, 0, 0);
}

/* Receives a report of the child. Returns the fd that came with it, or -1. */
static int receive(int line, long child, struct report *got)
{
	struct io_piece piece = { got, sizeof(*got) };
	struct rights rights = { 0 };
	struct message message = {
		.pieces = &piece, .pieces_count = 1, .control = &rights, .control_size = sizeof(rights),
	};
	long n;

	/* With a time limit, a stop and SIGCONT interrupt the call. */
	do
		n = sys(__NR_recvmsg, line, &message, CLOEXEC_FD);
	while (n == -EINTR);
	/* It may be stopped where the kernel has cleared the signal for the end of its parent. */
	if (n != sizeof(*got))
		sys(__NR_kill, child, SIGKILL, 0);
	if (n == -EAGAIN)
		fail("the container did not answer within ", decimal(SECONDS), " seconds");
	if (n != sizeof(*got))
		fail("the process in the namespaces of the container ended early; the container may have ended");
	return message.control_size >= 20 && rights.type == RIGHTS ? rights.fd : -1;
}

/* Returns an errno, and the option that the kernel refused in @key; "" stands for the superblock. */
static long set_masks(int context, const uint64_t *want, char *key, size_t size)
{
	long error;

	/* Kernels before 6.9 accept every option and ignore it; others refuse this value. */
	*key = 0;
	if (string_option(context, "delegate_cmds", "!") >= 0)
		return -EOPNOTSUPP;
	/* Numbers are exact on every kernel; names would depend on its release. */
	for (int axis = 0; axis < AXES; axis++) {
		if (!want[axis])
			continue;
		*key = 0;
		append(key, size, "delegate_");
		append(key, size, axis_names[axis]);
		error = string_option(context, key, hexadecimal(want[axis]));
		if (error < 0)
			return error;
	}
	*key = 0;
	return sys6(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0, 0);
}

static _Noreturn void fail_masks(long error, const char *key)
{
	if (*key)
		fail("the kernel refuses ", key, " (", errno_name(error),
		     "): the hook needs CAP_SYS_ADMIN on the host");
	fail("the kernel refuses to create the BPF filesystem (", errno_name(error),
	     "): delegation needs Linux 6.9 or newer, and CAP_SYS_ADMIN on the host");
}

static long open_of(int process, const char *name, long flags)
{
	return sys6(__NR_openat, process, (long)name, flags | O_CLOEXEC, 0, 0, 0);
}

/* The id of the host that is id 0 in the container. */
static uint32_t root_of(int process, const char *name, const char *kind)
{
	static char map[MAP_MAX];
	long file = open_of(process, name, O_RDONLY), size = 0, n = 1;
	uint32_t id;

	while (file >= 0 && n > 0 && size < MAP_MAX - 1) {
		n = sys(__NR_read, file, map + size, MAP_MAX - 1 - size);
		size += n > 0 ? n : 0;
	}
	map[size] = 0;
	sys(__NR_close, file, 0, 0);
	if (!id_outside(map, 0, &id))
		fail("the user namespace of the container has no ", kind, " id 0, so nobody there could own "
		     "the BPF filesystem. Fix: map an id of the host to ", kind, " id 0 of the container");
	return id;
}

/*
 * Opens the root of the container in its mount namespace, from here: root of the container could
 * not follow a path of the host.
 */
static long open_root(int process, const struct container *container)
{
	long top = open_of(process, "root", O_PATH | O_DIRECTORY);
	long root = top < 0 ? top : openat2(top, container->rootfs, O_PATH | O_DIRECTORY,
					    RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	if (root < 0)
		fail("its root ", container->rootfs, " cannot be opened (", errno_name(root), ")");
	return root;
}

static long open_process(int pid)
{
	char path[64] = "/proc/";
	long process;

	append(path, sizeof(path), decimal(pid));
	process = open_of(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
	if (process < 0)
		fail("process ", decimal(pid), " of the container does not exist (", errno_name(process), ")");
	return process;
}

void mount_delegated(const struct host_config *config, const struct container *container)
{
	struct __kernel_timespec limit = { .tv_sec = SECONDS };
	struct report got = { 0 };
	long pidfd = sys(__NR_pidfd_open, container->pid, 0, 0);
	char key[32] = "";
	struct identity root_inside = { 0 };
	long child, error, process, root;
	int line[2], context;

	if (pidfd < 0)
		fail("process ", decimal(container->pid), " of the container does not exist (",
		     errno_name(pidfd), ")");
	/* The pidfd stands for the process even if it ends and its number is used again. */
	check_namespaces(container->pid);
	process = open_process(container->pid);
	root_inside.uid = root_of(process, "uid_map", "user");
	root_inside.gid = root_of(process, "gid_map", "group");
	root = open_root(process, container);
	if (!enter_is_safe())
		fail("fs.suid_dumpable is 1, or /proc cannot be read, so processes of the container could "
		     "trace the hook. Fix: sysctl fs.suid_dumpable=0");
	if (sys6(__NR_socketpair, UNIX, SEQPACKET | O_CLOEXEC, 0, (long)line, 0, 0) < 0 ||
	    sys6(__NR_setsockopt, line[0], SOL, RCVTIMEO_NEW, (long)&limit, sizeof(limit), 0) < 0)
		fail("no socket can be created");
	child = sys6(__NR_clone, SIGCHLD, 0, 0, 0, 0, 0);
	if (child < 0)
		fail("no process can be created (", errno_name(child), ")");
	if (child == 0)
		work_inside((long[]){ line[1], pidfd, root }, &root_inside, config);
	sys(__NR_close, line[1], 0, 0);
	context = receive(line[0], child, &got);
	if (got.step == STEP_NONE && context >= 0) {
		error = set_masks(context, container->want, key, sizeof(key));
		if (error < 0) {
			end_child(line[0], child);
			fail_masks(error, key);
		}
		/* The child may have died, which receive() reports. */
		sys6(__NR_sendto, line[0], (long)&got, sizeof(got), NO_SIGNAL, 0, 0);
		receive(line[0], child, &got);
	}
	end_child(line[0], child);
	if (got.step != STEP_NONE)
		fail_inside(&got, config);
	if (context < 0)
		fail("the process in the namespaces of the container sent no file descriptor");
}
