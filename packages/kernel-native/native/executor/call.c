// SPDX-License-Identifier: MIT
/* Turns the payload of a request into a system call and makes it. */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call.h"

static struct segment segs[LIMIT_SEGMENTS];

static const struct syscall_entry *find_entry(uint32_t nr)
{
	for (size_t i = 0; i < sizeof(syscall_table) / sizeof(syscall_table[0]); i++)
		if (syscall_table[i].nr == nr)
			return &syscall_table[i];
	return NULL;
}

/* Parses a request. Whatever this returns, the caller releases nsegs segments. */
enum status call_parse(struct call *call, char *data, size_t size)
{
	struct frame frame;

	memset(call, 0, sizeof(*call));
	call->segs = segs;
	if (!frame_parse(&frame, data, size))
		return STATUS_BAD_FRAME;
	call->entry = find_entry(frame.head->nr);
	if (!call->entry)
		return STATUS_NO_CALL;
	if (frame.head->nargs != call->entry->nargs)
		return STATUS_BAD_FRAME;
	frame_sizes(&frame, segs);
	/* No memory at all: the task cannot go on, and its end is reported. */
	if (!mem_place(segs, frame.head->nsegs))
		_exit(1);
	call->nsegs = frame.head->nsegs;
	if (!frame_fill(&frame, segs, mem_bad(), call->args, call->arg_seg))
		return STATUS_BAD_FRAME;
	abi_before(call);
	return STATUS_OK;
}

/* Unmaps at once and returns 0 for success: tests never see an address. */
static long run_mmap(const struct call *call)
{
	long ret = abi_enter(call);

	if (ret < 0 && ret > -4096)
		return ret;
	munmap((void *)ret, call->args[1]);
	return 0;
}

/* Makes the call, unless a safety rule refuses it: then call->rule is set. */
long call_run(struct call *call)
{
	long ret;

	safety_before(call);
	if (call->rule || call->forced)
		return call->forced;
	switch (call->entry->here) {
	case SYS_mmap:
		ret = run_mmap(call);
		break;
	case SYS_openat:
		ret = shared_in_guest() || path_is_empty(call->arg_seg[1]) ?
			      abi_enter(call) : safety_openat(call->args);
		break;
	default:
		ret = abi_enter(call);
	}
	safety_after(call, ret);
	return call->rule ? 0 : abi_after(call, ret);
}
