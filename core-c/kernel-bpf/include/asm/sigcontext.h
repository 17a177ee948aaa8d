/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no signal frames. */
#ifndef _ASM_SC_H
#define _ASM_SC_H
struct sigcontext {
	unsigned long pc;
};
#endif
