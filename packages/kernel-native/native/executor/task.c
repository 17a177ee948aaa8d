// SPDX-License-Identifier: MIT
/* One simulated task. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include "abi.h"
#include "call.h"

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

#define LINK_MAX_TEXT 256

static unsigned int own_index;

/* Requests and answers go over the task's own connection with the dispatcher. */
static void use_own_line(void)
{
	serve_on(KEPT_TASK + own_index, KEPT_TASK + own_index);
}

static void do_syscall(char *data, size_t size)
{
	struct call call;
	enum status status = call_parse(&call, data, size);
	long ret = 0;

	if (status == STATUS_OK)
		ret = call_run(&call);
	if (status == STATUS_OK && !call.rule)
		reply_call(&call, ret);
	else
		reply_ret(OP_SYSCALL, status ? status : STATUS_REFUSED, 0, call.rule);
	mem_release(call.segs, call.nsegs);
}

static void do_sweep(char *data, size_t size)
{
	static uint16_t cells[LIMIT_SWEEP_CALLS];
	struct exec_reply reply = { .op = OP_SWEEP };
	uint32_t count = 0;

	reply.status = sweep_run(data, size, cells, &count);
	reply.length = count * sizeof(*cells);
	send_bytes(&reply, sizeof(reply));
	send_bytes(cells, reply.length);
}

static void do_fork(const struct exec_request *request)
{
	pid_t pid = fork();

	if (pid == 0) {
		own_index = request->a;
		use_own_line();
		return;
	}
	reply_ret(OP_FORK, STATUS_OK, pid < 0 ? -errno : pid, 0);
}

/* Which of fds 0 to 2 are closed before an exec, and which have close-on-exec. */
struct standard {
	unsigned int closed, cloexec;
};

/*
 * The C library ends a program that gains privileges while one of fds 0 to 2 is
 * closed, before main(). So all three are open during exec.
 */
static struct standard fill_standard(void)
{
	struct standard were = { 0 };

	for (int fd = 0; fd < 3; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0 && dup2(KEPT_PROC, fd) == fd)
			were.closed |= 1u << fd;
		else if (flags > 0 && fcntl(fd, F_SETFD, 0) == 0)
			were.cloexec |= 1u << fd;
	}
	return were;
}

static void close_standard(unsigned int which)
{
	for (int fd = 0; fd < 3; fd++)
		if (which & 1u << fd)
			close(fd);
}

/* After a successful exec the new image answers, otherwise this one. */
static void do_exec(void)
{
	struct standard were = fill_standard();
	char index[16], standard[16];
	char *argv[] = { "bpf-exec", "--task", index, standard, NULL };
	/* A guest needs this variable; no other is passed on. */
	char *tunables = getenv("GLIBC_TUNABLES");
	char environment[256];
	char *envp[] = { tunables ? environment : NULL, NULL };
	long ret;

	snprintf(index, sizeof(index), "%u", own_index);
	snprintf(standard, sizeof(standard), "%u", were.closed | were.cloexec);
	snprintf(environment, sizeof(environment), "GLIBC_TUNABLES=%s", tunables ? tunables : "");
	ret = syscall(SYS_execveat, KEPT_EXE, "", argv, envp, AT_EMPTY_PATH);
	ret = ret < 0 ? -errno : ret;
	close_standard(were.closed);
	for (int fd = 0; fd < 3; fd++)
		if (were.cloexec & 1u << fd)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	reply_ret(OP_EXEC, STATUS_OK, ret, 0);
}

static void do_wait(pid_t child)
{
	int status = 0;
	pid_t pid = waitpid(child, &status, WNOHANG);
	long ret;

	if (child <= 0 || pid == 0)
		ret = -ECHILD;
	else if (pid < 0)
		ret = -errno;
	else
		ret = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	reply_ret(OP_WAIT, STATUS_OK, ret, 0);
}

static bool is_kept(uint32_t fd)
{
	return fd >= LIMIT_FD_BASE && fd < LIMIT_FD_END;
}

/* A message that can carry one file descriptor. */
struct mail {
	struct msghdr head;
	struct iovec iov;
	char byte;
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
};

static void mail_init(struct mail *mail)
{
	memset(mail, 0, sizeof(*mail));
	mail->iov.iov_base = &mail->byte;
	mail->iov.iov_len = 1;
	mail->head.msg_iov = &mail->iov;
	mail->head.msg_iovlen = 1;
	mail->head.msg_control = mail->control.space;
	mail->head.msg_controllen = sizeof(mail->control.space);
}

static void do_send(uint32_t fd)
{
	struct cmsghdr *control;
	struct mail mail;
	long ret = -EBADF;

	mail_init(&mail);
	control = CMSG_FIRSTHDR(&mail.head);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(control), &fd, sizeof(int));
	if (!is_kept(fd)) {
		ret = sendmsg(KEPT_MAIL_OUT, &mail.head, MSG_DONTWAIT | MSG_NOSIGNAL);
		ret = ret < 0 ? -errno : 0;
	}
	reply_ret(OP_SENDFD, STATUS_OK, ret, 0);
}

static void do_recv(void)
{
	struct cmsghdr *control;
	struct mail mail;
	long ret;
	int fd;

	mail_init(&mail);
	ret = recvmsg(KEPT_MAIL_IN, &mail.head, MSG_DONTWAIT);
	ret = ret < 0 ? -errno : 0;
	control = ret ? NULL : CMSG_FIRSTHDR(&mail.head);
	if (control && control->cmsg_len == CMSG_LEN(sizeof(int))) {
		memcpy(&fd, CMSG_DATA(control), sizeof(int));
		ret = fd;
	} else if (!ret) {
		/* The kernel drops fds beyond the limit. */
		ret = -EMFILE;
	}
	reply_ret(OP_RECVFD, STATUS_OK, ret, 0);
}

/* Only this operation follows links of /proc/PID/ns. */
static void do_openns(uint32_t pid, uint32_t kind)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "%u/ns/%s", pid, kind ? "mnt" : "user");
	fd = openat(KEPT_PROC, path, O_RDONLY | O_CLOEXEC);
	reply_ret(OP_OPENNS, STATUS_OK, fd < 0 ? -errno : fd, 0);
}

/* Describes an fd without touching the file. Returns the bytes written. */
static size_t describe(int fd, char *at)
{
	struct exec_fd entry = { .fd = fd };
	struct statfs fs;
	struct stat st;
	char self[32];
	ssize_t n;

	entry.fd_flags = fcntl(fd, F_GETFD);
	entry.file_flags = open_flags_translate(fcntl(fd, F_GETFL));
	if (fstat(fd, &st) == 0) {
		entry.mode = st.st_mode;
		entry.rdev = major(st.st_rdev) << 8 | minor(st.st_rdev);
	}
	if (fstatfs(fd, &fs) == 0)
		entry.fs_magic = (uint32_t)fs.f_type;
	snprintf(self, sizeof(self), "self/fd/%d", fd);
	n = readlinkat(KEPT_PROC, self, at + sizeof(entry), LINK_MAX_TEXT);
	entry.link_length = n < 0 ? 0 : n;
	memcpy(at, &entry, sizeof(entry));
	return sizeof(entry) + entry.link_length;
}

static void do_fds(void)
{
	struct exec_reply reply = { .op = OP_FDS };
	size_t capacity = LIMIT_NOFILE_HARD * (sizeof(struct exec_fd) + LINK_MAX_TEXT);
	char *list = xalloc(capacity);

	if (!list)
		_exit(1);
	for (int fd = 0; fd < LIMIT_NOFILE_HARD; fd++)
		if (!is_kept(fd) && fcntl(fd, F_GETFD) >= 0)
			reply.length += describe(fd, list + reply.length);
	send_bytes(&reply, sizeof(reply));
	send_bytes(list, reply.length);
	xfree(list, capacity);
}

static void handle(const struct exec_request *request, char *data)
{
	switch (request->op) {
	case OP_SYSCALL:
		return do_syscall(data, request->length);
	case OP_SWEEP:
		return do_sweep(data, request->length);
	case OP_FORK:
		return do_fork(request);
	case OP_EXEC:
		return do_exec();
	case OP_EXIT:
		_exit(request->a & 255);
	case OP_WAIT:
		return do_wait(request->a);
	case OP_SENDFD:
		return do_send(request->a);
	case OP_RECVFD:
		return do_recv();
	case OP_OPENNS:
		return do_openns(request->a, request->b);
	case OP_FDS:
		return do_fds();
	default:
		return reply_ret(request->op, STATUS_BAD_FRAME, 0, 0);
	}
}

/* The first task, forked by the dispatcher. */
_Noreturn void task_main(unsigned int index)
{
	own_index = index;
	use_own_line();
	if (!mem_make())
		_exit(1);
	serve_requests(handle);
}

/* A task after exec: its fds are inherited, @index is its entry in the task table. */
_Noreturn void task_resume(const char *index, const char *closed)
{
	close_standard(strtoul(closed, NULL, 10));
	own_index = strtoul(index, NULL, 10);
	if (own_index >= LIMIT_TASKS || !shared_state_map() || !mem_make())
		_exit(1);
	use_own_line();
	reply_ret(OP_EXEC, STATUS_OK, 0, 0);
	serve_requests(handle);
}
