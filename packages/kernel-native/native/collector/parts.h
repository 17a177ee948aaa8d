/* SPDX-License-Identifier: MIT */
/* The parts of the facts that have a file of their own. */
#ifndef _PARTS_H
#define _PARTS_H

#include "collector/piece.h"

/* One BPF filesystem in mountinfo. The pieces are parts of the text. */
struct bpffs_line {
	struct out text;
	struct piece path, device, root, options;
};

struct bpffs_list {
	struct bpffs_line *found;
	size_t count, most;
	bool more;		/* there are others */
	bool cut;		/* a line is too long, and may have one */
};

/*
 * Finds the BPF filesystems in a file like mountinfo, which may have any size. Of several
 * mounts at one path the last one hides the others. Returns 0, or -errno.
 */
long find_bpffs(const char *path, struct bpffs_list *list);
void release_bpffs(struct bpffs_list *list);

/* Writes a BPF filesystem as JSON, without the last brace. `number` counts from 1. */
void write_mount(struct out *out, const struct bpffs_line *mount, size_t number, bool full);

/* Writes the container manager that the text of /proc/PID/cgroup shows, or nothing. */
void write_manager(struct out *out, const char *cgroup, bool full);

/*
 * Writes what shows whether a process is one of gVisor's sandbox, or nothing if its file is not
 * named runsc. `from_host`: the reader is in the initial user namespace.
 */
void write_runsc(struct out *out, const char *proc, const char *pid, bool from_host);

/*
 * Writes the seccomp filters of a process as JSON. Stops the process for a moment. On
 * failure writes nothing, and the reason into `why`.
 */
bool write_seccomp(struct out *out, const char *pid, char *why, size_t size);

#endif
