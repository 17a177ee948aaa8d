// SPDX-License-Identifier: MIT
/*
 * Which stops there are:
 *
 * - With our seccomp filter alone, only the calls that it names stop, once before the
 *   call (PTRACE_EVENT_SECCOMP) and, by PTRACE_SYSCALL, once after.
 * - If the program has a filter of its own, that filter may refuse a call before ours
 *   decides. Then every call stops at entry and exit. If no PTRACE_EVENT_SECCOMP came
 *   in between, the program's filter has answered, and the kernel never ran the call.
 * - Without our filter (a process that was attached, or one that may not install it)
 *   every call stops, and it is unknown who answered.
 */
#include <fcntl.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/wait.h>
#include "files.h"
#include "process.h"
#include "supervise.h"

enum {
	MOST_TRACEES = 4096,
	/* How often, and how long each time, a new thread waits for the stop of its parent. */
	MOST_POLLS = 500,
	POLL_NANOSECONDS = 100000,
};

enum {
	SIG_TRAP = 5,
	SYSCALL_STOP = SIG_TRAP | 0x80,
};

static struct tracee tracees[MOST_TRACEES];
static struct process processes[MOST_PROCESSES];
static const struct stops *stops;
/* One more than the last entry in use. */
static size_t tracees_end;
/* How many traced threads are early. */
static size_t early_count;
/* There were more processes or threads than the tables hold. */
static bool overflowed;
/* The first program has our filter, and so have all that it starts. */
static bool filter_installed;
/* The process that was started or attached, until it executes a program of this architecture. */
static const struct process *first_process;
/* That process is of another architecture, so there is nothing to record. */
static bool first_is_foreign;

static long trace(long request, int tid, unsigned long address, unsigned long data)
{
	return SYS(__NR_ptrace, request, tid, address, data);
}

static struct tracee *find(int tid)
{
	for (size_t i = 0; i < tracees_end; i++)
		if (tracees[i].tid == tid)
			return &tracees[i];
	return NULL;
}

/*
 * A thread that is in no table stays traced: without a tracer, our filter would answer
 * ENOSYS to its calls. It runs on without being recorded.
 */
static void overflow(void)
{
	if (!overflowed)
		mini_complain("bpf-token-record: there are more processes or threads than it "
			      "records; the calls of the others are not recorded");
	overflowed = true;
}

static struct tracee *add(int tid)
{
	for (size_t i = 0; i < MOST_TRACEES; i++) {
		if (tracees[i].tid)
			continue;
		if (i >= tracees_end)
			tracees_end = i + 1;
		tracees[i].tid = tid;
		tracees[i].process = NULL;
		tracees[i].early = tracees[i].wanted = tracees[i].reached = false;
		tracees[i].polls = 0;
		out_open(&tracees[i].line, -1);
		return &tracees[i];
	}
	overflow();
	return NULL;
}

static void set_early(struct tracee *tracee, bool early)
{
	if (tracee->early != early)
		early_count += early ? 1 : (size_t)-1;
	tracee->early = early;
}

static struct process *process_of(int pid)
{
	struct process *free = NULL;

	for (size_t i = 0; i < MOST_PROCESSES; i++) {
		if (processes[i].pid == pid)
			return &processes[i];
		if (!processes[i].pid && !free)
			free = &processes[i];
	}
	if (free)
		*free = (struct process){ .pid = pid, .slot = (size_t)(free - processes) };
	else
		overflow();
	return free;
}

static void join(struct tracee *tracee, struct process *process)
{
	tracee->process = process;
	process->threads++;
}

static void drop(struct tracee *tracee)
{
	struct process *process = tracee->process;

	out_release(&tracee->line);
	set_early(tracee, false);
	tracee->tid = 0;
	if (!process || --process->threads)
		return;
	stops->ended(process);
	process->pid = 0;
}

static bool always_stops(const struct tracee *tracee)
{
	return !tracee->process || !tracee->process->our_filter || tracee->process->foreign_filter;
}

static void resume(struct tracee *tracee, int signal)
{
	bool each = tracee->process && (always_stops(tracee) || tracee->wanted);

	trace(each ? PTRACE_SYSCALL : PTRACE_CONT, tracee->tid, 0, (unsigned long)signal);
}

/* A number in the status of a thread; 0 if there is none. The name is "\nNAME:\t". */
static int status_number(int tid, const char *name)
{
	static char status[8192];
	char path[64], digits[16];
	const char *at;
	int number = 0;

	mini_join(path, sizeof(path), "/proc/", text_of((unsigned int)tid, digits), "/status", NULL);
	read_short_lines(path, status, sizeof(status));
	at = mini_find(status, name);
	if (!at)
		return 0;
	for (at += mini_strlen(name); *at >= '0' && *at <= '9'; at++)
		number = 10 * number + (*at - '0');
	return number;
}

/* Follows a new thread. The parent is NULL if it is unknown which process started it. */
static void follow(struct tracee *child, const struct process *parent)
{
	bool stopped = child->early;
	int pid = status_number(child->tid, "\nTgid:\t");
	struct process *process = process_of(pid ? pid : child->tid);

	set_early(child, false);
	if (process)
		join(child, process);
	if (process && process->threads == 1) {
		process->our_filter = parent ? parent->our_filter : filter_installed;
		process->foreign_filter = parent && parent->foreign_filter;
		stops->started(process, parent);
	}
	if (stopped)
		resume(child, 0);
}

/* A thread has started another. */
static void started(const struct tracee *parent, int tid)
{
	struct tracee *child = find(tid);

	/* It was adopted, or its end was reported before its start. */
	if (child ? !child->early : !status_number(tid, "\nTracerPid:\t"))
		return;
	if (child || (child = add(tid)))
		follow(child, parent->process);
}

/*
 * Called when no stop is pending while threads are early. The stop of the parent comes
 * at once, or never: a fatal signal or the exec of another thread may end the parent
 * first. Then the state of the new process is read as that of one without parent.
 */
static void adopt(void)
{
	static const long pause[2] = { 0, POLL_NANOSECONDS };

	for (size_t i = 0; i < tracees_end; i++)
		if (tracees[i].early && ++tracees[i].polls > MOST_POLLS)
			follow(&tracees[i], NULL);
	SYS(__NR_nanosleep, pause, 0);
}

static bool read_call(struct tracee *tracee, struct ptrace_syscall_info *info)
{
	return trace(PTRACE_GET_SYSCALL_INFO, tracee->tid, sizeof(*info), (unsigned long)info) > 0;
}

#if defined(__x86_64__)
#define NATIVE_ARCH 0xc000003e
#else
#define NATIVE_ARCH 0xc00000b7
#endif

static void check_arch(struct process *process, uint32_t arch)
{
	if (!process || process->foreign || arch == NATIVE_ARCH)
		return;
	process->foreign = true;
	first_is_foreign |= process == first_process;
	stops->foreign(process, process == first_process);
}

static void at_entry(struct tracee *tracee, const struct ptrace_syscall_info *info, bool seccomp)
{
	const uint64_t *args = seccomp ? (const uint64_t *)info->seccomp.args :
					 (const uint64_t *)info->entry.args;

	tracee->nr = seccomp ? info->seccomp.nr : info->entry.nr;
	for (int i = 0; i < 6; i++)
		tracee->args[i] = args[i];
	tracee->reached = seccomp;
	check_arch(tracee->process, info->arch);
	tracee->wanted = tracee->process && info->arch == NATIVE_ARCH && stops->wants(tracee);
	if (tracee->wanted)
		stops->entry(tracee);
}

static void at_call(struct tracee *tracee)
{
	struct ptrace_syscall_info info;

	if (!read_call(tracee, &info))
		return;
	if (info.op == PTRACE_SYSCALL_INFO_SECCOMP && always_stops(tracee)) {
		tracee->reached = true;
	} else if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		at_entry(tracee, &info, true);
	} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		at_entry(tracee, &info, false);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && tracee->wanted) {
		tracee->wanted = false;
		stops->exit(tracee, info.exit.rval);
	}
}

/* A thread that executes a program gets the number of its process. */
static struct tracee *at_exec(struct tracee *tracee)
{
	struct ptrace_syscall_info info;
	unsigned long former = 0;
	struct tracee *old;
	int tid = tracee->tid;

	trace(PTRACE_GETEVENTMSG, tid, 0, (unsigned long)&former);
	old = find((int)former);
	if (old && old != tracee && former) {
		drop(tracee);
		old->tid = tid;
		tracee = old;
	}
	if (tracee->process) {
		tracee->wanted = false;
		tracee->process->foreign = false;
		/* At this stop there is no call, but the architecture is that of the new program. */
		if (trace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), (unsigned long)&info) > 0)
			check_arch(tracee->process, info.arch);
		first_process = NULL;
		stops->executed(tracee->process);
	}
	return tracee;
}

static void at_stop(struct tracee *tracee, int status)
{
	int signal = (status >> 8) & 0xff, event = status >> 16;
	unsigned long child = 0;

	switch (event) {
	case PTRACE_EVENT_STOP:
		if (signal == SIG_TRAP)
			resume(tracee, 0);
		else
			trace(PTRACE_LISTEN, tracee->tid, 0, 0);
		return;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		trace(PTRACE_GETEVENTMSG, tracee->tid, 0, (unsigned long)&child);
		started(tracee, (int)child);
		resume(tracee, 0);
		return;
	case PTRACE_EVENT_EXEC:
		resume(at_exec(tracee), 0);
		return;
	case PTRACE_EVENT_SECCOMP:
		at_call(tracee);
		resume(tracee, 0);
		return;
	}
	if (signal == SYSCALL_STOP) {
		at_call(tracee);
		signal = 0;
	}
	resume(tracee, signal);
}

/* Continues a thread that is in no table. */
static void pass(int tid, int status)
{
	int signal = (status >> 8) & 0xff, event = status >> 16;

	if (event == PTRACE_EVENT_STOP && signal != SIG_TRAP)
		trace(PTRACE_LISTEN, tid, 0, 0);
	else
		trace(PTRACE_CONT, tid, 0, event || signal == SYSCALL_STOP ? 0 : (unsigned long)signal);
}

/* Whether an unknown thread may be a new one: after an overflow others are unknown too. */
static bool may_be_new(int status)
{
	return !overflowed || (status >> 16 == PTRACE_EVENT_STOP && ((status >> 8) & 0xff) == SIG_TRAP);
}

/*
 * Handles stops until no tracee is left; returns the status of the first one as a shell does.
 * Without __WALL the kernel does not report helpers, which have no signal at their end.
 */
static int loop(int first)
{
	int result = 0;

	while (!first_is_foreign) {
		int status;
		long tid = SYS(__NR_wait4, -1, &status, early_count ? WNOHANG : 0, 0);
		struct tracee *tracee;

		if (tid == 0)
			adopt();
		if (tid == 0 || tid == -MINI_EINTR)
			continue;
		if (tid < 0)
			return result;
		tracee = find((int)tid);
		if ((status & 0x7f) != 0x7f) {
			if (tid == first)
				result = status & 0x7f ? 128 + (status & 0x7f) : (status >> 8) & 0xff;
			if (tracee)
				drop(tracee);
			continue;
		}
		if (tracee && !tracee->early) {
			at_stop(tracee, status);
			continue;
		}
		if (!tracee && may_be_new(status) && (tracee = add((int)tid)))
			set_early(tracee, true);
		else if (!tracee)
			pass((int)tid, status);
	}
	return -MINI_ENOEXEC;
}

#define OPTIONS                                                                                \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP)

static void close_both(const int *pipe)
{
	SYS(__NR_close, pipe[0]);
	SYS(__NR_close, pipe[1]);
}

/* What the child and its tracer need to start in order. */
struct start {
	int go[2];		/* a byte: the tracer is there */
	int report[2];		/* a byte: 'y' if the filter is installed */
	uint64_t mask;		/* of the program */
};

/*
 * In the child: waits for its tracer, installs the filter, reports that, and executes.
 * Signals are blocked until the report: the tracer waits for it and handles no stop.
 */
static _Noreturn void child(char **argv, char **envp, const struct filter *filter,
			    const struct start *start)
{
	char byte = 'n';
	long ret;

	/* The last writer must be the tracer, so that its end is seen. */
	SYS(__NR_close, start->go[1]);
	SYS(__NR_close, start->report[0]);
	if (SYS(__NR_read, start->go[0], &byte, 1) != 1)
		mini_exit(126);
	ret = SYS(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter);
	byte = ret == 0 ? 'y' : 'n';
	SYS(__NR_write, start->report[1], &byte, 1);
	set_signal(SIG_INT, 0);
	set_signal(SIG_QUIT, 0);
	block_signals(start->mask);
	execute_or_exit("bpf-token-record", argv, envp);
}

/* Lets the child go and waits for its report. Returns whether it has our filter. */
static bool let_go(const struct start *start)
{
	char byte = 'n';

	/* Both ends are open here, so a child that died causes no SIGPIPE. */
	SYS(__NR_write, start->go[1], "g", 1);
	SYS(__NR_close, start->go[0]);
	/* The last writer must be the child, so that its end is seen. */
	SYS(__NR_close, start->report[1]);
	SYS(__NR_read, start->report[0], &byte, 1);
	SYS(__NR_close, start->go[1]);
	SYS(__NR_close, start->report[0]);
	return byte == 'y';
}

/* Says why the program does not start. Returns its exit status. */
static int refuse(const char *why, const char *error)
{
	char message[128];

	mini_complain(mini_join(message, sizeof(message), "bpf-token-record: ", why, error, NULL));
	return 126;
}

int supervise_program(char **argv, char **envp, const struct filter *filter, const struct stops *ops)
{
	struct start start;
	struct tracee *tracee;
	long pid;

	stops = ops;
	if (SYS(__NR_pipe2, start.go, O_CLOEXEC) < 0)
		return refuse("no pipe can be made", "");
	if (SYS(__NR_pipe2, start.report, O_CLOEXEC) < 0) {
		close_both(start.go);
		return refuse("no pipe can be made", "");
	}
	start.mask = block_signals(~0UL);
	pid = SYS(__NR_clone, SIG_CHLD, 0, 0, 0, 0);
	if (pid == 0)
		child(argv, envp, filter, &start);
	if (pid < 0) {
		block_signals(start.mask);
		close_both(start.go);
		close_both(start.report);
		return refuse("no process can be started: ", mini_error_name(pid));
	}
	/* The terminal sends its signals to the program too, which decides what they do. */
	set_signal(SIG_INT, 1);
	set_signal(SIG_QUIT, 1);
	tracee = add((int)pid);
	join(tracee, process_of((int)pid));
	if (trace(PTRACE_SEIZE, (int)pid, 0, OPTIONS | PTRACE_O_EXITKILL) < 0) {
		SYS(__NR_kill, pid, 9);
		block_signals(start.mask);
		close_both(start.go);
		close_both(start.report);
		return refuse("this machine does not permit ptrace", "");
	}
	filter_installed = let_go(&start);
	tracee->process->our_filter = filter_installed;
	first_process = tracee->process;
	block_signals(start.mask);
	stops->started(tracee->process, NULL);
	/* Without our filter the stops begin at the exec. */
	return loop((int)pid);
}

int supervise_process(int pid, const struct stops *ops)
{
	static char entries[1 << 16];
	char path[64], number[16];
	struct process *process;
	long fd, count;
	int attached = 0;

	stops = ops;
	process = process_of(pid);
	first_process = process;
	mini_join(path, sizeof(path), "/proc/", text_of((unsigned int)pid, number), "/task", NULL);
	fd = SYS(__NR_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0)
		return (int)fd;
	while ((count = SYS(__NR_getdents64, fd, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < count; at += *(unsigned short *)(entries + at + 16)) {
			long tid = mini_number(entries + at + 19);
			struct tracee *tracee;
			long ret;

			if (tid <= 0 || !(tracee = add((int)tid)))
				continue;
			ret = mini_seize("bpf-token-record", tid, OPTIONS);
			if (ret < 0) {
				tracee->tid = 0;
				if (!attached)
					return (int)ret;
				continue;
			}
			join(tracee, process);
			if (!attached++)
				stops->started(process, NULL);
			trace(PTRACE_INTERRUPT, (int)tid, 0, 0);
		}
	}
	SYS(__NR_close, fd);
	if (!attached)
		return count < 0 ? (int)count : -MINI_ESRCH;
	fd = loop(pid);
	return fd < 0 ? (int)fd : 0;
}
