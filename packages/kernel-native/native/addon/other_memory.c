// SPDX-License-Identifier: MIT
/*
 * Memory of another process, with the protection that it has there. A file /proc/PID/mem has none:
 * it reads pages of PROT_NONE, and writes those of PROT_READ.
 */
#include <linux/uio.h>
#include <node_api.h>
#include "addon.h"
#include "napi.h"
#include "sys.h"

static napi_value transfer(napi_env env, napi_callback_info info, long nr, const char *usage)
{
	struct iovec here, there;
	napi_value argv[3];
	size_t argc = 3;
	int64_t address;
	int32_t tid;
	char *data;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 3 || napi_get_value_int32(env, argv[0], &tid) != napi_ok ||
	    napi_get_value_int64(env, argv[1], &address) != napi_ok ||
	    !bytes_of(env, argv[2], &data, &here.iov_len))
		return throw(env, usage);
	here.iov_base = data;
	there = (struct iovec){ (void *)(uintptr_t)address, here.iov_len };
	return number(env, sys6(nr, tid, (long)&here, 1, (long)&there, 1, 0));
}

/* readMemory(tid, address, bytes): how many could be read, or -errno. */
napi_value js_read_memory(napi_env env, napi_callback_info info)
{
	return transfer(env, info, __NR_process_vm_readv, "readMemory(tid, address, bytes)");
}

/* writeMemory(tid, address, bytes): how many could be written, or -errno. */
napi_value js_write_memory(napi_env env, napi_callback_info info)
{
	return transfer(env, info, __NR_process_vm_writev, "writeMemory(tid, address, bytes)");
}
