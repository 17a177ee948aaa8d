/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_UACCESS_H
#define _LINUX_UACCESS_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>

/*
 * User memory is a set of segments that the host allocates for a call. A range is accessible up to
 * the end of the segment in which it begins. The first two functions return the number of bytes
 * that could NOT be copied.
 */
unsigned long __must_check copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long __must_check copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long __must_check clear_user(void __user *to, unsigned long n);

/* Returns the length without NUL, @count if the first @count bytes have no NUL, or -EFAULT. */
long __must_check strncpy_from_user(char *to, const char __user *from, long count);
/* Returns the length with NUL, more than @n if the first @n bytes have no NUL, or 0 on a fault. */
long __must_check strnlen_user(const char __user *s, long n);

/* Returns 1 if the range is all zero, 0 if not, or -EFAULT. */
int check_zeroed_user(const void __user *from, size_t size);

#define get_user(x, ptr) (copy_from_user(&(x), (ptr), sizeof(x)) ? -EFAULT : 0)
#define put_user(x, ptr) \
	({ \
		__typeof__(*(ptr)) __pu = (x); \
		copy_to_user((ptr), &__pu, sizeof(__pu)) ? -EFAULT : 0; \
	})

/*
 * For the host; not in the kernel. user_alloc() returns a new, zeroed, 16-byte aligned segment or
 * 0; an access after its end is a fault. user_reset() frees all segments. user_written() returns
 * whether a segment was written since its last call.
 */
unsigned long user_alloc(u32 size);
/*
 * Sets the address of small segments as callers see it. Modules to be compared must use the same.
 */
void user_place(unsigned long address);
void user_reset(void);
bool user_written(void);

#endif /* _LINUX_UACCESS_H */
