// SPDX-License-Identifier: MIT
/*
 * The recorder, on calls of a hostile process: their arguments, their memory, which may change between
 * two reads, and the files of /proc. The last piece of the input has the calls and the memory.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <string.h>
#include "kernel.h"
#include "recorder/record.h"
#include "recorder/remote.h"

enum { STATUS, MOUNTS, LINK, INFO, CGROUP, CALLS, MOST_CALLS = 6, MEMORY = 0x10000, READABLE = 0x2000 };

static const unsigned short numbers[] = {
	__NR_bpf, __NR_bpf, __NR_bpf, __NR_openat, __NR_close, __NR_dup, __NR_dup3, __NR_fcntl,
	__NR_openat2, __NR_close_range, __NR_fsopen, __NR_fsconfig, __NR_fsmount, __NR_fspick,
	__NR_move_mount, __NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_unshare, __NR_setns,
	__NR_capset, __NR_prctl, __NR_seccomp, __NR_sendmsg, __NR_recvmsg, __NR_pidfd_getfd,
};

/* One call in the input. */
struct call {
	uint8_t number, result, flags, args[6][2];
};

/* A process without files, whose child needs no search for them. Each process has a slot of its own. */
static struct process parent = { .pid = 6, .threads = 1 };
static struct piece_of_input memory;
static bool changes;
static unsigned int reads;

int piece_of_path(const char *path)
{
	if (strstr(path, "/status"))
		return STATUS;
	if (strstr(path, "/mountinfo"))
		return MOUNTS;
	if (strstr(path, "/fdinfo/"))
		return INFO;
	/* A few descriptors are open. */
	if (strstr(path, "/fd/"))
		return strlen(strstr(path, "/fd/")) == 5 ? LINK : NO_FILE;
	if (strstr(path, "/ns/user"))
		return LINK;
	return strstr(path, "/cgroup") ? CGROUP : NO_FILE;
}

/* Reads up to the end of the memory, as the kernel does. The bytes of the input repeat in it. */
long remote_read(int tid, uint64_t address, void *bytes, size_t count)
{
	uint64_t at = address, size = count;
	uint8_t *to = bytes;

	(void)tid;
	if (changes && reads % 7 == 6)
		return NO_ANSWER;
	if (at < MEMORY || at - MEMORY >= READABLE || !memory.size)
		return -EFAULT;
	at -= MEMORY;
	if (size > READABLE - at)
		size = READABLE - at;
	if (size > REMOTE_MOST)
		size = REMOTE_MOST;
	for (uint64_t i = 0; i < size; i++)
		to[i] = memory.bytes[(at + i) % memory.size];
	if (changes && size)
		*to ^= (uint8_t)reads++;
	return (long)size;
}

long remote_is_bpffs(const char *path)
{
	(void)path;
	return reads++ % 3 == 2 ? NO_ANSWER : reads % 2;
}

long other_call(long nr, const long *args)
{
	(void)nr, (void)args;
	return -ENOSYS;
}

int mini_main(int argc, char **argv, char **envp)
{
	(void)argc, (void)argv, (void)envp;
	return 0;
}

/* Two bytes give a small number, an address in the memory, or one of anything. */
static uint64_t argument(const uint8_t bytes[2])
{
	switch (bytes[0] >> 6) {
	case 0:
		return bytes[1] | (bytes[0] & 63) << 8;
	case 1:
		return MEMORY + (bytes[1] | (bytes[0] & 63) << 8);
	case 2:
		return (uint64_t)bytes[1] << (bytes[0] & 63);
	default:
		return 0 - (uint64_t)bytes[1];
	}
}

static void run(void)
{
	static struct process process;
	struct piece_of_input piece = kernel_piece(CALLS);
	struct tracee tracee = { .tid = 7, .process = &process };

	process = (struct process){ .pid = 7, .slot = 1, .threads = 1 };
	out_open(&tracee.line, -1);
	record_to(5);
	record_stops.started(&process, piece.size && piece.bytes[0] >= 0xf0 ? NULL : &parent);
	for (int i = 0; i < MOST_CALLS && piece.size >= sizeof(struct call); i++) {
		struct call call;
		int64_t result;

		memcpy(&call, piece.bytes, sizeof(call));
		piece.bytes += sizeof(call);
		piece.size -= sizeof(call);
		memory = piece;
		changes = call.flags & 1;
		process.our_filter = call.flags & 2;
		tracee.reached = call.flags & 4;
		tracee.nr = numbers[call.number % (sizeof(numbers) / sizeof(numbers[0]))];
		for (int arg = 0; arg < 6; arg++)
			tracee.args[arg] = argument(call.args[arg]);
		if (!record_stops.wants(&tracee))
			continue;
		record_stops.entry(&tracee);
		result = call.result < 128 ? call.result : call.result - 256;
		record_stops.exit(&tracee, result);
	}
	record_stops.executed(&process);
	record_stops.ended(&process);
	out_release(&tracee.line);
	record_end();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	record_stops.started(&parent, NULL);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text, *end;
	size_t left;

	reads = 0;
	kernel_run(data, size, run);
	check_messages();
	text = kernel_written(5, &left);
	for (; left; left -= (size_t)(end + 1 - text), text = end + 1) {
		end = memchr(text, '\n', left);
		if (!end || !is_json(text, (size_t)(end - text)))
			finding("a line of the recording is no JSON", text, left);
	}
	return 0;
}
