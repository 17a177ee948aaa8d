/* SPDX-License-Identifier: MIT */
/* One system call of a test. */
#ifndef _EXECUTOR_CALL_H
#define _EXECUTOR_CALL_H

#include "exec.h"
#include "frame.h"
#include "generated/syscalls.h"

struct call {
	const struct syscall_entry *entry;
	unsigned long args[FRAME_ARGS];
	struct segment *arg_seg[FRAME_ARGS];		/* the segment that an argument points at */
	struct segment *segs;
	uint32_t nsegs;
	uint32_t rule;			/* enum rule: why it was refused; or 0 */
	long forced;			/* the return value, without calling the kernel; or 0 */
	struct segment *masked;		/* a type name that the kernel must not read */
	char masked_text[64];
};

/* mem.c */
bool mem_make(void);
bool mem_place(struct segment *segs, uint32_t count);
void mem_release(struct segment *segs, uint32_t count);
unsigned long mem_bad(void);

/* call.c */
enum status call_parse(struct call *call, char *data, size_t size);
long call_run(struct call *call);

/* serve.c */
void serve_on(int in, int out);
_Noreturn void serve_requests(void (*handle)(const struct exec_request *request, char *data));
void send_bytes(const void *data, size_t size);
void reply_ret(uint32_t op, enum status status, long ret, uint32_t detail);
void reply_call(const struct call *call, long ret);

/* abi.c */
void abi_before(struct call *call);
long abi_enter(const struct call *call);
long abi_after(const struct call *call, long ret);

/* sweep.c */
enum status sweep_run(char *data, size_t size, uint16_t *cells, uint32_t *count);

/* safety.c */
void safety_before(struct call *call);
long safety_openat(const unsigned long *args);
void safety_after(struct call *call, long ret);

/* paths.c */
bool path_is_token(int fd);
void path_check_attr(struct call *call, int dirfd, const struct segment *path, bool follow);
void path_check_xattr(struct call *call, bool by_fd, bool follow);
void path_check(struct call *call, int dirfd, const struct segment *path);
void path_check_umount(struct call *call, const struct segment *path, int flags);
bool path_is_empty(const struct segment *path);
void path_check_type(struct call *call, struct segment *type);
bool path_may_write(int fd);

/* bpfcall.c */
void bpf_before(struct call *call);
void bpf_after(struct call *call, long ret);

#endif
