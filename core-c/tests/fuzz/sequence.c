// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interprets bytes as a sequence of system calls of several processes, using only the functions
 * that the core exports. Most sequences begin with a setup prefix that creates a token for the
 * following calls. At the end all processes exit, and the counts of live objects must be as
 * before.
 *
 * The bytes decide everything: the same bytes and release give the same results on every machine,
 * and seq.result.hash is their fingerprint.
 */
#include <linux/live.h>
#include <linux/lsm_answer.h>
#include <linux/release.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <trace/refusal.h>
#include <uapi/linux/sched.h>

#include "sequence.h"

#define MAX_STEPS 48
/* Calls that every sequence makes after its setup prefix, even if its bytes run out. */
#define MIN_CALLS 8
#define MAX_SEGMENTS 24
#define HASH_START 0xcbf29ce484222325ULL
#define HASH_FACTOR 0x100000001b3ULL

struct seq_state seq;
struct seq_options seq_options;

static const u8 *input;
static u32 input_len;

static struct seq_segment segments[MAX_SEGMENTS];
static u32 nr_segments;

const struct seq_segment *seq_segments(u32 *nr)
{
	*nr = nr_segments;
	return segments;
}

u32 seq_byte(void)
{
	return seq.read < input_len ? input[seq.read++] : 0;
}

/* Typical numbers: small ones, powers of two, the ends of ranges; sometimes any number. */
u32 seq_u32(void)
{
	u32 b = seq_byte();

	switch (b >> 5) {
	case 0:
	case 1:
	case 2:
		return b & 31;
	case 3:
	case 4:
		return 1u << (b & 31);
	case 5:
		return (1u << (b & 31)) - 1;
	case 6:
		return 0u - (b & 31);
	default:
		b = seq_byte();
		b |= seq_byte() << 8;
		b |= seq_byte() << 16;
		return b | seq_byte() << 24;
	}
}

void seq_mix(u64 *hash, u64 value)
{
	*hash = (*hash ^ value) * HASH_FACTOR;
	*hash ^= *hash >> 29;
}

void seq_answer(u64 value)
{
	seq_mix(&seq.result.hash, value);
}

/* The memory at an address that the sequence's processes use. */
static void *memory_of(unsigned long address)
{
#ifdef CONFIG_NATIVE
	return (void *)address;
#else
	return (void *)(address - user_bias);
#endif
}

u64 seq_user(const void *bytes, u32 size)
{
	unsigned long at = nr_segments == MAX_SEGMENTS ? 0 : kernel_user_alloc(size);

	if (!at)
		return 0;
	segments[nr_segments].memory = (u8 *)memory_of(at);
	segments[nr_segments].address = (u32)at;
	if (bytes)
		memcpy(segments[nr_segments].memory, bytes, size);
	segments[nr_segments].size = size;
	segments[nr_segments++].pointers = 0;
	return at;
}

u64 seq_text(const char *text)
{
	return seq_user(text, (u32)strlen(text) + 1);
}

void seq_mark_pointers(u64 words)
{
	if (nr_segments)
		segments[nr_segments - 1].pointers = words;
}

static void answer_memory(void)
{
	u32 i, n;

	for (i = 0; i < nr_segments; i++) {
		for (n = 0; n < segments[i].size; n++) {
			if (n / 8 < 64 && segments[i].pointers & 1ULL << n / 8)
				continue;
			/* mostly zero, so only hash the other bytes */
			if (segments[i].memory[n])
				seq_answer((u64)n << 8 | segments[i].memory[n]);
		}
	}
}

/*
 * Does byte @at of the last segment belong to an address, so that its value depends on the
 * machine?
 */
static bool is_in_address(u64 at)
{
	return nr_segments && at < 512 && segments[nr_segments - 1].pointers & 1ULL << at / 8;
}

/* Evidence that depends on the machine: struct sizes with -ENOMEM, and parts of addresses. */
static bool is_of_machine(const struct refusal_entry *entry)
{
	return entry->err == -ENOMEM ||
	       (entry->err == -EINVAL && is_in_address(entry->present));
}

static void answer_log(void)
{
	const struct refusal_log *log = kernel_refusals();
	u32 i;

	if (seq_options.answers_only) {
		seq_answer(!!log->not_modelled);
		return;
	}
	for (i = 0; i < log->count; i++) {
		const struct refusal_entry *entry = &log->entry[i];

		seq_answer((u64)entry->check << 32 | (u32)entry->err);
		if (is_of_machine(entry))
			continue;
		seq_answer(entry->needed);
		seq_answer(entry->present);
	}
	seq_answer(log->count | (u64)!!log->not_modelled << 32);
}

#ifdef CONFIG_NATIVE
#define seq_note_call(kind, pid, nr, ret, args, nargs) do { } while (0)
#else
#define seq_note_call seq_note_args
#endif

/*
 * TP-22: since 6.19 a TOKEN_CREATE that gets no file descriptor or no file keeps its new inode.
 * Any other inode that stays is a leak.
 */
static bool keeps_inode(u32 nr, const u64 *args, s64 ret)
{
	return kernel_at_least(6, 19) && nr == NR_bpf && (args[0] & 0xffff) == BPF_TOKEN_CREATE &&
	       (ret == -EMFILE || ret == -ENFILE || ret == -ENOMEM);
}

s64 seq_call(struct seq_task *task, u32 nr, const u64 *args, u32 nargs)
{
	struct call_block *block = kernel_call_block();
	s32 inodes = kernel_live(LIVE_INODES);

	block->nr = nr;
	block->nargs = nargs;
	memcpy(block->args, args, nargs * sizeof(*args));
	seq_note_call(SEQ_NOTE_CALL, task->pid, nr, 0, args, nargs);
	kernel_syscall(task->pid);
	if (keeps_inode(nr, args, block->ret) && kernel_live(LIVE_INODES) == inodes + 1)
		seq.result.left_inodes++;
	seq_trace("call", task->pid, nr, args, nargs, block->ret);
	seq_note_call(SEQ_NOTE_RETURN, task->pid, nr, block->ret, args, nargs);
	if (kernel_refusals()->not_modelled)
		seq_note(SEQ_NOTE_NOT_MODELLED, task->pid, block->ret);
	seq_answer((u64)block->ret);
	answer_memory();
	answer_log();
	seq_observe_references();
	seq.result.trail[seq.result.calls++ % SEQ_TRAIL] =
		(u32)(seq.result.hash ^ seq.result.hooks ^ seq.result.references);
	nr_segments = 0;
	kernel_user_reset();
	return block->ret;
}

/* Asks the core for the kind of an fd and remembers the fd. */
void seq_note_fd(struct seq_task *task, s64 fd)
{
	struct call_block *block = kernel_call_block();
	u32 kind;

	if (fd < 0 || kernel_fd_next(task->pid, (u32)fd) != fd)
		return;
	kind = block->out[1] & 2 ? KIND_PATH : block->out[0];
	if (kind < SEQ_KINDS)
		task->last[kind] = (s32)fd;
	task->recent[task->nr_recent++ % SEQ_RECENT] = (s32)fd;
	seq_answer(kind | (u64)block->out[3] << 32);
}

s64 seq_call_fd(struct seq_task *task, u32 nr, const u64 *args, u32 nargs)
{
	s64 ret = seq_call(task, nr, args, nargs);

	seq_note_fd(task, ret);
	return ret;
}

u64 seq_fd(const struct seq_task *task, u32 kind)
{
	static const s32 odd[] = { -1, AT_FDCWD, 1023, 1024, 0x7fffffff, -0x7fffffff };
	u32 b = seq_byte();

	switch (b & 15) {
	case 13:
		return (u64)(s64)task->recent[b >> 4 & (SEQ_RECENT - 1)];
	case 14:
		return b >> 4;
	case 15:
		return (u64)(s64)odd[(b >> 4) % ARRAY_SIZE(odd)];
	}
	if (task->last[kind] == SEQ_NO_FD)
		return (u64)(s64)task->recent[b >> 4 & (SEQ_RECENT - 1)];
	return (u64)(s64)task->last[kind];
}

struct seq_task *seq_fork(struct seq_task *parent)
{
	struct seq_task *task = seq.tasks;
	s32 pid;

	while (task < seq.tasks + SEQ_MAX_TASKS && task->pid)
		task++;
	if (task == seq.tasks + SEQ_MAX_TASKS)
		return NULL;
	pid = kernel_fork(parent->pid);
	seq_trace("fork", parent->pid, 0, NULL, 0, pid);
	seq_note(SEQ_NOTE_FORK, parent->pid, pid);
	seq_answer((u64)pid);
	if (pid < 0)
		return NULL;
	seq.result.tasks++;
	*task = *parent;
	task->pid = (u32)pid;
	task->parent = parent->pid;
	return task;
}

void seq_exit(struct seq_task *task)
{
	s32 waited;

	seq_trace("exit", task->pid, 0, NULL, 0, 0);
	seq_note(SEQ_NOTE_EXIT, task->pid, 0);
	kernel_exit(task->pid, 0);
	waited = kernel_wait(task->parent, task->pid);
	seq_note(SEQ_NOTE_WAIT, task->parent, waited, task->pid);
	seq_answer((u64)waited);
	kernel_wait(INIT, task->pid);
	task->pid = 0;
}

static struct seq_task *some_task(void)
{
	u32 b = seq_byte(), i;

	/* most steps run in the container */
	for (i = 0; i < SEQ_MAX_TASKS; i++) {
		struct seq_task *task = &seq.tasks[(((b & 3) != 3 ? 1 : b >> 2) + i) % SEQ_MAX_TASKS];

		if (task->pid)
			return task;
	}
	return NULL;
}

static void turn_knobs(struct seq_task *task, u32 op)
{
	static const s32 answers[] = { 0, 0, -EPERM, -EACCES, -ENOMEM, -1000, 1 };
	static const u32 namespaces[] = { CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID };
	struct seq_task *other;
	s32 fd, value;
	u32 which;

	seq_trace("knob", task->pid, 0, NULL, 0, op);
	switch (op) {
	case 0:
		which = seq_byte() % NR_FAULT_KINDS;
		value = 1 + (seq_byte() & 31);
		if (seq_options.confined)
			break;
		kernel_fail_nth(which, (u32)value);
		seq_note(SEQ_NOTE_FAIL, task->pid, 0, which, (u64)value);
		break;
	case 1:
		which = seq_byte() % NR_LSM_HOOKS;
		value = seq_pick(answers);
		if (seq_options.confined)
			break;
		kernel_lsm_answer(which, value);
		seq_note(SEQ_NOTE_LSM, task->pid, 0, which, (u64)(s64)value);
		break;
	case 2:
		other = seq_fork(task);
		if (other && seq_byte() & 1)
			seq_container(other);
		break;
	case 3:
		if (task != seq.tasks)
			seq_exit(task);
		break;
	case 4:
		fd = kernel_exec(task->pid);
		seq_note(SEQ_NOTE_EXEC, task->pid, fd);
		seq_answer((u64)fd);
		break;
	case 5:
		other = some_task();
		which = (u32)seq_fd(task, FD_KIND_TOKEN);
		fd = kernel_send_fd(task->pid, which, other->pid);
		seq_note(SEQ_NOTE_SEND, task->pid, fd, which, other->pid);
		seq_answer((u64)fd);
		seq_note_fd(other, fd);
		break;
	case 6:
		other = some_task();
		which = seq_pick(namespaces);
		fd = kernel_open_ns(task->pid, other->pid, which);
		seq_note(SEQ_NOTE_OPEN_NS, task->pid, fd, other->pid, which);
		seq_answer((u64)fd);
		seq_note_fd(task, fd);
		break;
	case 7:
		which = seq_byte() & 1;
		value = (s32)seq_u32();
		if (seq_options.confined)
			break;
		fd = kernel_sysctl_write(task->pid, which, value);
		seq_note(SEQ_NOTE_SYSCTL, task->pid, fd, which, (u64)(s64)value);
		seq_answer((u64)fd);
		break;
	case 8:
		/* waiting for a real kernel takes as long as a hundred calls */
		if (seq_options.confined && seq_byte() & 15)
			break;
		which = kernel_settle();
		seq_note(SEQ_NOTE_SETTLE, task->pid, which);
		seq_answer(which);
		break;
	default:
		which = seq_byte();
		if (which & 128) {
			seq_guarded(task, which);
			break;
		}
		fd = kernel_fd_next(task->pid, which);
		seq_answer((u64)fd);
		break;
	}
}

#define KNOBS 10

static void step(void)
{
	u32 op = seq_byte();
	struct seq_task *task = some_task();

	if (op < 112)
		seq_bpf(task, op % SEQ_BPF_OPS);
	else if (op < 160)
		seq_fs(task, op % SEQ_FS_OPS);
	else if (op < 208)
		turn_knobs(task, op % KNOBS);
	else
		seq_any(task);
}

static void begin(void)
{
	u32 i;

	memset(&seq, 0, sizeof(seq));
	for (i = 0; i < NR_LIVE_KINDS; i++)
		seq.before[i] = kernel_live(i);
	seq.result.hash = HASH_START;
	nr_segments = 0;
	for (i = 0; i < SEQ_KINDS; i++)
		seq.tasks[0].last[i] = SEQ_NO_FD;
	/* the host process is a child of init, which makes no calls itself */
	seq.tasks[0].pid = (u32)kernel_fork(INIT);
	seq.tasks[0].parent = INIT;
	seq.result.tasks = 1;
}

static void end(void)
{
	u32 i;

	for (i = 0; i < NR_FAULT_KINDS; i++)
		kernel_fail_nth(i, 0);
	for (i = 0; i < NR_LSM_HOOKS; i++)
		kernel_lsm_answer(i, 0);
	for (i = SEQ_MAX_TASKS; i--;) {
		if (!seq.tasks[i].pid)
			continue;
		seq_direct(&seq.tasks[i]);
		seq_exit(&seq.tasks[i]);
	}
	kernel_settle();
	seq_observe_references();
}

static u32 difference(void)
{
	s32 left = (s32)seq.result.left_inodes;
	u32 i;

	for (i = 0; i < NR_LIVE_KINDS; i++) {
		/* the size of an inode differs between the model and upstream source */
		if (left && i == LIVE_ALLOC_BYTES)
			continue;
		if (kernel_live(i) != seq.before[i] + (i == LIVE_INODES ? left : 0))
			return i + 1;
	}
	return 0;
}

/**
 * seq_begin() - Set up the state that every sequence starts with.
 *
 * The kernel has been booted.
 */
void seq_begin(void)
{
	kernel_settle();
	seq_look_up();
	begin();
	seq_observe_hooks();
	seq_enter_sandbox(&seq.tasks[0]);
}

/**
 * seq_run_setup() - Run the setup prefix, after seq_begin().
 * @bytes: the first one selects it
 * @len: their number
 *
 * Return: the number of bytes that decided the setup prefix.
 */
u32 seq_run_setup(const u8 *bytes, u32 len)
{
	input = bytes;
	input_len = len;
	seq_token_setup(seq_byte());
	seq.result.setup_calls = seq.result.calls;
	return seq.read;
}

/**
 * seq_run_steps() - Run the rest of a sequence, after seq_run_setup() with the same bytes.
 * @bytes: the same bytes
 * @len: their number
 *
 * If the counts of live objects differ at the end, removes files that the sequence left outside of
 * its sandbox root, and counts again.
 */
struct seq_result *seq_run_steps(const u8 *bytes, u32 len)
{
	struct seq_result *result = &seq.result;
	u32 i;

	input = bytes;
	input_len = len;
	for (i = 0; seq.read < len && i < MAX_STEPS; i++)
		step();
	/* continue with zero bytes up to the minimum */
	while (result->calls < result->setup_calls + MIN_CALLS)
		step();
	result->step_calls = result->calls - result->setup_calls;
	result->called = result->hash;
	end();
	for (i = 0; i < 3 && difference(); i++)
		seq_tidy();
	result->leaked = difference();
	if (result->leaked) {
		result->before = seq.before[result->leaked - 1];
		result->after = kernel_live(result->leaked - 1);
	}
	return result;
}
