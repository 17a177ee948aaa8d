// SPDX-License-Identifier: MIT
/*
 * Reads the seccomp filters of a process with PTRACE_SECCOMP_GET_FILTER, for which the
 * process must be stopped. It is seized and interrupted, so no signal is lost, and
 * detached from at once. If this program ends before that, the kernel detaches.
 */
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/wait.h>
#include "collector/parts.h"
#include "collector/piece.h"

enum {
	GET_FILTER = 0x420c,	/* PTRACE_SECCOMP_GET_FILTER */
	MOST_INSNS = 4096,	/* BPF_MAXINSNS: longer filters cannot be installed */
	MOST_FILTERS = 256,
	/* A process that cannot be interrupted, or has ended, does not stop: 2 seconds of that. */
	MOST_POLLS = 2000,
	POLL_NANOSECONDS = 1000000,
};

#if defined(__x86_64__)
#define ARCH "x64"
#else
#define ARCH "arm64"
#endif

static long trace(long request, long pid, unsigned long address, const void *data)
{
	return SYS(__NR_ptrace, request, pid, address, data);
}

/* Whether the process can run, and will stop as soon as it does. */
static bool can_run(const char *pid)
{
	static char status[1 << 14];
	char path[32];

	mini_join(path, sizeof(path), "/proc/", pid, "/status", NULL);
	return read_short_lines(path, status, sizeof(status)) > 0 && mini_find(status, "\nState:\tR");
}

/*
 * Waits for a stop. Returns its status, or -errno. A process that can run stops as soon as it does,
 * which takes long on a busy machine.
 */
static long wait_stop(const char *name, long pid)
{
	static const long pause[2] = { 0, POLL_NANOSECONDS };

	for (int i = 0; i < MOST_POLLS; i += !can_run(name)) {
		int status = 0;
		long ret = SYS(__NR_wait4, pid, &status, __WALL | WNOHANG, 0);

		if (ret < 0 && ret != -MINI_EINTR)
			return ret;
		if (ret > 0)
			return (status & 0x7f) == 0x7f ? status : -MINI_ESRCH;
		SYS(__NR_nanosleep, pause, 0);
	}
	return -MINI_EAGAIN;
}

static long write_filters(struct out *out, long pid)
{
	static struct sock_filter insns[MOST_INSNS];
	long count = 0;

	for (int i = 0; i < MOST_FILTERS; i++) {
		count = trace(GET_FILTER, pid, (unsigned long)i, NULL);
		if (count < 0)
			break;
		if (count > MOST_INSNS)
			return -MINI_E2BIG;
		count = trace(GET_FILTER, pid, (unsigned long)i, insns);
		if (count < 0)
			break;
		out_text(out, i ? ",\"" : "\"");
		out_base64(out, insns, (size_t)count * sizeof(*insns));
		out_text(out, "\"");
	}
	/* ENOENT: there are no more. */
	return count == -MINI_ENOENT ? 0 : count < 0 ? count : -MINI_E2BIG;
}

bool write_seccomp(struct out *out, const char *pid, char *why, size_t size)
{
	long number = mini_number(pid);
	long ret = mini_seize("bpf-token-collect", number, 0);
	struct out filters;
	long status, signal;

	if (ret < 0) {
		mini_join(why, size, "PTRACE_SEIZE: ", mini_error_name(ret), NULL);
		return false;
	}
	out_open(&filters, -1);
	ret = trace(PTRACE_INTERRUPT, number, 0, NULL);
	status = ret < 0 ? ret : wait_stop(pid, number);
	ret = status;
	if (status >= 0) {
		ret = write_filters(&filters, number);
		/* A signal that stopped the process is delivered; an event has none. */
		signal = status >> 16 ? 0 : (status >> 8) & 0xff;
		trace(PTRACE_DETACH, number, 0, (const void *)signal);
	}
	if (ret >= 0 && !filters.failed) {
		key(out, "seccompFilters");
		out_text(out, "{\"arch\":\"" ARCH "\",\"filters\":[");
		out_bytes(out, filters.bytes, filters.used);
		out_text(out, "]}");
	} else if (ret == -MINI_E2BIG) {
		mini_join(why, size, "the process has more than 256 filters, and bpf-token-collect "
			  "reads no more", NULL);
	} else {
		mini_join(why, size, "PTRACE_SECCOMP_GET_FILTER: ",
			  ret == -MINI_EAGAIN ? "the process does not stop" : mini_error_name(ret), NULL);
	}
	out_release(&filters);
	return ret >= 0;
}
