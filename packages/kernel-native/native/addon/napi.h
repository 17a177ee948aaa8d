/* SPDX-License-Identifier: MIT */
#ifndef _ADDON_NAPI_H
#define _ADDON_NAPI_H

/* Pointers inside the attr, at most, on the fast paths. */
#define SLOTS 6
/* Bytes of all segments of a prepared call. */
#define LIMIT_READY 65536u

/* napi.c */
napi_value number(napi_env env, int64_t n);
napi_value throw(napi_env env, const char *message);
bool bytes_of(napi_env env, napi_value value, char **data, size_t *size);

/* prepared.c */
napi_value js_prepare(napi_env env, napi_callback_info info);

/* spawn.c */
napi_value js_spawn(napi_env env, napi_callback_info info);
napi_value js_reap(napi_env env, napi_callback_info info);

/* intercept.c */
napi_value js_listen(napi_env env, napi_callback_info info);
napi_value js_file_ends(napi_env env, napi_callback_info info);
napi_value js_next_call(napi_env env, napi_callback_info info);
napi_value js_answer_call(napi_env env, napi_callback_info info);
napi_value js_is_waiting(napi_env env, napi_callback_info info);
napi_value js_memory_file(napi_env env, napi_callback_info info);
napi_value js_give_file(napi_env env, napi_callback_info info);

/* other_memory.c */
napi_value js_read_memory(napi_env env, napi_callback_info info);
napi_value js_write_memory(napi_env env, napi_callback_info info);

#endif
