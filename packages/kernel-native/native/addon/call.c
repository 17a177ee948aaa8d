// SPDX-License-Identifier: MIT
/*
 * A call as the executor gets it, for the process itself. Numbers of calls are
 * those of x86-64 on every machine, as in the facade. Calls that the table does
 * not have are refused: a process that has threads is no place for namespaces,
 * credentials and signals.
 */
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include "abi.h"
#include "addon.h"
#include "sys.h"

static const struct {
	uint32_t facade;
	long here;
} calls[] = {
	{ 0, __NR_read },
	{ 1, __NR_write },
	{ 3, __NR_close },
	{ 8, __NR_lseek },
	{ 32, __NR_dup },
	{ 39, __NR_getpid },
	{ 54, __NR_setsockopt },
	{ 257, __NR_openat },
	{ 298, __NR_perf_event_open },
	{ 321, __NR_bpf },
};

static long number_here(uint32_t facade)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].facade == facade)
			return calls[i].here;
	return -1;
}

/* Parses a frame. Whatever this returns, the caller releases call->count segments. */
enum call_error call_parse(struct places *places, struct call *call, char *data, size_t size)
{
	struct frame frame;

	call->count = 0;
	memset(call->args, 0, sizeof(call->args));
	if (!frame_parse(&frame, data, size))
		return CALL_MALFORMED;
	call->nr = number_here(frame.head->nr);
	if (call->nr < 0)
		return CALL_UNKNOWN;
	frame_sizes(&frame, call->segments);
	while (call->count < frame.head->nsegs)
		if (!segment_place(places, &call->segments[call->count++]))
			return CALL_NO_MEMORY;
	return frame_fill(&frame, call->segments, places_bad(places), call->args, NULL) ?
		CALL_OK : CALL_MALFORMED;
}

/* O_EMPTYPATH of Linux 7.2, which opens an fd again if the path is empty. */
#define EMPTYPATH 0x4000000u

/*
 * TP-16: a token must never be opened again. Links of /proc/PID are not followed, and an empty path
 * stays an error.
 */
static long run_openat(const unsigned long *args)
{
	struct open_how how = {
		.flags = open_flags_translate((unsigned int)args[2] & ~EMPTYPATH),
		.resolve = RESOLVE_NO_MAGICLINKS,
	};

	if (how.flags & O_CREAT || (how.flags & O_TMPFILE) == O_TMPFILE)
		how.mode = args[3] & 07777;
	return sys6(__NR_openat2, args[0], args[1], (long)&how, sizeof(how), 0, 0);
}

long call_run(const struct call *call)
{
	const unsigned long *a = call->args;

	if (call->nr == __NR_openat)
		return run_openat(a);
	return sys6(call->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}
