/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_KMOD_H
#define _LINUX_KMOD_H

#include <linux/errno.h>

/* There are no modules to load. */
#define request_module(mod...) (-ENOSYS)

#endif
