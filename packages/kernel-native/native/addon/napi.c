// SPDX-License-Identifier: MIT
/* The functions that JavaScript calls; src/process has checked their arguments. */
#include <linux/mman.h>
#include <node_api.h>
#include "addon.h"
#include "napi.h"
#include "sys.h"
#include "token_room.h"

/* One per JavaScript thread. */
struct instance {
	struct places places;
	struct segment segments[LIMIT_SEGMENTS];
};

/* A call on a thread of the pool, with its own memory. */
struct job {
	size_t size;
	napi_async_work work;
	napi_deferred deferred;
	struct instance instance;
	struct call call;
	int64_t ret;
};

struct mapping {
	void *at;
	size_t size;
};

__attribute__((visibility("hidden"))) void *memcpy(void *to, const void *from, size_t size)
{
	const char *source = from;
	char *at = to;

	for (; size >= 8; size -= 8, at += 8, source += 8)
		__builtin_memcpy(at, source, 8);
	while (size--)
		*at++ = *source++;
	return to;
}

__attribute__((visibility("hidden"))) void *memset(void *at, int value, size_t size)
{
	volatile char *byte = at;

	while (size--)
		*byte++ = value;
	return at;
}

napi_value throw(napi_env env, const char *message)
{
	napi_throw_error(env, NULL, message);
	return NULL;
}

napi_value number(napi_env env, int64_t n)
{
	napi_value value = NULL;

	napi_create_int64(env, n, &value);
	return value;
}

/* The bytes of a Uint8Array. False: it is not one. */
bool bytes_of(napi_env env, napi_value value, char **data, size_t *size)
{
	napi_typedarray_type type;
	void *at = NULL;

	if (napi_get_typedarray_info(env, value, &type, size, &at, NULL, NULL) != napi_ok ||
	    type != napi_uint8_array || *size > LIMIT_PAYLOAD)
		return false;
	*data = at;
	return true;
}

static const char *const problems[] = {
	[CALL_OK] = NULL,
	[CALL_MALFORMED] = "malformed frame",
	[CALL_UNKNOWN] = "no such call",
	[CALL_NO_MEMORY] = "out of memory",
};

/* call(frame, reply): returns the kernel's answer; reply gets what the kernel wrote. */
static napi_value js_call(napi_env env, napi_callback_info info)
{
	struct instance *own;
	struct call call;
	napi_value argv[2];
	size_t argc = 2, size, capacity;
	char *frame, *reply;
	enum call_error got;
	int64_t ret = 0;

	napi_get_cb_info(env, info, &argc, argv, NULL, (void **)&own);
	if (argc < 2 || !bytes_of(env, argv[0], &frame, &size) ||
	    !bytes_of(env, argv[1], &reply, &capacity))
		return throw(env, "call(frame, reply)");
	call.segments = own->segments;
	got = call_parse(&own->places, &call, frame, size);
	if (got == CALL_OK && frame_reply_size(call.segments, call.count) != capacity)
		got = CALL_MALFORMED;
	if (got == CALL_OK) {
		ret = call_run(&call);
		frame_reply(call.segments, call.count, reply);
	}
	segments_release(&own->places, call.segments, call.count);
	return got == CALL_OK ? number(env, ret) : throw(env, problems[got]);
}

/* Writes addresses into the attr's pointers for the call, and restores the caller's bytes. */
static napi_value run_bpf(napi_env env, struct instance *own, int64_t cmd, uint32_t size,
			  char **data, const uint32_t *offsets, uint32_t count)
{
	struct segment *segments = own->segments;
	uint64_t before[SLOTS];
	uint32_t placed = 0;
	long ret;

	for (; placed < count; placed++) {
		if (!segment_place(&own->places, &segments[placed])) {
			segments_release(&own->places, segments, placed + 1);
			return throw(env, "out of memory");
		}
		memcpy(segments[placed].mem, data[placed], segments[placed].size);
	}
	for (uint32_t i = 1; i < count; i++) {
		memcpy(&before[i - 1], segments[0].mem + offsets[i], 8);
		memcpy(segments[0].mem + offsets[i], &segments[i].mem, 8);
	}
	ret = sys(__NR_bpf, cmd, segments[0].mem, size);
	for (uint32_t i = 1; i < count; i++)
		memcpy(segments[0].mem + offsets[i], &before[i - 1], 8);
	for (uint32_t i = 0; i < count; i++)
		memcpy(data[i], segments[i].mem, segments[i].size);
	segments_release(&own->places, segments, count);
	return number(env, ret);
}

/* bpf(cmd, attr, [offset, memory]...): the fast path, for calls in a loop. */
static napi_value js_bpf(napi_env env, napi_callback_info info)
{
	napi_value argv[2 + 2 * SLOTS];
	size_t argc = 2 + 2 * SLOTS, size;
	uint32_t offsets[1 + SLOTS] = { 0 };
	char *data[1 + SLOTS];
	struct instance *own;
	uint32_t count = 1;
	int64_t cmd;

	napi_get_cb_info(env, info, &argc, argv, NULL, (void **)&own);
	if (argc < 2 || argc > 2 + 2 * SLOTS || argc % 2 ||
	    napi_get_value_int64(env, argv[0], &cmd) != napi_ok ||
	    !bytes_of(env, argv[1], &data[0], &size))
		return throw(env, "bpf(cmd, attr, [offset, memory]...)");
	own->segments[0].size = size;
	for (size_t i = 2; i < argc; i += 2, count++) {
		size_t capacity;

		if (napi_get_value_uint32(env, argv[i], &offsets[count]) != napi_ok ||
		    !bytes_of(env, argv[i + 1], &data[count], &capacity) ||
		    size < 8 || offsets[count] > size - 8)
			return throw(env, "invalid pointer slot");
		own->segments[count].size = capacity;
	}
	return run_bpf(env, own, cmd, size, data, offsets, count);
}

static void job_run(napi_env env, void *data)
{
	struct job *job = data;

	(void)env;
	job->ret = call_run(&job->call);
}

static void job_free(struct job *job)
{
	segments_release(&job->instance.places, job->call.segments, job->call.count);
	places_end(&job->instance.places);
	pages_put(job, job->size);
}

/* Resolves with the answer in eight bytes, followed by what the kernel wrote. */
static void job_done(napi_env env, napi_status status, void *data)
{
	struct job *job = data;
	size_t size = 8 + frame_reply_size(job->call.segments, job->call.count);
	napi_value buffer, reason;
	void *at;

	if (status == napi_ok && napi_create_arraybuffer(env, size, &at, &buffer) == napi_ok) {
		memcpy(at, &job->ret, 8);
		frame_reply(job->call.segments, job->call.count, (char *)at + 8);
		napi_resolve_deferred(env, job->deferred, buffer);
	} else if (napi_create_string_utf8(env, "the call was given up", NAPI_AUTO_LENGTH,
					   &reason) == napi_ok) {
		napi_reject_deferred(env, job->deferred, reason);
	}
	napi_delete_async_work(env, job->work);
	job_free(job);
}

/* start(frame): makes the call on a thread of the pool. */
static napi_value js_start(napi_env env, napi_callback_info info)
{
	napi_value argv[1], promise, name;
	size_t argc = 1, size;
	enum call_error got;
	struct job *job;
	char *frame;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 1 || !bytes_of(env, argv[0], &frame, &size))
		return throw(env, "start(frame)");
	job = pages_get(sizeof(*job));
	if (!job)
		return throw(env, "out of memory");
	job->size = sizeof(*job);
	job->call.segments = job->instance.segments;
	got = places_make(&job->instance.places) ?
		call_parse(&job->instance.places, &job->call, frame, size) : CALL_NO_MEMORY;
	if (got == CALL_OK &&
	    (napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
	     napi_create_string_utf8(env, "bpf", NAPI_AUTO_LENGTH, &name) != napi_ok ||
	     napi_create_async_work(env, NULL, name, job_run, job_done, job, &job->work) != napi_ok ||
	     napi_queue_async_work(env, job->work) != napi_ok))
		got = CALL_NO_MEMORY;
	if (got == CALL_OK)
		return promise;
	job_free(job);
	return throw(env, problems[got]);
}

static void unmap(napi_env env, void *data, void *hint)
{
	(void)env;
	pages_put(data, (size_t)(uintptr_t)hint);
}

/* map(fd, length, offset, writable): an ArrayBuffer, or -errno. */
static napi_value js_map(napi_env env, napi_callback_info info)
{
	napi_value argv[4], buffer;
	int64_t length, offset;
	size_t argc = 4;
	bool writable;
	int32_t fd;
	long at;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 4 || napi_get_value_int32(env, argv[0], &fd) != napi_ok ||
	    napi_get_value_int64(env, argv[1], &length) != napi_ok ||
	    napi_get_value_int64(env, argv[2], &offset) != napi_ok ||
	    napi_get_value_bool(env, argv[3], &writable) != napi_ok)
		return throw(env, "map(fd, length, offset, writable)");
	at = sys6(__NR_mmap, 0, length, writable ? PROT_READ | PROT_WRITE : PROT_READ,
		  MAP_SHARED, fd, offset);
	if (at < 0 && at > -4096)
		return number(env, at);
	if (napi_create_external_arraybuffer(env, (void *)at, length, unmap,
					     (void *)(uintptr_t)length, &buffer) == napi_ok)
		return buffer;
	pages_put((void *)at, length);
	return throw(env, "this JavaScript engine takes no memory of others");
}

/* unmap(buffer): detaches it, which gives the mapping back. */
static napi_value js_unmap(napi_env env, napi_callback_info info)
{
	napi_value argv[1];
	size_t argc = 1;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 1 || napi_detach_arraybuffer(env, argv[0]) != napi_ok)
		return throw(env, "unmap(buffer)");
	return NULL;
}

/* mayCreateToken(): whether BPF_TOKEN_CREATE is safe now. */
static napi_value js_may_create_token(napi_env env, napi_callback_info info)
{
	napi_value value = NULL;

	(void)info;
	napi_get_boolean(env, token_may_be_created(), &value);
	return value;
}

static void instance_end(napi_env env, void *data, void *hint)
{
	struct instance *own = data;

	(void)env;
	(void)hint;
	places_end(&own->places);
	pages_put(own, sizeof(*own));
}

__attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1(void)
{
	return 8;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env,
									   napi_value exports)
{
	struct instance *own = pages_get(sizeof(*own));
	napi_value page;

	if (!own || !places_make(&own->places))
		return throw(env, "out of memory");
	const napi_property_descriptor properties[] = {
		{ "call", NULL, js_call, NULL, NULL, NULL, napi_default, own },
		{ "bpf", NULL, js_bpf, NULL, NULL, NULL, napi_default, own },
		{ "start", NULL, js_start, NULL, NULL, NULL, napi_default, own },
		{ "prepare", NULL, js_prepare, NULL, NULL, NULL, napi_default, NULL },
		{ "map", NULL, js_map, NULL, NULL, NULL, napi_default, own },
		{ "unmap", NULL, js_unmap, NULL, NULL, NULL, napi_default, own },
		{ "spawn", NULL, js_spawn, NULL, NULL, NULL, napi_default, NULL },
		{ "reap", NULL, js_reap, NULL, NULL, NULL, napi_default, NULL },
		{ "mayCreateToken", NULL, js_may_create_token, NULL, NULL, NULL, napi_default, NULL },
		{ "listen", NULL, js_listen, NULL, NULL, NULL, napi_default, NULL },
		{ "fileEnds", NULL, js_file_ends, NULL, NULL, NULL, napi_default, NULL },
		{ "nextCall", NULL, js_next_call, NULL, NULL, NULL, napi_default, NULL },
		{ "answerCall", NULL, js_answer_call, NULL, NULL, NULL, napi_default, NULL },
		{ "isWaiting", NULL, js_is_waiting, NULL, NULL, NULL, napi_default, NULL },
		{ "readMemory", NULL, js_read_memory, NULL, NULL, NULL, napi_default, NULL },
		{ "writeMemory", NULL, js_write_memory, NULL, NULL, NULL, napi_default, NULL },
		{ "memoryFile", NULL, js_memory_file, NULL, NULL, NULL, napi_default, NULL },
		{ "giveFile", NULL, js_give_file, NULL, NULL, NULL, napi_default, NULL },
	};

	napi_set_instance_data(env, own, instance_end, NULL);
	napi_define_properties(env, exports, sizeof(properties) / sizeof(properties[0]), properties);
	page = number(env, page_size());
	napi_set_named_property(env, exports, "pageSize", page);
	return exports;
}
