// SPDX-License-Identifier: MIT
/*
 * Receives and answers the calls of a program that bpf-token-intercept runs; src/program
 * decides what the answers are.
 *
 * A file that the program gets stands for one of the other kernel. The host's kernel
 * keeps its number, its copies by dup(2), fork(2) and messages, and its close-on-exec
 * flag. It is one end of a socket pair: when the last copy is closed, the other end here
 * sees that. A map that the program may mmap() is memory in place of a socket.
 */
#include <asm/stat.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/ioctl.h>
#include <linux/memfd.h>
#include <linux/poll.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <node_api.h>
#include "addon.h"
#include "intercepted/calls.h"
#include "intercepted/rights.h"
#include "napi.h"
#include "sys.h"

/* Since Linux 6.6; older headers do not define them. */
#define SET_FLAGS SECCOMP_IOW(4, __u64)
enum { SYNC_WAKE_UP = 1 };

enum { MOST_CLOSED = 16, EINTR_ = 4, EAGAIN_ = 11, EMFILE_ = 24, ENOTCONN_ = 107 };

/* One call; src/program/intercepted.ts has the same layout. */
struct notice {
	uint64_t id;
	uint32_t tid;
	int32_t nr;			/* on x86-64; -1 for a call of another architecture */
	uint64_t args[6];
	uint64_t inode;			/* of the file that giveFile() gave */
	int32_t end;			/* our end of that file; -1 for memory */
	uint32_t closed_count;
	int32_t closed[MOST_CLOSED];	/* our ends of files that nobody has any more */
};

static bool numbers(napi_env env, const napi_value *argv, int32_t *to, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (napi_get_value_int32(env, argv[i], &to[i]) != napi_ok)
			return false;
	return true;
}

static struct notice *notice_of(napi_env env, napi_value value)
{
	size_t size;
	char *data;

	return bytes_of(env, value, &data, &size) && size == sizeof(struct notice) ?
		(struct notice *)(void *)data : NULL;
}

/* listen(socket): the listener that the interceptor sends first, or -errno: ENOTCONN if it has ended. */
napi_value js_listen(napi_env env, napi_callback_info info)
{
	uint64_t flags = SYNC_WAKE_UP;
	struct rights rights;
	napi_value argv[1];
	size_t argc = 1;
	int32_t from;
	long ret;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 1 || !numbers(env, argv, &from, 1))
		return throw(env, "listen(socket)");
	rights_init(&rights, 0, -1);
	do
		ret = sys(__NR_recvmsg, from, (long)&rights.message, CLOSE_ON_EXEC);
	while (ret == -EINTR_);
	if (ret <= 0)
		return number(env, ret < 0 ? ret : -ENOTCONN_);
	if (rights.control.file < 0)
		return number(env, -EMFILE_);
	/* Where Linux has it, the caller and we take turns on one CPU. */
	sys(__NR_ioctl, rights.control.file, SET_FLAGS, flags);
	return number(env, rights.control.file);
}

/* fileEnds(): an epoll file for our ends of files, or -errno. */
napi_value js_file_ends(napi_env env, napi_callback_info info)
{
	(void)info;
	return number(env, sys(__NR_epoll_create1, EPOLL_CLOEXEC, 0, 0));
}

/* Writes a decimal number in front of `end`. */
static char *decimal(char *end, uint32_t n)
{
	do
		*--end = (char)('0' + n % 10);
	while (n /= 10);
	return end;
}

/*
 * Whether a file of a thread may stand for one of the other kernel. Sockets and unlinked
 * files may, and memory is an unlinked file.
 */
static bool may_stand_in(uint32_t tid, uint32_t fd)
{
	static const char proc[] = "/proc/", files[] = "/fd/";
	char path[48], *at = path + sizeof(path) - 1;
	struct stat st;

	*at = '\0';
	at = decimal(at, fd) - (sizeof(files) - 1);
	memcpy(at, files, sizeof(files) - 1);
	at = decimal(at, tid) - (sizeof(proc) - 1);
	memcpy(at, proc, sizeof(proc) - 1);
	if (sys6(__NR_newfstatat, AT_FDCWD, (long)at, (long)&st, 0, 0, 0) < 0)
		return false;
	return S_ISSOCK(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink == 0);
}

static long send(int listener, uint64_t id, bool host, int64_t value)
{
	struct seccomp_notif_resp response = {
		.id = id,
		.flags = host ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0,
		.error = !host && value < 0 ? (int)value : 0,
		.val = !host && value >= 0 ? value : 0,
	};

	/* ENOENT: a signal ended the caller in the meantime. */
	return sys(__NR_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Receives a call. False: it needs no answer any more, or the host makes it. */
static bool receive(int listener, struct notice *notice)
{
	struct seccomp_notif got = { 0 };
	const struct intercepted_call *call;
	int file;

	if (sys(__NR_ioctl, listener, SECCOMP_IOCTL_NOTIF_RECV, &got) < 0)
		return false;
	call = got.data.arch == own_arch ? intercepted_call(got.data.nr) : NULL;
	file = call ? intercepted_file(call) : -1;
	if (file >= 0 && !may_stand_in(got.pid, (uint32_t)got.data.args[file])) {
		send(listener, got.id, true, 0);
		return false;
	}
	notice->id = got.id;
	notice->tid = got.pid;
	notice->nr = call ? call->on_x64 : got.data.arch == own_arch ? OF_X32 : OF_OTHER_ARCH;
	for (size_t i = 0; i < 6; i++)
		notice->args[i] = got.data.args[i];
	return true;
}

/* Notes the files that nobody has any more. */
static void note_closed(int ends, struct notice *notice)
{
	struct epoll_event events[MOST_CLOSED];
	long count = sys6(__NR_epoll_pwait, ends, (long)events, MOST_CLOSED, 0, 0, 0);

	notice->closed_count = count > 0 ? (uint32_t)count : 0;
	for (long i = 0; i < count; i++)
		notice->closed[i] = (int32_t)events[i].data;
}

/*
 * nextCall(listener, ends, notice, milliseconds): 1 for a call, 0 if none came in time, or
 * -errno: ENOTCONN if no process has the filter any more.
 */
napi_value js_next_call(napi_env env, napi_callback_info info)
{
	struct notice *notice;
	napi_value argv[4];
	size_t argc = 4;
	int32_t fds[2], wait;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 4 || !numbers(env, argv, fds, 2) || !numbers(env, argv + 3, &wait, 1))
		return throw(env, "nextCall(listener, ends, notice, milliseconds)");
	notice = notice_of(env, argv[2]);
	if (!notice)
		return throw(env, "nextCall(): the notice has another size");
	for (;;) {
		struct pollfd polled = { .fd = fds[0], .events = POLLIN };
		int64_t limit[2] = { wait / 1000, wait % 1000 * 1000000L };
		long n = sys6(__NR_ppoll, (long)&polled, 1, (long)limit, 0, 0, 0);
		bool found = n > 0 && polled.revents & POLLIN;

		if (found && !receive(fds[0], notice))
			continue;
		/* After the call was received: the caller may have closed files before it. */
		note_closed(fds[1], notice);
		if (found || n == 0 || n == -EINTR_)
			return number(env, found);
		return number(env, n < 0 ? n : -ENOTCONN_);
	}
}

/* answerCall(listener, notice, host, value): lets the host make a call, or returns a value. */
napi_value js_answer_call(napi_env env, napi_callback_info info)
{
	struct notice *notice;
	napi_value argv[4];
	size_t argc = 4;
	int32_t listener;
	int64_t value;
	bool host;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 4 || !numbers(env, argv, &listener, 1) ||
	    napi_get_value_bool(env, argv[2], &host) != napi_ok ||
	    napi_get_value_int64(env, argv[3], &value) != napi_ok)
		return throw(env, "answerCall(listener, notice, host, value)");
	notice = notice_of(env, argv[1]);
	if (!notice)
		return throw(env, "answerCall(): the notice has another size");
	return number(env, send(listener, notice->id, host, value));
}

/* isWaiting(listener, notice): whether the caller of a call still waits for its answer. */
napi_value js_is_waiting(napi_env env, napi_callback_info info)
{
	napi_value argv[2], value = NULL;
	struct notice *notice;
	size_t argc = 2;
	int32_t listener;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 2 || !numbers(env, argv, &listener, 1))
		return throw(env, "isWaiting(listener, notice)");
	notice = notice_of(env, argv[1]);
	if (!notice)
		return throw(env, "isWaiting(): the notice has another size");
	napi_get_boolean(env, !sys(__NR_ioctl, listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notice->id),
			 &value);
	return value;
}

/* memoryFile(size): an unlinked file in memory, or -errno. */
napi_value js_memory_file(napi_env env, napi_callback_info info)
{
	napi_value argv[1];
	size_t argc = 1;
	int64_t size;
	long fd, ret;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 1 || napi_get_value_int64(env, argv[0], &size) != napi_ok)
		return throw(env, "memoryFile(size)");
	fd = sys(__NR_memfd_create, "bpf-map", MFD_CLOEXEC, 0);
	ret = fd < 0 ? fd : sys(__NR_ftruncate, fd, size, 0);
	if (ret < 0 && fd >= 0)
		sys(__NR_close, fd, 0, 0);
	return number(env, ret < 0 ? ret : fd);
}

/* A socket whose other end is one of `ends`. Returns it, or -errno. */
static long socket_file(int ends, struct notice *notice)
{
	enum { UNIX = 1, STREAM = 1 };
	struct epoll_event event = { .events = 0 };
	int pair[2];
	long ret = sys6(__NR_socketpair, UNIX, STREAM | O_CLOEXEC, 0, (long)pair, 0, 0);

	if (ret < 0)
		return ret;
	event.data = (uint32_t)pair[1];
	/* Without events, only the end of the other side is one. */
	ret = sys6(__NR_epoll_ctl, ends, EPOLL_CTL_ADD, pair[1], (long)&event, 0, 0);
	notice->end = pair[1];
	return ret < 0 ? ret : pair[0];
}

/*
 * giveFile(listener, ends, notice, memory, closeOnExec): gives the caller of a call a file, as its
 * result: memory, or a new socket if `memory` is -1. Returns its number there, or -errno.
 */
napi_value js_give_file(napi_env env, napi_callback_info info)
{
	struct seccomp_notif_addfd add = { .flags = SECCOMP_ADDFD_FLAG_SEND };
	struct notice *notice;
	napi_value argv[5];
	size_t argc = 5;
	int32_t fds[2], memory;
	struct stat st;
	bool cloexec;
	long fd, ret;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 5 || !numbers(env, argv, fds, 2) || !numbers(env, argv + 3, &memory, 1) ||
	    napi_get_value_bool(env, argv[4], &cloexec) != napi_ok)
		return throw(env, "giveFile(listener, ends, notice, memory, closeOnExec)");
	notice = notice_of(env, argv[2]);
	if (!notice)
		return throw(env, "giveFile(): the notice has another size");
	notice->end = -1;
	fd = memory >= 0 ? memory : socket_file(fds[1], notice);
	ret = fd;
	if (fd >= 0) {
		ret = sys(__NR_fstat, fd, &st, 0);
		notice->inode = st.st_ino;
		add.id = notice->id;
		add.srcfd = (uint32_t)fd;
		add.newfd_flags = cloexec ? O_CLOEXEC : 0;
		ret = sys(__NR_ioctl, fds[0], SECCOMP_IOCTL_NOTIF_ADDFD, &add);
		if (memory < 0)
			sys(__NR_close, fd, 0, 0);
	}
	if (ret < 0)
		send(fds[0], notice->id, false, ret);
	return number(env, ret);
}
