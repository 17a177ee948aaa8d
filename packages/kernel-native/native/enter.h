/* SPDX-License-Identifier: MIT */
/*
 * Joins the namespaces of a container without giving it anything of the host: what the
 * hook and the executor share. SECURITY.md lists every program that calls it.
 */
#ifndef _NATIVE_ENTER_H
#define _NATIVE_ENTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The user and the group of the host that a process becomes before it joins. */
struct identity {
	uint32_t uid;
	uint32_t gid;
	const uint32_t *groups;
	long group_count;
};

/*
 * Whether a process without root can be hidden from others with the same user:
 * fs.suid_dumpable=1 makes it visible whenever its ids change.
 */
bool enter_is_safe(void);

/* The id of the host that a line of /proc/PID/uid_map or gid_map gives to @inside. False: none. */
bool id_outside(const char *map, uint32_t inside, uint32_t *outside);
/* Whether a line maps the id of the host. */
bool id_is_mapped(const char *map, uint32_t outside);

/*
 * Hides this process and its memory from every user namespace but the initial one, becomes
 * @who, and joins @kinds of @namespaces, a pidfd or a file of /proc/PID/ns. Without
 * @kinds it joins nothing. Returns 0 or -errno; after an error only an exit is safe.
 */
long enter(int namespaces, unsigned long kinds, const struct identity *who);

/* Keeps these of the effective capabilities, and no others in any set. Returns 0 or -errno. */
long keep_capabilities(uint64_t keep);

#endif
