// SPDX-License-Identifier: MIT
/*
 * A call as the executor gets it (protocol.json, struct call), for the process
 * itself. Numbers of calls are those of x86-64 on every machine, as in the
 * facade; what is not in the table here is not to be had: a process that has
 * threads is no place for namespaces, credentials and signals.
 */
#include <linux/fcntl.h>
#include <linux/openat2.h>
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

/* The next @size bytes, or NULL if there are not so many. */
static void *take(char **at, const char *end, size_t size)
{
	void *taken = *at;

	if (size > (size_t)(end - *at))
		return NULL;
	*at += size;
	return taken;
}

static bool resolve(const struct places *places, const struct frame_call *call, uint32_t kind,
		    uint32_t seg, uint64_t value, unsigned long *address)
{
	switch (kind) {
	case ARGKIND_NUM:
		*address = value;
		return true;
	case ARGKIND_BAD:
		*address = places_bad(places);
		return true;
	case ARGKIND_SEG:
		if (seg >= call->npieces)
			return false;
		*address = (unsigned long)call->pieces[seg].mem;
		return true;
	}
	return false;
}

static bool fix_up(const struct places *places, struct frame_call *call,
		   const struct exec_fixup *fixup)
{
	unsigned long address;
	struct piece *piece;

	if (fixup->segment >= call->npieces)
		return false;
	piece = &call->pieces[fixup->segment];
	if (piece->size < 8 || fixup->offset > piece->size - 8)
		return false;
	if (!resolve(places, call, fixup->kind, fixup->seg, fixup->value, &address))
		return false;
	memcpy(piece->mem + fixup->offset, &address, 8);
	return true;
}

/* Sizes first, then memory, then bytes and addresses. */
static enum frame fill(struct places *places, struct frame_call *call,
		       const struct exec_call *head, char *at, const char *end)
{
	struct exec_arg *args = take(&at, end, head->nargs * sizeof(*args));
	struct exec_segment *sizes = take(&at, end, head->nsegs * sizeof(*sizes));
	struct exec_fixup *fixups = take(&at, end, head->nfixups * sizeof(*fixups));

	if (!args || !sizes || !fixups)
		return FRAME_MALFORMED;
	for (uint32_t i = 0; i < head->nsegs; i++) {
		struct piece *piece = &call->pieces[i];
		void *bytes = take(&at, end, sizes[i].length);

		if (!bytes)
			return FRAME_MALFORMED;
		piece->size = sizes[i].length;
		piece->copy_back = sizes[i].copy_back;
		call->npieces = i + 1;
		if (!piece_place(places, piece))
			return FRAME_NO_MEMORY;
		memcpy(piece->mem, bytes, piece->size);
	}
	for (uint32_t i = 0; i < head->nfixups; i++)
		if (!fix_up(places, call, &fixups[i]))
			return FRAME_MALFORMED;
	for (uint32_t i = 0; i < head->nargs; i++)
		if (!resolve(places, call, args[i].kind, args[i].seg, args[i].value, &call->args[i]))
			return FRAME_MALFORMED;
	return at == end ? FRAME_OK : FRAME_MALFORMED;
}

/* Takes a frame apart. There are pieces to release, whatever comes back. */
enum frame frame_take(struct places *places, struct frame_call *call, char *data, size_t size)
{
	char *at = data;
	struct exec_call *head = take(&at, data + size, sizeof(*head));

	call->npieces = 0;
	if (!head || head->nargs > 6 || head->nsegs > LIMIT_SEGMENTS ||
	    head->nfixups > LIMIT_FIXUPS)
		return FRAME_MALFORMED;
	call->nr = number_here(head->nr);
	memset(call->args, 0, sizeof(call->args));
	if (call->nr < 0)
		return FRAME_NO_CALL;
	return fill(places, call, head, at, data + size);
}

/* A token must never be opened again through /proc: its links are not followed. */
static long run_openat(const unsigned long *args)
{
	struct open_how how = {
		.flags = (unsigned int)args[2],
		.resolve = RESOLVE_NO_MAGICLINKS,
	};

	if (how.flags & O_CREAT || (how.flags & O_TMPFILE) == O_TMPFILE)
		how.mode = args[3] & 07777;
	return sys6(__NR_openat2, args[0], args[1], (long)&how, sizeof(how), 0, 0);
}

long frame_run(const struct frame_call *call)
{
	const unsigned long *a = call->args;

	if (call->nr == __NR_openat)
		return run_openat(a);
	return sys6(call->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}
