/* SPDX-License-Identifier: MIT */
#ifndef _FILTER_H
#define _FILTER_H

#include "mini.h"

/*
 * Installs the filter of this thread and of all that it starts.
 *
 * Returns the file descriptor that reports calls, or -errno: -EINVAL before Linux 5.19.
 */
long install_filter(void);

/* The number on x86-64 of a call of this machine; -1 for one that the filter lets pass. */
int number_on_x64(int nr);

/* Whether a call of this machine is one on a file. */
bool is_on_file(int nr);

/* AUDIT_ARCH_… of this machine. */
extern const uint32_t own_arch;

#endif
