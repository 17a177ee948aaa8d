/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ARCH_NATIVE_NATIVE_H
#define _ARCH_NATIVE_NATIVE_H

/*
 * What a program around the native core may do beyond the door. Addresses of
 * user memory hide inside of user memory, so playing back a recording of
 * another machine needs the addresses of there: each segment gets an alias.
 */
#define NATIVE_ALIASES 256

/* The next segment of user memory is known to the core at this address. */
void native_next_address(unsigned long address);
/* Where the segment that got its address last really is. */
const void *native_last_memory(void);
/* Before segments are dropped: no aliases any more. */
void native_forget_addresses(void);

/* Answers hooks of security modules, given a struct lsm_call; NULL allows all. */
extern int (*native_lsm_ask)(const void *call);

#endif /* _ARCH_NATIVE_NATIVE_H */
