// SPDX-License-Identifier: MIT
/*
 * bpf-token-intercept: runs a program whose calls about BPF another process answers.
 * `bpf-token exec --subject` starts it. It knows nothing of the calls: each goes through
 * the socket, and the answer says what becomes of it.
 *
 * A file that the program gets stands for one of the other kernel. The host's kernel
 * keeps its number, its copies by dup(2), fork(2) and messages, and its close-on-exec
 * flag. It is one end of a socket pair: when the last copy is closed, the other end here
 * sees that. A map that the program may mmap() is memory in place of a socket.
 */
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/ioctl.h>
#include <linux/memfd.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include "filter.h"
#include "process.h"
#include "protocol.h"

#define ARRAY_END(array) ((array) + ARRAY_SIZE(array))

enum { MOST_FILES = 65536 };

/* The other ends of files, and their inodes; the first two places are the sources of events. */
enum { LISTENER, SOCKET, FIRST_FILE };

static struct pollfd polled[FIRST_FILE + MOST_FILES];
static uint64_t inodes[FIRST_FILE + MOST_FILES];
static size_t polled_end = FIRST_FILE;
static int program;
/* -1: it still runs. */
static int program_status = -1;

static int complain(const char *a, const char *b, int status)
{
	char message[600];

	mini_complain(mini_join(message, sizeof(message), "bpf-token-intercept: ", a, b, NULL));
	return status;
}

/* The socket ----------------------------------------------------------------- */

static bool send_all(const void *bytes, size_t count)
{
	for (size_t done = 0; done < count; ) {
		long n = SYS(__NR_write, polled[SOCKET].fd, (const char *)bytes + done, count - done);

		if (n <= 0 && n != -MINI_EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool receive_all(void *bytes, size_t count)
{
	for (size_t done = 0; done < count; ) {
		long n = SYS(__NR_read, polled[SOCKET].fd, (char *)bytes + done, count - done);

		if (n == 0 || (n < 0 && n != -MINI_EINTR))
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Files ------------------------------------------------------------------------ */

static uint64_t inode_of(int fd)
{
	struct stat st;

	return SYS(__NR_fstat, fd, &st) < 0 ? 0 : st.st_ino;
}

/* Files in memory: the inodes of those that the program got. */
static uint64_t memories[1024];
static size_t memories_end;

/* Writes a decimal number with its NUL in front of `end`. */
static const char *decimal(char *end, unsigned long number)
{
	*--end = '\0';
	do
		*--end = (char)('0' + number % 10);
	while (number /= 10);
	return end;
}

/* Whether a file of a thread stands for one of the other kernel. When in doubt, yes. */
static bool stands_in(uint32_t tid, int fd)
{
	char path[64], tid_text[24], fd_text[24];
	struct stat st;

	mini_join(path, sizeof(path), "/proc/", decimal(ARRAY_END(tid_text), tid), "/fd/",
		  decimal(ARRAY_END(fd_text), (unsigned int)fd), NULL);
	if (SYS(__NR_newfstatat, AT_FDCWD, path, &st, 0) < 0)
		return false;
	for (size_t i = FIRST_FILE; i < polled_end; i++)
		if (inodes[i] == st.st_ino)
			return true;
	for (size_t i = 0; i < memories_end; i++)
		if (memories[i] == st.st_ino)
			return true;
	return memories_end == ARRAY_SIZE(memories);
}

/* Makes a file in memory, which the process at the other end of the socket fills. */
static bool make_memory(const struct answer *answer)
{
	struct event event = { .kind = EVENT_MEMORY, .id = answer->id };
	long fd = SYS(__NR_memfd_create, "bpf-map", MFD_CLOEXEC);
	long ret = fd < 0 ? fd : SYS(__NR_ftruncate, fd, answer->size);

	if (ret < 0 && fd >= 0)
		SYS(__NR_close, fd);
	event.value = ret < 0 ? ret : fd;
	return send_all(&event, sizeof(event));
}

/* A socket whose other end joins the polled ones. */
static long socket_file(void)
{
	enum { UNIX = 1, STREAM = 1, CLOEXEC = O_CLOEXEC };
	int pair[2];
	long ret;

	if (polled_end == ARRAY_SIZE(polled))
		return -MINI_ENFILE;
	ret = SYS(__NR_socketpair, UNIX, STREAM | CLOEXEC, 0, pair);
	if (ret < 0)
		return ret;
	polled[polled_end] = (struct pollfd){ .fd = pair[1] };
	inodes[polled_end] = inode_of(pair[0]);
	polled_end++;
	return pair[0];
}

/* Gives the caller of a call a file, as the result of the call. Returns false if the socket is gone. */
static bool install_file(const struct answer *answer)
{
	bool memory = answer->flags & FILE_MEMORY;
	long fd = memory ? (long)answer->value : socket_file();
	struct event event = { .kind = EVENT_INSTALLED, .id = answer->id, .value = fd };
	struct seccomp_notif_addfd add = {
		.id = answer->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.newfd_flags = answer->flags & FILE_CLOEXEC ? O_CLOEXEC : 0,
	};

	if (fd >= 0) {
		event.inode = inode_of((int)fd);
		if (memory && memories_end < ARRAY_SIZE(memories))
			memories[memories_end++] = event.inode;
		add.srcfd = (uint32_t)fd;
		event.value = SYS(__NR_ioctl, polled[LISTENER].fd, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
		SYS(__NR_close, fd);
	}
	if (event.value < 0) {
		struct seccomp_notif_resp response = { .id = answer->id, .error = (int)event.value };

		SYS(__NR_ioctl, polled[LISTENER].fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
	return send_all(&event, sizeof(event));
}

/* Reports the files that nobody has any more. */
static bool release_files(void)
{
	for (size_t i = FIRST_FILE; i < polled_end; ) {
		struct event event = { .kind = EVENT_RELEASED, .inode = inodes[i] };

		if (!(polled[i].revents & (POLLHUP | POLLERR))) {
			i++;
			continue;
		}
		SYS(__NR_close, polled[i].fd);
		polled_end--;
		polled[i] = polled[polled_end];
		inodes[i] = inodes[polled_end];
		if (!send_all(&event, sizeof(event)))
			return false;
	}
	return true;
}

/* Calls ------------------------------------------------------------------------ */

/* Reaps a child: the program, or an orphan of it. Returns its id, or -errno. */
static long reap(int flags)
{
	int status;
	long pid = SYS(__NR_wait4, -1, &status, flags, 0);

	if (pid == program)
		program_status = status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
	return pid;
}

static void kill_children(void)
{
	static char text[1 << 16];
	long pid = 0;

	if (read_file("/proc/thread-self/children", text, sizeof(text)) < 0)
		return;
	for (const char *at = text; *at; at++) {
		if (*at != ' ') {
			pid = 10 * pid + *at - '0';
			continue;
		}
		SYS(__NR_kill, pid, SIG_KILL);
		pid = 0;
	}
}

/*
 * Ends the program and all that it started: a process without a parent becomes a child
 * of this one.
 */
static void end_all(void)
{
	do
		kill_children();
	while (reap(0) != -MINI_ECHILD);
}

/* Carries out the last answer to a call. Returns false if the socket is gone. */
static bool carry_out(const struct answer *answer)
{
	struct seccomp_notif_resp response = { .id = answer->id };

	if (answer->kind == ANSWER_FILE)
		return install_file(answer);
	if (answer->kind == ANSWER_HOST)
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else if (answer->value < 0)
		response.error = (int)answer->value;
	else
		response.val = answer->value;
	/* ENOENT: a signal ended the caller in the meantime. */
	SYS(__NR_ioctl, polled[LISTENER].fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
	return true;
}

/* Waits for the last answer to a call. Returns false if the socket is gone. */
static bool receive_answer(struct answer *answer)
{
	for (;;) {
		if (!receive_all(answer, sizeof(*answer)))
			return false;
		if (answer->kind == ANSWER_KILL)
			end_all();
		else if (answer->kind != ANSWER_MEMORY)
			return true;
		else if (!make_memory(answer))
			return false;
	}
}

/* Reports a call, and carries out its answer. Returns false if the socket is gone. */
static bool pass_call(void)
{
	struct seccomp_notif notification = { 0 };
	struct event event = { .kind = EVENT_CALL };
	struct answer answer;
	int nr;

	if (SYS(__NR_ioctl, polled[LISTENER].fd, SECCOMP_IOCTL_NOTIF_RECV, &notification) < 0)
		return true;
	nr = notification.data.arch == own_arch ? number_on_x64(notification.data.nr) : -1;
	if (nr >= 0 && is_on_file(notification.data.nr) &&
	    !stands_in(notification.pid, (int)notification.data.args[0])) {
		answer = (struct answer){ .kind = ANSWER_HOST, .id = notification.id };
		return carry_out(&answer);
	}
	event.tid = notification.pid;
	event.id = notification.id;
	event.nr = (uint32_t)nr;
	event.arch = notification.data.arch;
	for (size_t i = 0; i < ARRAY_SIZE(event.args); i++)
		event.args[i] = notification.data.args[i];
	return send_all(&event, sizeof(event)) && receive_answer(&answer) && carry_out(&answer);
}

static int serve(void)
{
	static const int64_t soon[2] = { 0, 20000000 };
	struct event end = { .kind = EVENT_ENDED };

	for (;;) {
		long n = SYS(__NR_ppoll, polled, polled_end,
			     program_status < 0 ? NULL : &soon, NULL, 0);

		if (n < 0 && n != -MINI_EINTR)
			break;
		while (reap(WNOHANG) > 0)
			;
		if (n > 0 && polled[SOCKET].revents)
			break;
		if (n > 0 && !release_files())
			break;
		if (n > 0 && polled[LISTENER].revents & POLLIN && !pass_call())
			break;
		/* No task has the filter any more. */
		if (n > 0 && polled[LISTENER].revents & POLLHUP)
			break;
	}
	/* At POLLHUP the program is about to end by itself. */
	while (program_status < 0 && polled[LISTENER].revents & POLLHUP && reap(0) > 0)
		;
	end_all();
	end.value = program_status < 0 ? 128 + SIG_KILL : program_status;
	send_all(&end, sizeof(end));
	return (int)end.value;
}

/* Starting --------------------------------------------------------------------- */

/* In the child, which shares its file descriptors with the parent until the exec. */
static _Noreturn void child(char **argv, char **envp, int report, uint64_t mask)
{
	long listener;
	struct iovec part = { &listener, sizeof(listener) };

	SYS(__NR_prctl, PR_SET_PDEATHSIG, SIG_KILL, 0, 0, 0);
	listener = install_filter();
	/* The filter already reports write(2), and nobody would answer. */
	SYS(__NR_pwritev2, report, &part, 1, -1, -1, 0);
	if (listener < 0)
		mini_exit(126);
	set_signal(SIG_INT, 0);
	set_signal(SIG_QUIT, 0);
	block_signals(mask);
	execute_or_exit("bpf-token-intercept", argv, envp);
}

static int run(char **argv, char **envp, int socket)
{
	uint64_t mask = block_signals(~0UL);
	long listener = -1, pid;
	int report[2];

	if (SYS(__NR_pipe2, report, O_CLOEXEC) < 0)
		return complain("no pipe can be made", "", 126);
	SYS(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = SYS(__NR_clone, CLONE_FILES | SIG_CHLD, 0, 0, 0, 0);
	if (pid == 0)
		child(argv, envp, report[1], mask);
	/* The terminal sends its signals to the program too, which decides what they do. */
	set_signal(SIG_INT, 1);
	set_signal(SIG_QUIT, 1);
	block_signals(mask);
	if (pid < 0)
		return complain("no process can be started: ", mini_error_name(pid), 126);
	program = (int)pid;
	SYS(__NR_read, report[0], &listener, sizeof(listener));
	if (listener < 0)
		return complain("calls cannot be intercepted here, which needs Linux 5.19 and a "
				"seccomp filter: ", mini_error_name(listener), 3);
	polled[LISTENER] = (struct pollfd){ .fd = (int)listener, .events = POLLIN };
	polled[SOCKET] = (struct pollfd){ .fd = socket };
	return serve();
}

int mini_main(int argc, char **argv, char **envp)
{
	long fd = argc > 4 && mini_equal(argv[1], "--fd") ? mini_number(argv[2]) : -1;

	if (fd < 0 || !mini_equal(argv[3], "--"))
		return complain("usage: bpf-token-intercept --fd N -- COMMAND [ARGUMENT]...", "", 2);
	SYS(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC);
	return run(argv + 4, envp, (int)fd);
}
