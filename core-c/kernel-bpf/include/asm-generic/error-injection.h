/* SPDX-License-Identifier: GPL-2.0-only */
/* No list of functions, which would keep every system call in the module. kallsyms.c answers. */
#ifndef _WASM_ERROR_INJECTION_H
#define _WASM_ERROR_INJECTION_H
#include_next <asm-generic/error-injection.h>
#undef ALLOW_ERROR_INJECTION
#define ALLOW_ERROR_INJECTION(name, type)
#endif
