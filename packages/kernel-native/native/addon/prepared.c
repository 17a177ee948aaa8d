// SPDX-License-Identifier: MIT
/*
 * A call of bpf() whose memory belongs to the addon: JavaScript writes and
 * reads it in place, and each run costs little more than the call itself.
 * The attr holds addresses only during the call.
 *
 * All segments lie together: each further page that the kernel touches costs as
 * much as the rest of a map look-up. Only the last one ends at an inaccessible page.
 */
#include <node_api.h>
#include "addon.h"
#include "napi.h"
#include "sys.h"

/* Bytes between the last segment and the others. */
#define APART 192

struct prepared {
	struct places places;
	int64_t cmd;
	uint32_t size;
	uint32_t count;			/* the attr and what it points at */
	uint32_t users;			/* references: the function and its buffers */
	uint32_t offsets[1 + SLOTS];
	struct segment segments[1 + SLOTS];
};

static void put(struct prepared *prepared)
{
	if (__atomic_sub_fetch(&prepared->users, 1, __ATOMIC_ACQ_REL))
		return;
	places_end(&prepared->places);
	pages_put(prepared, sizeof(*prepared));
}

static void buffer_gone(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)data;
	put(hint);
}

static void function_gone(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	put(data);
}

static napi_value js_run(napi_env env, napi_callback_info info)
{
	struct prepared *own;
	uint64_t before[SLOTS];
	napi_value value = NULL;
	char *attr;
	long ret;

	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&own);
	attr = own->segments[0].mem;
	for (uint32_t i = 1; i < own->count; i++) {
		memcpy(&before[i - 1], attr + own->offsets[i], 8);
		memcpy(attr + own->offsets[i], &own->segments[i].mem, 8);
	}
	ret = sys(__NR_bpf, own->cmd, attr, own->size);
	for (uint32_t i = 1; i < own->count; i++)
		memcpy(attr + own->offsets[i], &before[i - 1], 8);
	napi_create_int32(env, ret, &value);
	return value;
}

/*
 * One place for all, filled from its end. An access shortly before the inaccessible
 * page costs half as much as a map look-up, so only the last segment lies there.
 */
static bool place_all(struct prepared *own)
{
	struct segment whole = { 0 };
	uint64_t total = 0;
	char *at;

	for (uint32_t i = 0; i < own->count; i++)
		total += ((uint64_t)own->segments[i].size + 7) & ~7ull;
	total += APART;
	if (total > LIMIT_READY)
		return false;
	whole.size = total;
	if (!segment_place(&own->places, &whole))
		return false;
	at = whole.mem + total;
	for (uint32_t i = own->count; i--; at = (char *)((uintptr_t)at & ~7ul)) {
		at -= own->segments[i].size;
		own->segments[i].mem = at;
		if (i && i == own->count - 1)
			at -= APART;
	}
	return true;
}

/* Reads the arguments of prepare() into a new call. False: invalid. */
static bool read_sizes(napi_env env, const napi_value *argv, size_t argc, struct prepared *own)
{
	if (argc < 2 || argc % 2 || argc > 2 + 2 * SLOTS ||
	    napi_get_value_int64(env, argv[0], &own->cmd) != napi_ok ||
	    napi_get_value_uint32(env, argv[1], &own->size) != napi_ok)
		return false;
	own->segments[0].size = own->size;
	for (own->count = 1; 2 * own->count < argc; own->count++) {
		uint32_t i = own->count;

		if (napi_get_value_uint32(env, argv[2 * i], &own->offsets[i]) != napi_ok ||
		    napi_get_value_uint32(env, argv[2 * i + 1], &own->segments[i].size) != napi_ok ||
		    own->size < 8 || own->offsets[i] > own->size - 8)
			return false;
	}
	return place_all(own);
}

/* prepare(cmd, size, [offset, size]...): [run, attr, memory...] */
napi_value js_prepare(napi_env env, napi_callback_info info)
{
	napi_value argv[2 + 2 * SLOTS], all, run, buffer;
	struct prepared *own = pages_get(sizeof(*own));
	size_t argc = 2 + 2 * SLOTS;
	bool ok;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (!own || !places_make(&own->places))
		return throw(env, "out of memory");
	own->users = 1;
	ok = read_sizes(env, argv, argc, own) && napi_create_array(env, &all) == napi_ok &&
	     napi_create_function(env, "run", NAPI_AUTO_LENGTH, js_run, own, &run) == napi_ok &&
	     napi_set_element(env, all, 0, run) == napi_ok;
	for (uint32_t i = 0; ok && i < own->count; i++) {
		const struct segment *segment = &own->segments[i];

		own->users++;
		ok = napi_create_external_arraybuffer(env, segment->mem, segment->size, buffer_gone,
						      own, &buffer) == napi_ok;
		if (!ok)
			own->users--;
		else
			napi_set_element(env, all, 1 + i, buffer);
	}
	if (ok && napi_add_finalizer(env, run, own, function_gone, NULL, NULL) == napi_ok)
		return all;
	put(own);
	return throw(env, "prepare(cmd, size, [offset, size]...)");
}
