/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic interface to the registers of a system call. */
#ifndef _ASM_SYSCALL_H
#define _ASM_SYSCALL_H
#include <asm-generic/syscall.h>
#endif
