/* SPDX-License-Identifier: GPL-2.0-only */
/* Compare and exchange: the generic one. */
#include <asm-generic/cmpxchg.h>
