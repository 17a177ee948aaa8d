/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_ERRNO_H
#define _LINUX_ERRNO_H

#include <uapi/asm-generic/errno.h>

/* Ours: the call or the corner of it is not modelled; never seen by scenarios. */
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
