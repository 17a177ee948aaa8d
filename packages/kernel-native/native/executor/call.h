/* SPDX-License-Identifier: MIT */
/* One system call of a test, taken apart. */
#ifndef _EXECUTOR_CALL_H
#define _EXECUTOR_CALL_H

#include "exec.h"
#include "generated/syscalls.h"

/* A piece of user memory; the byte behind the last one faults. */
struct seg {
	char *mem;
	uint32_t size;
	bool copy_back;
	void *map;		/* memory of its own, or NULL */
	size_t map_size;
};

struct call {
	const struct syscall_entry *entry;
	unsigned long args[6];
	struct seg *arg_seg[6];		/* the segment that an argument points at */
	struct seg *segs;
	uint32_t nsegs;
	uint32_t rule;			/* enum rule: kept from the kernel; or 0 */
	long forced;			/* the answer, without the kernel; or 0 */
	struct seg *veiled;		/* a name that the kernel must not read */
	char veil[64];
};

/* mem.c */
bool mem_make(void);
bool mem_place(struct seg *segs, uint32_t count);
void mem_release(struct seg *segs, uint32_t count);
unsigned long mem_bad(void);

/* call.c */
enum status call_parse(struct call *call, char *data, size_t size);
long call_run(struct call *call);

/* sweep.c */
enum status sweep_run(char *data, size_t size, uint16_t *cells, uint32_t *count);

/* safety.c */
void safety_before(struct call *call);
long safety_openat(const unsigned long *args);
void safety_after(struct call *call, long ret);

/* paths.c */
bool path_is_token(int fd);
void path_check_attr(struct call *call, int dirfd, const struct seg *path, bool follow);
void path_check(struct call *call, int dirfd, const struct seg *path);
void path_check_umount(struct call *call, const struct seg *path, int flags);
void path_check_type(struct call *call, struct seg *type);
bool path_may_write(int fd);

/* bpfcall.c */
void bpf_before(struct call *call);
void bpf_after(struct call *call, long ret);

#endif
