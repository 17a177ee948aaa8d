// SPDX-License-Identifier: MIT
/*
 * Takes the payload of a call apart and builds the payload of its reply. The
 * addon has no C library, so nothing but memcpy() is called here.
 */
#include "frame.h"

/* The next @size bytes, or NULL if there are not so many. */
static void *take(char **at, const char *end, size_t size)
{
	void *taken = *at;

	if (size > (size_t)(end - *at))
		return NULL;
	*at += size;
	return taken;
}

/* False: the payload is malformed. Nothing is copied: @frame points into @data. */
bool frame_parse(struct frame *frame, char *data, size_t size)
{
	char *end = data + size;
	const struct exec_call *head = take(&data, end, sizeof(*head));
	size_t total = 0;

	if (!head || head->nargs > FRAME_ARGS || head->nsegs > LIMIT_SEGMENTS ||
	    head->nfixups > LIMIT_FIXUPS)
		return false;
	frame->head = head;
	frame->args = take(&data, end, head->nargs * sizeof(*frame->args));
	frame->lengths = take(&data, end, head->nsegs * sizeof(*frame->lengths));
	frame->fixups = take(&data, end, head->nfixups * sizeof(*frame->fixups));
	frame->bytes = data;
	if (!frame->args || !frame->lengths || !frame->fixups)
		return false;
	for (uint32_t i = 0; i < head->nsegs; i++)
		total += frame->lengths[i].length;
	return total == (size_t)(end - data);
}

/* What the caller has to know of each segment before it finds memory for them. */
void frame_sizes(const struct frame *frame, struct segment *segments)
{
	for (uint32_t i = 0; i < frame->head->nsegs; i++) {
		segments[i].size = frame->lengths[i].length;
		segments[i].copy_back = frame->lengths[i].copy_back;
	}
}

/* The address that an argument or a fix-up stands for. False: malformed. */
static bool resolve(const struct frame *frame, struct segment *segments, unsigned long bad,
		    uint32_t kind, uint32_t seg, uint64_t value, unsigned long *address)
{
	switch (kind) {
	case ARGKIND_NUM:
		*address = value;
		return true;
	case ARGKIND_BAD:
		*address = bad;
		return true;
	case ARGKIND_SEG:
		if (seg >= frame->head->nsegs)
			return false;
		*address = (unsigned long)segments[seg].mem;
		return true;
	default:
		return false;
	}
}

static bool fix_up(const struct frame *frame, struct segment *segments, unsigned long bad,
		   const struct exec_fixup *fixup)
{
	unsigned long address;
	struct segment *segment;

	if (fixup->segment >= frame->head->nsegs)
		return false;
	segment = &segments[fixup->segment];
	if (segment->size < 8 || fixup->offset > segment->size - 8)
		return false;
	if (!resolve(frame, segments, bad, fixup->kind, fixup->seg, fixup->value, &address))
		return false;
	__builtin_memcpy(segment->mem + fixup->offset, &address, 8);
	return true;
}

/*
 * Fills segments that have their memory, and the arguments. @bad is an address
 * that faults. @pointed, which may be NULL, gets the segment that each argument
 * points at, or NULL. False: malformed.
 */
bool frame_fill(const struct frame *frame, struct segment *segments, unsigned long bad,
		unsigned long *args, struct segment **pointed)
{
	const char *bytes = frame->bytes;

	for (uint32_t i = 0; i < frame->head->nsegs; bytes += segments[i++].size)
		__builtin_memcpy(segments[i].mem, bytes, segments[i].size);
	for (uint32_t i = 0; i < frame->head->nargs; i++) {
		const struct exec_arg *arg = &frame->args[i];

		if (!resolve(frame, segments, bad, arg->kind, arg->seg, arg->value, &args[i]))
			return false;
		if (pointed)
			pointed[i] = arg->kind == ARGKIND_SEG ? &segments[arg->seg] : NULL;
	}
	for (uint32_t i = 0; i < frame->head->nfixups; i++)
		if (!fix_up(frame, segments, bad, &frame->fixups[i]))
			return false;
	return true;
}

/* Four bytes of a segment, where they lie in the payload; NULL if it has not so many. */
char *frame_word(const struct frame *frame, uint32_t segment, uint32_t offset)
{
	char *at = frame->bytes;

	if (segment >= frame->head->nsegs)
		return NULL;
	if (frame->lengths[segment].length < sizeof(uint32_t) ||
	    offset > frame->lengths[segment].length - sizeof(uint32_t))
		return NULL;
	for (uint32_t i = 0; i < segment; i++)
		at += frame->lengths[i].length;
	return at + offset;
}

/* Bytes that go back to the caller. */
size_t frame_reply_size(const struct segment *segments, uint32_t count)
{
	size_t size = 0;

	for (uint32_t i = 0; i < count; i++)
		if (segments[i].copy_back)
			size += segments[i].size;
	return size;
}

/* Writes them, frame_reply_size() of them. */
void frame_reply(const struct segment *segments, uint32_t count, char *to)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!segments[i].copy_back)
			continue;
		__builtin_memcpy(to, segments[i].mem, segments[i].size);
		to += segments[i].size;
	}
}
