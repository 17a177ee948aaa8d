/* SPDX-License-Identifier: MIT */
/* The parts of bpf-token-hook. README.md of this folder describes the whole. */
#ifndef _HOOK_HOOK_H
#define _HOOK_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "json.h"

enum axis { AXIS_CMDS, AXIS_MAPS, AXIS_PROGS, AXIS_ATTACHS, AXES };

/* Longest path, annotation key and other text that the hook keeps. */
#define TEXT_MAX 4096
/* Longest message. */
#define LINE_MAX 2048

/* What the host permits, from the configuration file. */
struct host_config {
	const char *file;
	char prefix[256];	/* of annotations: "bpf-token/" */
	char path[TEXT_MAX];	/* the mount point in the container */
	char runtime[TEXT_MAX];	/* for the wrapper: the program that it runs */
	char log[TEXT_MAX];	/* the file that gets each message, or "" */
	uint64_t allow[AXES];
};

/* The container, from the state on standard input and config.json of its bundle. */
struct container {
	int pid;
	char id[256];
	char bundle[TEXT_MAX];
	char rootfs[TEXT_MAX];
	char name[256];		/* of the container in its pod, or "" */
	bool is_sandbox;	/* the pause container of a pod */
	uint64_t want[AXES];
};

/* text.c: output and strings, without a C library */

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);
size_t strlen(const char *text);

/* The container that messages name; "" before it is known. */
extern const char *failing_container;
/* Prints the parts as one line on standard error, and exits with 1. Control characters are escaped. */
#define fail(...) fail_parts((const char *const[]){ __VA_ARGS__, NULL })
_Noreturn void fail_parts(const char *const *parts);
/* The name of an errno, from a positive or negative one. */
const char *errno_name(long error);
const char *decimal(long number);
bool same(const char *a, const char *b);
bool starts_with(const char *text, const char *start);
/* Appends to a buffer of @size bytes. False: it does not fit. */
bool append(char *to, size_t size, const char *text);
/* Reads a whole file or pipe into memory of its own, NUL at the end. Returns its size or -errno. */
long read_whole(int fd, size_t most, char **text);
_Noreturn void leave(int code);

/* log.c */

/* The file for messages; "" before it is known, and if there is none. */
extern const char *log_file;
/* Sends a line to the system log and to the file. Returns why the file has no new line, or NULL. */
const char *log_line(const char *line, size_t size);

/* config.c */
void read_host_config(const char *file, struct host_config *config);
/* Only the runtime, so that a wrong allow-list does not block the commands for running containers. */
void read_runtime(const char *file, struct host_config *config);
/* False: it asks for no delegation. */
bool read_container(int fd, const struct host_config *config, struct container *container);
/* Whether config.json asks for a delegation by an annotation with the prefix. */
bool has_annotation(const struct json *json, const struct host_config *config);

/* masks.c */
extern const char *const axis_names[AXES];
/* The value of an annotation, as the kernel reads a mount option. NULL, or the word that is wrong. */
const char *parse_mask(enum axis axis, const char *text, uint64_t *mask);
/* A name of the kernel in any case, with prefix or without. False: unknown. */
bool bit_of(enum axis axis, const char *name, size_t size, unsigned int *bit);
/* "name" or the number of a bit. */
const char *bit_name(enum axis axis, unsigned int bit);
/* A mask as 0x… */
const char *hexadecimal(uint64_t mask);

/* mount.c */

/* The inode of the initial user namespace. */
#define USER_INIT_INO 0xeffffffdUL
/* The inode of a namespace of a process in /proc, or 0. */
uint64_t namespace_of(const char *process, const char *kind);
/* Fails in a user namespace: what the kernel refuses there looks like other errors. */
void refuse_rootless(void);
void mount_delegated(const struct host_config *config, const struct container *container);

/* runtime.c */
_Noreturn void run_runtime(char **argv, char **envp);

#endif
