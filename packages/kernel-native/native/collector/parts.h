/* SPDX-License-Identifier: MIT */
/* The parts of the facts that have a file of their own. */
#ifndef _PARTS_H
#define _PARTS_H

#include "mini.h"

struct bpffs_line;

/* Writes a BPF filesystem as JSON, without the last brace. `number` counts from 1. */
void write_mount(struct out *out, const struct bpffs_line *mount, size_t number, bool full);

/* Writes the container manager that the text of /proc/PID/cgroup shows, or nothing. */
void write_manager(struct out *out, const char *cgroup, bool full);

/*
 * Writes the seccomp filters of a process as JSON. Stops the process for a moment. On
 * failure writes nothing, and the reason into `why`.
 */
bool write_seccomp(struct out *out, const char *pid, char *why, size_t size);

#endif
