/* SPDX-License-Identifier: MIT */
/* What the file descriptors of traced processes refer to, without opening them. */
#ifndef _FILES_H
#define _FILES_H

#include "supervise.h"

#ifdef __x86_64__
#define ARCH_NAME "x64"
#define ARCH_AUDIT AUDIT_ARCH_X86_64
#else
#define ARCH_NAME "arm64"
#define ARCH_AUDIT AUDIT_ARCH_AARCH64
#endif

/* A number as text. */
const char *text_of(unsigned int number, char text[16]);

bool is_open(int pid, int fd);
/* Whether two processes share their file descriptors, as after CLONE_FILES. */
bool shares_files(int a, int b);
/* Forgets what was read of mounts: at each stop, because other processes may have changed them. */
void forget_mounts(void);
/* Whether a descriptor refers to a directory or file of a BPF filesystem. */
bool is_bpffs(int pid, int fd);
/* Whether bpf() or the mount calls for a BPF filesystem know such a file. */
bool is_bpf_file(int pid, int fd);

/* Writes what a file descriptor refers to as JSON. Returns whether bpf() knows such a file. */
bool write_file(struct out *line, int pid, int fd);

/* Whether a filter other than ours is active. */
bool has_filter(int pid, bool ours);
bool changes_privileges(uint64_t option);
/* fcntl(2): requests that copy a descriptor or set its flags. */
bool copies_descriptor(uint64_t request);
bool copies_number(uint64_t request);
bool command_returns_fd(uint64_t cmd);
/* Whether a call that succeeded installed a seccomp filter. */
bool sets_filter(const struct tracee *tracee);

/* Writes the descriptors that a message passes; false if bpf() knows none of them. */
bool write_message(struct out *line, const struct tracee *tracee);
/* The fds in the message that was written last. */
size_t message_count(void);
int message_fd(size_t index);

#endif
