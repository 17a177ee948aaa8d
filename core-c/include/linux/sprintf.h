/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_SPRINTF_H
#define _LINUX_SPRINTF_H

#include <stdarg.h>
#include <linux/compiler.h>
#include <linux/types.h>

#ifdef CONFIG_NATIVE
/* Renamed, because libc's functions of these names differ. */
#define snprintf kernel_snprintf
#define vsnprintf kernel_vsnprintf
#define scnprintf kernel_scnprintf
#define vscnprintf kernel_vscnprintf
#define sprintf kernel_sprintf
#endif

__printf(3, 4) int snprintf(char *buf, size_t size, const char *fmt, ...);
__printf(3, 0) int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
__printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...);
__printf(3, 0) int vscnprintf(char *buf, size_t size, const char *fmt, va_list args);
__printf(2, 3) char *kasprintf(gfp_t gfp, const char *fmt, ...);

#endif /* _LINUX_SPRINTF_H */
