// SPDX-License-Identifier: MIT
/* Reads requests and answers them: what tasks and `join` share. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "call.h"

/* Larger requests and answers are not buffered. */
#define BUFFER (64 * 1024)

static char in_buffer[BUFFER] __attribute__((aligned(16)));
static char out_buffer[BUFFER] __attribute__((aligned(16)));
static int requests, replies;

void serve_on(int in, int out)
{
	requests = in;
	replies = out;
}

void send_bytes(const void *data, size_t size)
{
	if (!write_all(replies, data, size))
		_exit(1);
}

void reply_ret(uint32_t op, enum status status, long ret, uint32_t detail)
{
	struct exec_reply reply = {
		.op = op,
		.status = status,
		.detail = detail,
		.ret = ret,
	};

	send_bytes(&reply, sizeof(reply));
}

/* Answers a call, with the memory that the kernel may have written. */
void reply_call(const struct call *call, long ret)
{
	struct exec_reply reply = { .op = OP_SYSCALL, .ret = ret };

	reply.length = frame_reply_size(call->segs, call->nsegs);
	if (reply.length <= BUFFER - sizeof(reply)) {
		memcpy(out_buffer, &reply, sizeof(reply));
		frame_reply(call->segs, call->nsegs, out_buffer + sizeof(reply));
		return send_bytes(out_buffer, sizeof(reply) + reply.length);
	}
	send_bytes(&reply, sizeof(reply));
	for (uint32_t i = 0; i < call->nsegs; i++)
		if (call->segs[i].copy_back)
			send_bytes(call->segs[i].mem, call->segs[i].size);
}

/* Reads until @data has @size bytes; it has @have. Returns how many it has then. */
static size_t receive(char *data, size_t capacity, size_t have, size_t size)
{
	while (have < size) {
		ssize_t n = read(requests, data + have, capacity - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(have > 0 || n < 0);
		have += n;
	}
	return have;
}

/* Several requests may arrive at once, if they fit into the buffer. */
_Noreturn void serve_requests(void (*handle)(const struct exec_request *request, char *data))
{
	size_t have = 0;

	for (;;) {
		struct exec_request request;
		char *data = in_buffer;
		size_t size;

		have = receive(in_buffer, BUFFER, have, sizeof(request));
		memcpy(&request, in_buffer, sizeof(request));
		size = sizeof(request) + request.length;
		if (size > BUFFER) {
			data = xalloc(size);
			if (!data)
				_exit(1);
			memcpy(data, in_buffer, have);
		}
		have = receive(data, data == in_buffer ? BUFFER : size, have, size);
		handle(&request, data + sizeof(request));
		have -= size;
		if (data == in_buffer)
			memmove(in_buffer, in_buffer + size, have);
		else
			xfree(data, size);
	}
}
