// SPDX-License-Identifier: MIT
/* From the bytes of a request to a system call. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call.h"

static struct seg segs[LIMIT_SEGMENTS];

static const struct syscall_entry *find_entry(uint32_t nr)
{
	for (size_t i = 0; i < sizeof(syscall_table) / sizeof(syscall_table[0]); i++)
		if (syscall_table[i].nr == nr)
			return &syscall_table[i];
	return NULL;
}

/* The next @size bytes of a request, or NULL if it has not so many. */
static void *take(char **at, char *end, size_t size)
{
	void *taken = *at;

	if (size > (size_t)(end - *at))
		return NULL;
	*at += size;
	return taken;
}

/* The address that an argument or a fix-up stands for. False: malformed. */
static bool resolve(struct call *call, uint32_t kind, uint32_t seg, uint64_t value,
		    unsigned long *address, struct seg **target)
{
	*target = NULL;
	switch (kind) {
	case ARGKIND_NUM:
		*address = value;
		return true;
	case ARGKIND_BAD:
		*address = mem_bad();
		return true;
	case ARGKIND_SEG:
		if (seg >= call->nsegs)
			return false;
		*target = &call->segs[seg];
		*address = (unsigned long)call->segs[seg].mem;
		return true;
	default:
		return false;
	}
}

static bool set_args(struct call *call, const struct exec_arg *args)
{
	for (int i = 0; i < call->entry->nargs; i++)
		if (!resolve(call, args[i].kind, args[i].seg, args[i].value,
			     &call->args[i], &call->arg_seg[i]))
			return false;
	return true;
}

static bool set_fixups(struct call *call, const struct exec_fixup *fixups, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct exec_fixup *fixup = &fixups[i];
		unsigned long address;
		struct seg *seg, *target;

		if (fixup->segment >= call->nsegs)
			return false;
		seg = &call->segs[fixup->segment];
		if (seg->size < 8 || fixup->offset > seg->size - 8)
			return false;
		if (!resolve(call, fixup->kind, fixup->seg, fixup->value, &address, &target))
			return false;
		memcpy(seg->mem + fixup->offset, &address, 8);
	}
	return true;
}

/* Sizes first, then memory, then bytes and addresses. */
static bool fill(struct call *call, const struct exec_call *head, char *at, char *end)
{
	struct exec_arg *args = take(&at, end, head->nargs * sizeof(*args));
	struct exec_segment *sizes = take(&at, end, head->nsegs * sizeof(*sizes));
	struct exec_fixup *fixups = take(&at, end, head->nfixups * sizeof(*fixups));
	size_t total = 0;

	if (!args || !sizes || !fixups)
		return false;
	for (uint32_t i = 0; i < head->nsegs; i++) {
		call->segs[i].size = sizes[i].length;
		call->segs[i].copy_back = sizes[i].copy_back;
		total += sizes[i].length;
	}
	if (total != (size_t)(end - at))
		return false;
	/* No memory at all: the task cannot go on, and its end is told. */
	if (!mem_place(call->segs, head->nsegs))
		_exit(1);
	call->nsegs = head->nsegs;
	for (uint32_t i = 0; i < call->nsegs; i++)
		memcpy(call->segs[i].mem, take(&at, end, call->segs[i].size), call->segs[i].size);
	return set_args(call, args) && set_fixups(call, fixups, head->nfixups);
}

/* Takes a request apart. Memory is to be released if nsegs is not 0, whatever comes back. */
enum status call_parse(struct call *call, char *data, size_t size)
{
	char *at = data;
	struct exec_call *head = take(&at, data + size, sizeof(*head));

	memset(call, 0, sizeof(*call));
	call->segs = segs;
	if (!head || head->nsegs > LIMIT_SEGMENTS || head->nfixups > LIMIT_FIXUPS)
		return STATUS_BAD_FRAME;
	call->entry = find_entry(head->nr);
	if (!call->entry)
		return STATUS_NO_CALL;
	if (head->nargs != call->entry->nargs)
		return STATUS_BAD_FRAME;
	return fill(call, head, at, data + size) ? STATUS_OK : STATUS_BAD_FRAME;
}

static long enter(long nr, const unsigned long *a)
{
	long ret = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);

	return ret == -1 ? -errno : ret;
}

/* Addresses are not shown: what was mapped is unmapped, and success is 0. */
static long run_mmap(const unsigned long *args)
{
	long ret = enter(SYS_mmap, args);

	if (ret < 0 && ret > -4096)
		return ret;
	munmap((void *)ret, args[1]);
	return 0;
}

/* Makes the call, unless a safety rule keeps it away: then call->rule is set. */
long call_run(struct call *call)
{
	long ret;

	safety_before(call);
	if (call->rule || call->forced)
		return call->forced;
	switch (call->entry->nr) {
	case SYS_mmap:
		ret = run_mmap(call->args);
		break;
	case SYS_openat:
		ret = own_boxed() ? enter(SYS_openat, call->args) : safety_openat(call->args);
		break;
	default:
		ret = enter(call->entry->nr, call->args);
	}
	safety_after(call, ret);
	return call->rule ? 0 : ret;
}
