// SPDX-License-Identifier: MIT
/*
 * Registers of a thread at its end. A thread that waits for the answer to its call reacts to
 * SIGKILL only, so it cannot be stopped before. But a tracer can have it stop once more before it
 * exits: then it still has its memory and the registers of its last call.
 */
#include <asm/ptrace.h>
#include <linux/elf.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <node_api.h>
#include "addon.h"
#include "napi.h"
#include "sys.h"

/* <linux/ptrace.h> of some releases conflicts with other headers. */
enum { CONT = 7, DETACH = 17, GET_REGISTERS = 0x4204, SEIZE = 0x4206 };
enum { TRACE_EXIT = 1 << 6, EXIT_STOP = 6 << 16 | 5 << 8 | 0x7f };

static long trace(long request, int32_t tid, long data)
{
	return sys6(__NR_ptrace, request, tid, request == GET_REGISTERS ? NT_PRSTATUS : 0, data, 0, 0);
}

/* The thread of a call from JavaScript; 0 if it has none. */
static int32_t thread_of(napi_env env, napi_callback_info info, napi_value argv[2])
{
	size_t argc = 2;
	int32_t tid;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	return argc >= 1 && napi_get_value_int32(env, argv[0], &tid) == napi_ok && tid > 0 ? tid : 0;
}

/* traceEnd(tid): from now on the thread stops before it exits. Returns 0 or -errno. */
napi_value js_trace_end(napi_env env, napi_callback_info info)
{
	napi_value argv[2];
	int32_t tid = thread_of(env, info, argv);

	return tid ? number(env, trace(SEIZE, tid, TRACE_EXIT)) : throw(env, "traceEnd(tid)");
}

/*
 * lastRegisters(tid, registers): whether the thread has stopped before its exit: the size of
 * its registers, 0 if it still runs, or -errno, and then it is not traced any more.
 */
napi_value js_last_registers(napi_env env, napi_callback_info info)
{
	napi_value argv[2];
	int32_t tid = thread_of(env, info, argv);
	struct iovec registers;
	size_t size;
	char *at;
	int status;
	long ret;

	if (!tid || !bytes_of(env, argv[1], &at, &size))
		return throw(env, "lastRegisters(tid, registers)");
	ret = sys6(__NR_wait4, tid, (long)&status, WNOHANG | __WALL, 0, 0, 0);
	if (ret <= 0)
		return number(env, ret);
	if (status >> 8 != EXIT_STOP >> 8) {
		/* Another stop, which its signal continues. */
		trace(CONT, tid, status >> 16 ? 0 : status >> 8 & 0xff);
		return number(env, 0);
	}
	registers = (struct iovec){ at, size };
	ret = trace(GET_REGISTERS, tid, (long)&registers);
	if (ret == 0)
		return number(env, (int64_t)registers.iov_len);
	trace(DETACH, tid, 0);
	return number(env, ret);
}

/* untrace(tid): lets the thread end. */
napi_value js_untrace(napi_env env, napi_callback_info info)
{
	napi_value argv[2];
	int32_t tid = thread_of(env, info, argv);

	return tid ? number(env, trace(DETACH, tid, 0)) : throw(env, "untrace(tid)");
}
