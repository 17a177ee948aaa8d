/* SPDX-License-Identifier: GPL-2.0-only */
/* There is no instruction pointer. */
#ifndef _ASM_LINKAGE_H
#define _ASM_LINKAGE_H
#define _THIS_IP_ 0UL
#endif
