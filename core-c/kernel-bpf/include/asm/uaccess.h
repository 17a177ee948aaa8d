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
/* Other addresses fault, as unmapped ones do on x86-64. */
static inline bool wasm_is_memory(const void *at, unsigned long size)
{
	unsigned long end = __builtin_wasm_memory_size(0) * 65536;

	return (unsigned long)at < end && size <= end - (unsigned long)at;
}
#define __get_kernel_nofault(dst, src, type, err_label)                                            \
	do {                                                                                       \
		if (!wasm_is_memory(src, sizeof(type)))                                            \
			goto err_label;                                                            \
		*((type *)(dst)) = get_unaligned((type *)(src));                                   \
	} while (0)
#define __put_kernel_nofault(dst, src, type, err_label)                                            \
	do {                                                                                       \
		if (!wasm_is_memory(dst, sizeof(type)))                                            \
			goto err_label;                                                            \
		put_unaligned(*((type *)(src)), (type *)(dst));                                    \
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
