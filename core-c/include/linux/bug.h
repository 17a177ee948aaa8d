/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_BUG_H
#define _LINUX_BUG_H

#include <linux/arch.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>

/* WARN_ON does nothing on wasm32 and aborts a native build. BUG ends the kernel (KernelCrashed). */
#define BUG() arch_bug(__FILE__, __LINE__)
#define BUG_ON(cond) \
	do { \
		if (unlikely(cond)) \
			BUG(); \
	} while (0)
#define WARN_ON(cond) \
	({ \
		int __warned = !!(cond); \
		if (unlikely(__warned)) \
			arch_warn(__FILE__, __LINE__); \
		unlikely(__warned); \
	})
#define WARN_ON_ONCE(cond) WARN_ON(cond)
#define WARN(cond, fmt...) WARN_ON(cond)
#define WARN_ONCE(cond, fmt...) WARN_ON(cond)
#define VFS_WARN_ON_ONCE(cond) WARN_ON(cond)
#define VFS_BUG_ON(cond) BUG_ON(cond)

#endif /* _LINUX_BUG_H */
