/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic numbers; syscall.c has those of x86-64. */
#ifndef __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_NEW_STAT
#endif
#include <asm-generic/unistd.h>
