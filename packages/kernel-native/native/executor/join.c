// SPDX-License-Identifier: MIT
/*
 * Makes bpf() calls with the permissions of another process, to ask the kernel what that
 * process may do:
 *
 *	bpf-exec join PID CAPS [DIR]...
 *
 * This process becomes the user and groups of that process, joins its user namespace, and
 * keeps those of the capabilities CAPS there that the process has itself. Then it answers
 * requests on standard input as a task of the executor does, but only for bpf() commands that load an object and for
 * reading what a loader reads of the kernel. It executes nothing, and a seccomp filter
 * ends it at any other system call. Each DIR of the process, which must be a directory of
 * a BPF filesystem, is an open fd: the first is 10. Nothing is opened by a path of a
 * request, so nothing re-opens a token.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include "call.h"
#include "enter.h"
#include "token_room.h"

enum {
	FIRST_DIR = 10,
	MOST_DIRS = 64,
	MOST_GROUPS = 1024,
	/* One of some ten calls fails while two processes rename as fast as they can. */
	MOST_ATTEMPTS = 1000,
	BPFFS_MAGIC = 0xcafe4a11,
};
/* Commands that older headers do not define. */
enum { CMD_TOKEN_CREATE = 36 };

/* What a loader reads of the kernel, opened with the permissions of the process. */
static struct {
	const char *path;
	int fd;
} kernel_files[] = {
	{ "/sys/kernel/btf/vmlinux", -1 },
	{ "/proc/kallsyms", -1 },
	{ "/proc/config.gz", -1 },
	/* The last one gets the release. */
	{ NULL, -1 },
};

#define KERNEL_FILES (sizeof(kernel_files) / sizeof(*kernel_files))

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#error "no seccomp filter for this machine"
#endif

static _Noreturn void fail(int error, const char *what, const char *of)
{
	char text[4200];

	snprintf(text, sizeof(text), "%s%s", what, of);
	send_failure(STDOUT_FILENO, error, text);
	_exit(3);
}

/* Moves an fd above the numbers of the directories. Returns it, or -1 with errno set. */
static int move_up(int fd)
{
	int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_DIR + MOST_DIRS);

	if (fd >= 0)
		close(fd);
	return moved;
}

/*
 * Its links are resolved inside the root of the process, which the process controls. With "..",
 * the kernel answers EAGAIN if any process of the host renames or mounts at the same time.
 */
static void open_directory(int root, const char *path, int number)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	struct statfs info;
	unsigned int attempts = 0;
	int fd;

	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN && ++attempts < MOST_ATTEMPTS);
	if (fd < 0 || fstatfs(fd, &info))
		fail(errno, "open ", path);
	if ((uint32_t)info.f_type != BPFFS_MAGIC)
		fail(EINVAL, "find a BPF filesystem at ", path);
	if (fd == number)
		return;
	if (dup2(fd, number) < 0)
		fail(errno, "open ", path);
	close(fd);
}

/* The numbers in a line of /proc/PID/status, as many as fit. */
static long read_numbers(const char *status, const char *name, uint32_t *numbers, long most)
{
	const char *at = strstr(status, name);
	long count = 0;

	if (!at)
		return 0;
	at += strlen(name);
	while (count < most) {
		at += strspn(at, " \t");
		if (*at < '0' || *at > '9')
			break;
		numbers[count++] = strtoul(at, (char **)&at, 10);
	}
	return count;
}

/*
 * The effective ids and capabilities of the process. Its own user namespace must map the ids:
 * see enter.c.
 */
static struct identity read_identity(int process, bool own_namespace, uint64_t *caps)
{
	static uint32_t groups[MOST_GROUPS];
	/* There may be 65,536 groups. */
	static char status[1 << 20], users[16384], their_groups[16384];
	const char *effective;
	struct identity who = { .groups = groups };
	uint32_t ids[4];

	if (!read_file(process, "status", status, sizeof(status)) ||
	    !read_file(process, "uid_map", users, sizeof(users)) ||
	    !read_file(process, "gid_map", their_groups, sizeof(their_groups)))
		fail(errno, "read the ids of the process", "");
	if (read_numbers(status, "\nUid:", ids, 4) != 4)
		fail(EPROTO, "read the ids of the process", "");
	who.uid = ids[1];
	if (read_numbers(status, "\nGid:", ids, 4) != 4)
		fail(EPROTO, "read the ids of the process", "");
	who.gid = ids[1];
	effective = strstr(status, "\nCapEff:\t");
	if (!effective)
		fail(EPROTO, "read the capabilities of the process", "");
	*caps = strtoull(effective + strlen("\nCapEff:\t"), NULL, 16);
	who.group_count = read_numbers(status, "\nGroups:", groups, MOST_GROUPS);
	if (!own_namespace &&
	    !(id_is_mapped(users, who.uid) && id_is_mapped(their_groups, who.gid)))
		fail(EOVERFLOW, "act as the process, whose user namespace does not map its own ids", "");
	return who;
}

/* Opens its user namespace, or returns -1 if that is the caller's own. */
static int open_namespace(int process)
{
	int fd = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);
	struct stat theirs, ours;

	if (fd < 0 || fstat(fd, &theirs) || stat("/proc/self/ns/user", &ours))
		fail(errno, "open the user namespace of the process", "");
	if (theirs.st_ino != ours.st_ino)
		return fd;
	close(fd);
	return -1;
}

static void open_kernel_files(void)
{
	static char config[sizeof("/boot/config-") + sizeof(((struct utsname *)0)->release)];
	struct utsname name;

	uname(&name);
	snprintf(config, sizeof(config), "/boot/config-%s", name.release);
	kernel_files[KERNEL_FILES - 1].path = config;
	for (size_t i = 0; i < KERNEL_FILES; i++) {
		int fd = move_up(open(kernel_files[i].path, O_RDONLY | O_CLOEXEC));

		kernel_files[i].fd = fd < 0 ? -errno : fd;
	}
}

/* Answers openat() without opening anything. */
static long give_kernel_file(const struct segment *path)
{
	for (size_t i = 0; i < KERNEL_FILES; i++) {
		int fd = kernel_files[i].fd;

		if (!path || path->size != strlen(kernel_files[i].path) + 1 ||
		    memcmp(path->mem, kernel_files[i].path, path->size))
			continue;
		if (fd < 0)
			return fd;
		lseek(fd, 0, SEEK_SET);
		fd = dup(fd);
		return fd < 0 ? -errno : fd;
	}
	return -ENOENT;
}

#define ALLOW(nr)                                                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* The second lock, in case something makes this process run other code. */
static void allow_only_these(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_bpf), ALLOW(SYS_capget), ALLOW(SYS_close), ALLOW(SYS_read), ALLOW(SYS_write),
		ALLOW(SYS_mmap), ALLOW(SYS_munmap), ALLOW(SYS_mprotect), ALLOW(SYS_setitimer),
		/* kernel_files */
		ALLOW(SYS_lseek), ALLOW(SYS_dup),
		/* token_room.c */
		ALLOW(SYS_uname), ALLOW(SYS_eventfd2),
		ALLOW(SYS_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = { .len = sizeof(filter) / sizeof(*filter), .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		fail(errno, "limit its own system calls", "");
}

static unsigned int command(const struct call *call)
{
	return call->args[0] & ~(unsigned int)BPF_COMMAND_COMMON_ATTRS;
}

/* Whether a call loads an object or reads what a loader needs for that. */
static bool is_allowed(const struct call *call)
{
	switch (call->entry->here) {
	case SYS_read:
	case SYS_close:
	case SYS_capget:
	case SYS_openat:
		return true;
	case SYS_bpf:
		break;
	default:
		return false;
	}
	switch (command(call)) {
	case BPF_MAP_CREATE:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_FREEZE:
	case BPF_PROG_LOAD:
	case BPF_PROG_BIND_MAP:
	case BPF_BTF_LOAD:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_BTF_GET_NEXT_ID:
	case BPF_OBJ_GET_INFO_BY_FD:
	case CMD_TOKEN_CREATE:
		return true;
	}
	return false;
}

static long run(const struct call *call)
{
	unsigned int fd = call->args[0];

	switch (call->entry->here) {
	case SYS_openat:
		return give_kernel_file(call->arg_seg[1]);
	case SYS_read:
	case SYS_close:
		/* The requests and the answers need their pipes. */
		if (fd <= STDERR_FILENO)
			return -EBADF;
	}
	return abi_after(call, abi_enter(call));
}

static enum status make_call(struct call *call, char *data, size_t size, long *ret)
{
	enum status status = call_parse(call, data, size);

	if (status != STATUS_OK)
		return status;
	if (!is_allowed(call))
		return STATUS_NO_CALL;
	if (call->entry->here == SYS_bpf && command(call) == CMD_TOKEN_CREATE &&
	    !token_may_be_created()) {
		call->rule = RULE_TOKEN_ROOM;
		return STATUS_REFUSED;
	}
	*ret = run(call);
	return STATUS_OK;
}

/* The default action of the alarm ends this process: the kernel may take long for a program. */
static void set_alarm(uint32_t milliseconds)
{
	struct itimerval timer = {
		.it_value = { milliseconds / 1000, milliseconds % 1000 * 1000 },
	};

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void handle(const struct exec_request *request, char *data)
{
	struct call call = { 0 };
	enum status status = STATUS_BAD_FRAME;
	long ret = 0;

	if (request->op != OP_SYSCALL)
		return reply_ret(request->op, STATUS_BAD_FRAME, 0, 0);
	set_alarm(request->deadline_ms);
	status = make_call(&call, data, request->length, &ret);
	set_alarm(0);
	if (status == STATUS_OK)
		reply_call(&call, ret);
	else
		reply_ret(OP_SYSCALL, status, 0, call.rule);
	mem_release(call.segs, call.nsegs);
}

static void send_hello(pid_t self)
{
	struct exec_reply reply = { .length = sizeof(struct exec_hello), .op = OP_HELLO };
	struct exec_hello hello = {
		.magic = PROTOCOL_MAGIC,
		.version = PROTOCOL_VERSION,
		.init_pid = self,
	};

	send_bytes(&reply, sizeof(reply));
	send_bytes(&hello, sizeof(hello));
}

/* Nobody may read what the caller had there, even if this process were not hidden. */
static void forget_environment(void)
{
	for (char **one = environ; *one; one++)
		memset(*one, 0, strlen(*one));
}

static int open_process(const char *pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s", pid);
	fd = move_up(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		fail(errno, "find process ", pid);
	return fd;
}

static void open_directories(int process, char **paths)
{
	int root = move_up(openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC));

	if (root < 0)
		fail(errno, "open the root directory of the process", "");
	for (int i = 0; paths[i]; i++)
		open_directory(root, paths[i], FIRST_DIR + i);
	close(root);
}

static void die_with_guard(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/*
 * A process of the same user may stop the one that joins, and then Node would wait for its
 * answer for ever. This process does not join, and ends a stopped one.
 */
static int guard(pid_t child)
{
	int status;

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	while (waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status))
		kill(child, SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static _Noreturn void join_and_serve(const char *pid, uint64_t caps, char **directories)
{
	pid_t self = getpid();
	struct identity who;
	uint64_t theirs;
	int process, namespace;
	long error;

	die_with_guard();
	process = open_process(pid);
	open_directories(process, directories);
	namespace = open_namespace(process);
	who = read_identity(process, namespace < 0, &theirs);
	close(process);
	if (!enter_is_safe())
		fail(EBUSY, "hide itself while fs.suid_dumpable is 1, which makes every process visible", "");
	error = enter(namespace, namespace < 0 ? 0 : CLONE_NEWUSER, &who);
	if (error)
		fail(-error, "enter the user namespace of the process", "");
	close(namespace);
	/* The kernel clears it when ids change. */
	die_with_guard();
	error = keep_capabilities(caps & theirs);
	if (error < 0 || !mem_make())
		fail(error < 0 ? -error : ENOMEM, "keep the capabilities of the process", "");
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	open_kernel_files();
	serve_on(STDIN_FILENO, STDOUT_FILENO);
	/* The greeting reports that all of this is done. */
	allow_only_these();
	send_hello(self);
	serve_requests(handle);
}

/* argv: PID CAPS [DIR]... */
int join_main(char **argv)
{
	unsigned int dirs = 0;
	pid_t child;

	if (!argv[0] || !argv[1] || argv[0][strspn(argv[0], "0123456789")])
		return 2;
	while (argv[2 + dirs])
		if (++dirs > MOST_DIRS)
			return 2;
	forget_environment();
	clean_process();
	child = fork();
	if (child < 0)
		fail(errno, "start a process", "");
	if (child > 0)
		return guard(child);
	join_and_serve(argv[0], strtoull(argv[1], NULL, 0), argv + 2);
}
