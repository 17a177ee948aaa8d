/* SPDX-License-Identifier: MIT */
/*
 * What a traced program can keep from being answered: its memory, which may come from a
 * FUSE server or userfaultfd, and its filesystems. A helper asks, and is given up after
 * some seconds, even if the kernel cannot end it.
 */
#ifndef _REMOTE_H
#define _REMOTE_H

#include "mini.h"

/* The largest piece of memory: a multiple of 3 for base64, and of 8 for instructions. */
enum { REMOTE_MOST = 3 << 14 };

enum { NO_ANSWER = -110 };

/* Reads up to `count` bytes, at most REMOTE_MOST. Returns how many, -errno, or NO_ANSWER. */
long remote_read(int tid, uint64_t address, void *bytes, size_t count);
/* Whether a file is on a BPF filesystem. Returns 1, 0, or NO_ANSWER. */
long remote_is_bpffs(const char *path);

#endif
