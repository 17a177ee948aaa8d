/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ARCH_NATIVE_NATIVE_H
#define _ARCH_NATIVE_NATIVE_H

/*
 * What a native host can do besides the exported calls. User memory contains addresses of user
 * memory, so replaying a recording needs the recorded addresses: each segment gets an alias.
 */
#define NATIVE_ALIASES 256

/* Sets the address of the next segment of user memory, as the core sees it. */
void native_next_address(unsigned long address);
/* Returns the real memory of the segment that last got its address. */
const void *native_last_memory(void);
/* Removes all aliases. Call it before the segments are dropped. */
void native_forget_addresses(void);

/* Answers LSM hooks, given a struct lsm_call; NULL allows all. */
extern int (*native_lsm_ask)(const void *call);

#endif /* _ARCH_NATIVE_NATIVE_H */
