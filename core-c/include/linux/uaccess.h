/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_UACCESS_H
#define _LINUX_UACCESS_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>

/*
 * User memory is a set of segments that the host makes for a call. A range is
 * accessible as far as the live segment reaches in which it begins.
 * The first two return how many bytes could NOT be copied.
 */
unsigned long __must_check copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long __must_check copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long __must_check clear_user(void __user *to, unsigned long n);

/* Length without NUL, or -EFAULT; @count when there is no NUL in the first @count bytes. */
long __must_check strncpy_from_user(char *to, const char __user *from, long count);
/* Length with NUL; 0 on a fault; above @n when there is no NUL in the first @n bytes. */
long __must_check strnlen_user(const char __user *s, long n);

/* 1: the range is all zero, 0: it is not, -EFAULT. */
int check_zeroed_user(const void __user *from, size_t size);

#define get_user(x, ptr) (copy_from_user(&(x), (ptr), sizeof(x)) ? -EFAULT : 0)
#define put_user(x, ptr) \
	({ \
		__typeof__(*(ptr)) __pu = (x); \
		copy_to_user((ptr), &__pu, sizeof(__pu)) ? -EFAULT : 0; \
	})

/*
 * Ours: the host's side of it. @user_alloc gives a fresh, zeroed, 16-aligned
 * segment or 0; its end is a fault. @user_reset ends them all. @user_written
 * tells whether anything was written into one since it was last asked.
 */
unsigned long user_alloc(u32 size);
/* Where the caller believes small segments to be: modules that are compared have to agree on it. */
void user_place(unsigned long address);
void user_reset(void);
bool user_written(void);

#endif /* _LINUX_UACCESS_H */
