/* SPDX-License-Identifier: GPL-2.0-only */
/* User memory of a call; uaccess.c has the functions. */
#ifndef _WASM_UACCESS_H
#define _WASM_UACCESS_H
/* One byte after a piece faults, as the facade promises. */
#include <linux/unaligned.h>
extern unsigned long wasm_copy_from_user(void *to, const void *from, unsigned long n);
extern unsigned long wasm_copy_to_user(void *to, const void *from, unsigned long n);
static inline __must_check unsigned long raw_copy_from_user(void *to, const void __user *from,
							    unsigned long n)
{
	return wasm_copy_from_user(to, (const void *)from, n);
}
static inline __must_check unsigned long raw_copy_to_user(void __user *to, const void *from,
							  unsigned long n)
{
	return wasm_copy_to_user((void *)to, from, n);
}
#define __get_kernel_nofault(dst, src, type, err_label)                                            \
	do {                                                                                       \
		*((type *)(dst)) = get_unaligned((type *)(src));                                   \
		if (0)                                                                             \
			goto err_label;                                                            \
	} while (0)
#define __put_kernel_nofault(dst, src, type, err_label)                                            \
	do {                                                                                       \
		put_unaligned(*((type *)(src)), (type *)(dst));                                    \
		if (0)                                                                             \
			goto err_label;                                                            \
	} while (0)
#define __clear_user __clear_user
static inline __must_check unsigned long __clear_user(void __user *to, unsigned long n)
{
	static const char zero[256];
	while (n) {
		unsigned long m = n < 256 ? n : 256, r = wasm_copy_to_user((void *)to, zero, m);
		if (r)
			return n - (m - r);
		to += m;
		n -= m;
	}
	return 0;
}
#include <asm-generic/uaccess.h>
#endif
