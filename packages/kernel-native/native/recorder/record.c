// SPDX-License-Identifier: MIT
/*
 * A recording is text, one JSON value per line:
 *
 *	{"schema":"bpf-token/trace@1","arch":"x64"}
 *	{"type":"process","pid":7,"facts":{…}}	the state before the next call
 *	{"type":"file","pid":7,"fd":5,"file":{"kind":"token","fdinfo":"…"}}
 *	{"type":"call","pid":7,"name":"bpf","args":["0x0",…],"memory":[["0x7f…","base64"],…],
 *	 "result":-1,"file":{…},"fds":[…],"seccomp":true,"log":"…"}
 *	{"type":"exit","pid":7}
 *
 * Memory that cannot be read is null in place of base64. Calls on file descriptors that
 * bpf() does not know are skipped, and so is the state of a process that makes no call,
 * except that of the command itself.
 */
#include <asm/stat.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include "collector/facts.h"
#include "files.h"
#include "memory.h"
#include "record.h"

static struct out out;
/* The first program was executed. */
static bool command_executed;
/* Grows with each change of a mount by any process. */
static unsigned int mounts_changed = 1;

/* The file descriptors that bpf() knows, of all processes that share them. */
struct known {
	unsigned int users;
	unsigned char bits[128];
};

/* What is kept of a process. */
struct state {
	bool stale;			/* its facts are to be written before the next call */
	unsigned int mounts;		/* mounts_changed at that time */
	struct known *known;
};

static struct state states[MOST_PROCESSES];
static struct known tables[MOST_PROCESSES];

enum { MOST_FDS = 8 * sizeof(tables[0].bits) };

static struct state *state_of(const struct process *process)
{
	return &states[process->slot];
}

static bool is_known(const struct process *process, uint64_t fd)
{
	return fd < MOST_FDS && state_of(process)->known->bits[fd / 8] & 1 << fd % 8;
}

static void know(const struct process *process, int64_t fd, bool known)
{
	unsigned char bit, *byte;

	if (fd < 0 || fd >= MOST_FDS)
		return;
	bit = (unsigned char)(1 << fd % 8);
	byte = &state_of(process)->known->bits[fd / 8];
	*byte = (unsigned char)(known ? *byte | bit : *byte & ~bit);
}

/* A copy of descriptors. There is a free one: each process has one at most. */
static struct known *copy_known(const struct known *from)
{
	struct known *known = tables;

	while (known->users)
		known++;
	*known = *from;
	known->users = 1;
	return known;
}

/* Ends the sharing of descriptors. */
static void share_no_more(struct state *state)
{
	state->known->users--;
	state->known = copy_known(state->known);
}

/* Lines ------------------------------------------------------------------ */

static void begin(struct out *to, const char *type, int pid)
{
	out_text(to, "{\"type\":\"");
	out_text(to, type);
	out_text(to, "\",\"pid\":");
	out_number(to, pid);
}

static void end(struct out *to)
{
	out_text(to, "}\n");
	/* A reader that follows gets whole lines. */
	out_flush(to);
}

/* Writes the state of a process if it may have changed. */
static void write_state(struct process *process)
{
	const struct facts_source from = {
		.proc = "/proc", .sys = "/sys", .full = true, .own_filter = process->our_filter,
	};
	struct state *state = state_of(process);
	struct facts_problem problem;
	struct out facts;
	char pid[16];

	if (!state->stale && state->mounts == mounts_changed)
		return;
	state->stale = false;
	state->mounts = mounts_changed;
	out_open(&facts, -1);
	if (write_facts(&facts, text_of((unsigned int)process->pid, pid), &from, &problem)) {
		begin(&out, "process", process->pid);
		out_text(&out, ",\"facts\":");
		out_bytes(&out, facts.bytes, facts.used);
		end(&out);
	}
	out_release(&facts);
}

static void write_file_line(struct process *process, int fd)
{
	begin(&out, "file", process->pid);
	out_text(&out, ",\"fd\":");
	out_number(&out, fd);
	out_text(&out, ",\"file\":");
	know(process, fd, write_file(&out, process->pid, fd));
	end(&out);
}

/* Which calls are recorded ------------------------------------------------ */

enum effect {
	PLAIN,
	USES_FD,	/* only if bpf() knows the first argument */
	CREDENTIALS,	/* the state of the process changes */
	MOUNTS,		/* the mounts of many processes may change */
};

#define WANT(name, count, effect) { __NR_##name, #name, count, effect }

static const struct wanted {
	unsigned int nr;
	const char *name;
	unsigned char count;
	unsigned char effect;
} wanted[] = {
	WANT(bpf, 5, PLAIN),
	WANT(openat, 4, PLAIN),
	WANT(close, 1, USES_FD),
	WANT(dup, 1, USES_FD),
	WANT(dup3, 3, USES_FD),
	WANT(fcntl, 3, USES_FD),
	WANT(openat2, 4, PLAIN),
	WANT(close_range, 3, PLAIN),
	WANT(fsopen, 2, PLAIN),
	WANT(fsconfig, 5, USES_FD),
	WANT(fsmount, 3, USES_FD),
	WANT(fspick, 3, PLAIN),
	WANT(move_mount, 5, MOUNTS),
	WANT(mount, 5, MOUNTS),
	WANT(umount2, 2, MOUNTS),
	WANT(pivot_root, 2, MOUNTS),
	WANT(chroot, 1, MOUNTS),
	WANT(unshare, 1, CREDENTIALS),
	WANT(setns, 2, CREDENTIALS),
	WANT(capset, 2, CREDENTIALS),
	WANT(prctl, 5, CREDENTIALS),
	WANT(setuid, 1, CREDENTIALS),
	WANT(setgid, 1, CREDENTIALS),
	WANT(setreuid, 2, CREDENTIALS),
	WANT(setregid, 2, CREDENTIALS),
	WANT(setresuid, 3, CREDENTIALS),
	WANT(setresgid, 3, CREDENTIALS),
	WANT(seccomp, 3, CREDENTIALS),
	WANT(sendmsg, 3, PLAIN),
	WANT(recvmsg, 3, PLAIN),
	WANT(pidfd_getfd, 3, PLAIN),
#ifdef __NR_dup2
	WANT(dup2, 2, USES_FD),
#endif
#ifdef __NR_open
	WANT(open, 3, PLAIN),
#endif
};

static const struct wanted *find_wanted(uint64_t nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (wanted[i].nr == nr)
			return &wanted[i];
	return NULL;
}

/* Commands that read and write elements: many calls, and no token is checked. */
static bool is_element(uint64_t cmd)
{
	return (cmd >= BPF_MAP_LOOKUP_ELEM && cmd <= BPF_MAP_GET_NEXT_KEY) ||
	       cmd == BPF_MAP_LOOKUP_AND_DELETE_ELEM ||
	       (cmd >= BPF_MAP_LOOKUP_BATCH && cmd <= BPF_MAP_DELETE_BATCH);
}

static bool wants(const struct tracee *tracee)
{
	const struct wanted *call = find_wanted(tracee->nr);

	return call && (call->nr != __NR_bpf || !is_element(tracee->args[0]));
}

#define STATEMENT(code, k) { (code), 0, 0, (k) }
#define JUMP(code, k, yes, no) { (code), (yes), (no), (k) }

const struct filter *record_filter(void)
{
	static struct sock_filter insns[64];
	static struct filter filter = { 0, insns };
	static const unsigned int elements[] = {
		BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
		BPF_MAP_LOOKUP_AND_DELETE_ELEM, BPF_MAP_LOOKUP_BATCH,
		BPF_MAP_LOOKUP_AND_DELETE_BATCH, BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH,
	};
	unsigned short n = 0, calls = ARRAY_SIZE(wanted), after = 1 + ARRAY_SIZE(elements);
	const unsigned int arch = ARCH_AUDIT;

	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, 4);
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, 0);
	/* bpf() is the first of the calls: look at its command too. */
	insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_bpf, 0, (unsigned char)after + 1);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_LD | BPF_W | BPF_ABS, 16);
	for (unsigned short i = 0; i < ARRAY_SIZE(elements); i++) {
		unsigned char allow = (unsigned char)(ARRAY_SIZE(elements) - i + calls - 1);

		insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, elements[i], allow, 0);
	}
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	for (unsigned short i = 1; i < calls; i++) {
		unsigned char trace = (unsigned char)(calls - i);

		insns[n++] = (struct sock_filter)JUMP(BPF_JMP | BPF_JEQ | BPF_K, wanted[i].nr, trace, 0);
	}
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	insns[n++] = (struct sock_filter)STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	filter.count = n;
	return &filter;
}

/* Entry ------------------------------------------------------------------ */

/* The file descriptors in the attr that no earlier line explains. */
static void explain_descriptors(struct tracee *tracee, const struct attr *attr)
{
	int fds[8];
	size_t count = descriptors_in(attr, fds, ARRAY_SIZE(fds));

	for (size_t i = 0; i < count; i++)
		if (fds[i] > 0 && !is_known(tracee->process, (uint64_t)fds[i]))
			write_file_line(tracee->process, fds[i]);
}

static bool is_bpf_type(const struct tracee *tracee, uint64_t address)
{
	char type[8];

	return read_text(tracee, address, type, sizeof(type)) >= 0 && mini_equal(type, "bpf");
}

/* Whether a call matters, from what is known before it. */
static bool matters(struct tracee *tracee, const struct wanted *call)
{
	const struct process *process = tracee->process;

	switch (call->nr) {
	case __NR_fsopen:
		return is_bpf_type(tracee, tracee->args[0]);
	case __NR_mount:
		return is_bpf_type(tracee, tracee->args[2]);
	case __NR_prctl:
		return changes_privileges(tracee->args[0]);
	case __NR_fcntl:
		return is_known(process, tracee->args[0]) && copies_descriptor(tracee->args[1]);
	}
	/* dup2() and dup3() may also replace a known descriptor. */
	if (call->effect == USES_FD && call->nr != __NR_dup3)
		return is_known(process, tracee->args[0]) ||
		       (call->count == 2 && is_known(process, tracee->args[1]));
	if (call->nr == __NR_dup3)
		return is_known(process, tracee->args[0]) || is_known(process, tracee->args[1]);
	return true;
}

static void write_head(struct out *line, const struct tracee *tracee, const struct wanted *call)
{
	begin(line, "call", tracee->process->pid);
	out_text(line, ",\"name\":\"");
	out_text(line, call->name);
	out_text(line, "\",\"args\":[");
	for (int i = 0; i < call->count; i++) {
		out_text(line, i ? ",\"" : "\"");
		out_hex(line, tracee->args[i]);
		out_text(line, "\"");
	}
	out_text(line, "]");
}

static void entry(struct tracee *tracee)
{
	const struct wanted *call = find_wanted(tracee->nr);
	struct out *line = &tracee->line;
	struct attr attr;

	forget_mounts();
	out_clear(line);
	if (!matters(tracee, call))
		return;
	if (call->nr == __NR_bpf || call->nr == __NR_fsopen || call->nr == __NR_fsconfig ||
	    call->nr == __NR_fsmount || call->nr == __NR_mount)
		write_state(tracee->process);
	if (call->nr == __NR_bpf) {
		read_attr(tracee, &attr);
		explain_descriptors(tracee, &attr);
	}
	write_head(line, tracee, call);
	out_text(line, ",\"memory\":[");
	if (call->nr == __NR_bpf)
		write_attr(line, tracee, &attr);
	else
		write_arguments(line, tracee);
	out_text(line, "]");
	if (call->nr == __NR_sendmsg && !write_message(line, tracee))
		out_clear(line);
}

/* Exit ------------------------------------------------------------------- */

static bool returns_fd(const struct tracee *tracee)
{
	unsigned int nr = (unsigned int)tracee->nr;

	if (nr == __NR_bpf)
		return command_returns_fd(tracee->args[0]);
	return nr == __NR_fsopen || nr == __NR_fsmount || nr == __NR_fspick;
}

/* Opened files matter only if they are on a BPF filesystem. */
static bool finish_open(struct tracee *tracee, int64_t result)
{
	struct out *line = &tracee->line;
	bool bpffs = result >= 0 && is_bpffs(tracee->process->pid, (int)result);

	if (!bpffs) {
		/* A number that was closed without a recorded call. */
		if (result >= 0 && is_known(tracee->process, (uint64_t)result))
			write_file_line(tracee->process, (int)result);
		return false;
	}
	state_of(tracee->process)->stale = true;
	write_state(tracee->process);
	out_text(line, ",\"file\":");
	write_file(line, tracee->process->pid, (int)result);
	know(tracee->process, result, true);
	return true;
}

/* close_range(2), which may end the sharing of descriptors before, or only set their flags. */
static void close_some(struct process *process, const uint64_t *args)
{
	unsigned int first = (unsigned int)args[0], last = (unsigned int)args[1];

	if (args[2] & CLOSE_RANGE_UNSHARE)
		share_no_more(state_of(process));
	if (args[2] & CLOSE_RANGE_CLOEXEC)
		return;
	for (unsigned int fd = first; fd <= last && fd < MOST_FDS; fd++)
		know(process, fd, false);
}

static void note_effects(struct tracee *tracee, const struct wanted *call, int64_t result)
{
	struct process *process = tracee->process;

	if (result < 0)
		return;
	if (call->effect == CREDENTIALS)
		state_of(process)->stale = true;
	if (call->effect == MOUNTS)
		mounts_changed++;
	if (sets_filter(tracee))
		process->foreign_filter = true;
	if (call->nr == __NR_close)
		know(process, (int64_t)tracee->args[0], false);
	if (call->nr == __NR_close_range)
		close_some(process, tracee->args);
	if (call->nr == __NR_unshare && tracee->args[0] & CLONE_FILES)
		share_no_more(state_of(process));
	if (call->nr == __NR_fcntl && copies_number(tracee->args[1]))
		know(process, result, true);
	if (call->nr == __NR_dup || call->nr == __NR_dup3
#ifdef __NR_dup2
	    || call->nr == __NR_dup2
#endif
	)
		know(process, result, is_known(process, tracee->args[0]));
	/* fsopen() of another filesystem has no line. */
	if (returns_fd(tracee))
		know(process, result, tracee->line.used != 0);
}

static void leave(struct tracee *tracee, int64_t result)
{
	const struct wanted *call = find_wanted(tracee->nr);
	struct process *process = tracee->process;
	struct out *line = &tracee->line;
	bool opens = call->nr == __NR_openat || call->nr == __NR_openat2;

#ifdef __NR_open
	opens |= call->nr == __NR_open;
#endif
	forget_mounts();
	note_effects(tracee, call, result);
	if (line->failed)
		out.failed = true;
	if (!line->used)
		return;
	if (opens && !finish_open(tracee, result))
		return out_clear(line);
	if (call->nr == __NR_recvmsg && (result < 0 || !write_message(line, tracee)))
		return out_clear(line);
	if (call->nr == __NR_fsmount && result >= 0) {
		out_text(line, ",\"file\":");
		write_file(line, process->pid, (int)result);
	}
	out_text(line, ",\"result\":");
	out_number(line, result);
	if (process->our_filter && result < 0)
		out_text(line, tracee->reached ? ",\"seccomp\":false" : ",\"seccomp\":true");
	if (call->nr == __NR_bpf && result < 0)
		write_log(line, tracee);
	out_text(line, "}\n");
	out_bytes(&out, line->bytes, line->used);
	out_flush(&out);
	if (line->failed)
		out.failed = true;
	out_clear(line);
	if (call->nr == __NR_recvmsg)
		for (size_t i = 0; i < message_count(); i++)
			write_file_line(process, message_fd(i));
	if (call->nr == __NR_pidfd_getfd && result >= 0)
		write_file_line(process, (int)result);
}

/* Processes ---------------------------------------------------------------- */

static void started(struct process *child, const struct process *parent)
{
	static const struct known none;
	struct state *state = state_of(child);

	forget_mounts();
	*state = (struct state){ .stale = true };
	if (parent) {
		bool shares = shares_files(parent->pid, child->pid);

		begin(&out, "call", parent->pid);
		out_text(&out, ",\"name\":\"clone\",\"args\":[\"");
		out_hex(&out, shares ? CLONE_FILES : 0);
		out_text(&out, "\"],\"memory\":[],\"result\":");
		out_number(&out, child->pid);
		end(&out);
		state->known = shares ? state_of(parent)->known : copy_known(state_of(parent)->known);
		state->known->users += shares;
		return;
	}
	state->known = copy_known(&none);
	child->foreign_filter = has_filter(child->pid, child->our_filter);
	write_state(child);
	for (int fd = 0; fd < MOST_FDS; fd++)
		if (is_bpf_file(child->pid, fd))
			write_file_line(child, fd);
}

static void executed(struct process *process)
{
	struct state *state = state_of(process);

	state->stale = true;
	share_no_more(state);
	begin(&out, "call", process->pid);
	out_text(&out, ",\"name\":\"execve\",\"args\":[],\"memory\":[],\"result\":0");
	end(&out);
	for (int fd = 0; fd < MOST_FDS; fd++)
		if (is_known(process, (uint64_t)fd) && !is_open(process->pid, fd))
			know(process, fd, false);
	/* The command itself has a state also if it makes no bpf() call. */
	if (!command_executed)
		write_state(process);
	command_executed = true;
}

static void foreign(struct process *process, bool is_first)
{
	static char status[8192];
	char path[64], pid[16], name[64] = "", message[300];
	const char *at;

	mini_join(path, sizeof(path), "/proc/", text_of((unsigned int)process->pid, pid), "/status", NULL);
	read_short_lines(path, status, sizeof(status));
	at = mini_find(status, "Name:\t");
	if (at)
		for (size_t i = 0; at[6 + i] >= ' ' && at[6 + i] < 127 && i + 1 < sizeof(name); i++)
			name[i] = at[6 + i], name[i + 1] = '\0';
	mini_complain(mini_join(message, sizeof(message), "bpf-token-record: ", name, " (pid ", pid,
				") is a program of another architecture, such as a 32-bit program; ",
				is_first ? "its calls cannot be recorded" : "its calls are not recorded",
				NULL));
}

static void ended(struct process *process)
{
	state_of(process)->known->users--;
	begin(&out, "exit", process->pid);
	end(&out);
}

const struct stops record_stops = { wants, entry, leave, started, executed, foreign, ended };

void record_to(int fd)
{
	out_open(&out, fd);
	out_text(&out, "{\"schema\":\"bpf-token/trace@1\",\"arch\":\"" ARCH_NAME "\"}\n");
}

bool record_end(void)
{
	out_flush(&out);
	return !out.failed;
}
