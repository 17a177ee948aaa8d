// SPDX-License-Identifier: MIT
/* Makes calls as x86-64 has them, on this machine. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "abi.h"
#include "call.h"

/* struct stat of x86-64. */
struct facade_stat {
	uint64_t dev, ino, nlink;
	uint32_t mode, uid, gid, padding;
	uint64_t rdev;
	int64_t size, blksize, blocks;
	uint64_t atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
	int64_t unused[3];
};

static long enter(long nr, const unsigned long *a)
{
	long ret = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);

	return ret == -1 ? -errno : ret;
}

static void translate_open_how(const struct segment *seg)
{
	struct open_how how;

	/* The kernel refuses what is too small, or faults. */
	if (!seg || seg->size < sizeof(how))
		return;
	memcpy(&how, seg->mem, sizeof(how));
	how.flags = open_flags_translate(how.flags);
	memcpy(seg->mem, &how, sizeof(how));
}

/* Translates the flags of a call. */
void abi_before(struct call *call)
{
	unsigned long *args = call->args;

	switch (call->entry->here) {
	case SYS_openat:
		args[2] = open_flags_translate(args[2]);
		break;
	case SYS_openat2:
		translate_open_how(call->arg_seg[2]);
		break;
	case SYS_pipe2:
		args[1] = open_flags_translate(args[1]);
		break;
	case SYS_fcntl:
		if ((unsigned int)args[1] == F_SETFL)
			args[2] = open_flags_translate(args[2]);
		break;
	}
}

#if defined(__x86_64__)
long abi_enter(const struct call *call)
{
	return enter(call->entry->here, call->args);
}
#else
/* Machines without dup2() have dup3(), which refuses two equal file descriptors. */
static long run_dup2(const unsigned long *args)
{
	unsigned long get[FRAME_ARGS] = { args[0], F_GETFD };
	unsigned long dup[FRAME_ARGS] = { args[0], args[1] };
	long ret;

	if ((unsigned int)args[0] != (unsigned int)args[1])
		return enter(SYS_dup3, dup);
	ret = enter(SYS_fcntl, get);
	return ret < 0 ? ret : (long)(unsigned int)args[0];
}

/* fstat() and newfstatat(): @out is the number of the argument with the structure. */
static long run_stat(const struct call *call, int out)
{
	const struct segment *seg = call->arg_seg[out];
	unsigned long args[FRAME_ARGS];
	struct facade_stat result;
	struct stat st;
	long ret;

	memcpy(args, call->args, sizeof(args));
	if (seg)
		args[out] = seg->size < sizeof(result) ? mem_bad() : (unsigned long)&st;
	ret = enter(call->entry->here, args);
	if (ret < 0 || !seg)
		return ret;
	result = (struct facade_stat){
		.dev = st.st_dev,
		.ino = st.st_ino,
		.nlink = st.st_nlink,
		.mode = st.st_mode,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.rdev = st.st_rdev,
		.size = st.st_size,
		.blksize = st.st_blksize,
		.blocks = st.st_blocks,
		.atime = st.st_atim.tv_sec,
		.atime_nsec = st.st_atim.tv_nsec,
		.mtime = st.st_mtim.tv_sec,
		.mtime_nsec = st.st_mtim.tv_nsec,
		.ctime = st.st_ctim.tv_sec,
		.ctime_nsec = st.st_ctim.tv_nsec,
	};
	memcpy(seg->mem, &result, sizeof(result));
	return ret;
}

long abi_enter(const struct call *call)
{
	switch (call->entry->here) {
	case ABSENT_dup2:
		return run_dup2(call->args);
	case SYS_fstat:
		return run_stat(call, 1);
	case SYS_newfstatat:
		return run_stat(call, 2);
	}
	return enter(call->entry->here, call->args);
}
#endif

/* Translates the result of a call. */
long abi_after(const struct call *call, long ret)
{
	if (ret >= 0 && call->entry->here == SYS_fcntl &&
	    (unsigned int)call->args[1] == F_GETFL)
		return open_flags_translate(ret);
	return ret;
}
