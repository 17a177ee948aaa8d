/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MAJOR_H
#define _LINUX_MAJOR_H

#define UNNAMED_MAJOR	0
#define MEM_MAJOR	1

#endif
