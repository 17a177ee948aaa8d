/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_CLEANUP_H
#define _LINUX_CLEANUP_H

#include <linux/compiler.h>
#include <linux/err.h>

/* Release at the end of a scope: variables, class objects and guards. */
#define DEFINE_FREE(_name, _type, _free) \
	static inline __maybe_unused void __free_##_name(void *p) \
	{ \
		_type _T = *(_type *)p; \
		_free; \
	}
#define __free(_name) __cleanup(__free_##_name)

#define no_free_ptr(p) \
	({ \
		__auto_type __ptr = (p); \
		(p) = NULL; \
		__ptr; \
	})
#define return_ptr(p) return no_free_ptr(p)
#define retain_and_null_ptr(p) ((void)no_free_ptr(p))
#define __get_and_null(p, nullvalue) \
	({ \
		__auto_type __val = (p); \
		(p) = (nullvalue); \
		__val; \
	})
#define take_fd(fd) __get_and_null(fd, -EBADF)

#define DEFINE_CLASS(_name, _type, _exit, _init, _init_args...) \
	typedef _type class_##_name##_t; \
	static inline __maybe_unused void class_##_name##_destructor(_type *p) \
	{ \
		_type _T = *p; \
		_exit; \
	} \
	static inline __maybe_unused _type class_##_name##_constructor(_init_args) \
	{ \
		_type t = _init; \
		return t; \
	}
#define CLASS(_name, var) \
	class_##_name##_t var __cleanup(class_##_name##_destructor) = class_##_name##_constructor

#define DEFINE_GUARD(_name, _type, _lock, _unlock) \
	DEFINE_CLASS(_name, _type, _unlock, ({ _lock; _T; }), _type _T)
#define guard(_name) CLASS(_name, __UNIQUE_ID(guard))
#define scoped_guard(_name, args...) \
	for (int __once = 1; __once;) \
		for (CLASS(_name, __scope)(args); __once; __once = 0)

#endif /* _LINUX_CLEANUP_H */
