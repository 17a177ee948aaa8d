/* SPDX-License-Identifier: MIT */

#ifndef _ARCH_WASM_ABI_H
#define _ARCH_WASM_ABI_H

/* The interface between module and host, from abi.json. A source that defines a struct asserts its layout. */

#define KERNEL_ABI_VERSION @version@

#define ABI_NUMBER(name, value) _Static_assert((name) == (value), "abi.json")
#ifdef __wasm32__
#define ABI_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "abi.json")
#define ABI_FIELD(type, field, at, bytes) \
	ABI_SIZE(((type *)0)->field, bytes); \
	_Static_assert(__builtin_offsetof(type, field) == (at), "abi.json")
#else /* pointers are wider there, and no host reads the structs */
#define ABI_SIZE(type, bytes) ABI_NUMBER(bytes, bytes)
#define ABI_FIELD(type, field, at, bytes) ABI_NUMBER(at, at)
#endif

@asserts@

#endif /* _ARCH_WASM_ABI_H */
