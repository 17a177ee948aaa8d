/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PRINTK_H
#define _LINUX_PRINTK_H

#include <linux/compiler.h>

/* No kernel log: the compiler checks the arguments, then they are dropped. */
static inline __printf(1, 2) int no_printk(const char *fmt, ...)
{
	(void)fmt;
	return 0;
}

#define printk(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_emerg(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_err(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_warn(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_warn_once(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_notice(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_info(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_info_once(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_debug(fmt, ...) no_printk(fmt, ##__VA_ARGS__)

#endif /* _LINUX_PRINTK_H */
