/* SPDX-License-Identifier: MIT */
#ifndef _FILTER_H
#define _FILTER_H

#include "mini.h"

/*
 * Installs the filter of this thread and of all that it starts.
 *
 * Returns the file descriptor that reports calls, or -errno: -EINVAL before Linux 5.0.
 */
long install_filter(void);

#endif
