/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_ERRNO_H
#define _LINUX_ERRNO_H

#include <uapi/asm-generic/errno.h>

/* Not in the kernel: the call, or a detail of it, is unmodelled. Scenarios never see it. */
#define ENOTMODELLED 4094

#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif
#ifndef ENOIOCTLCMD
#define ENOIOCTLCMD 515
#endif
#ifndef ENOPARAM
#define ENOPARAM 519
#endif

#endif /* _LINUX_ERRNO_H */
