/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before every source. Gives each initcall a symbol with its level, file and name; the build
 * collects them. In vmlinux the linker collects sections.
 */
#include <linux/init.h>

#undef ___define_initcall
#ifndef BTF_TAG
#define BTF_TAG "x"
#endif
#define initcall_symbol(fn, id, tag)                                                               \
	initcall_t wasm_initcall_##fn __asm__("initcall" #id "." tag "." #fn)                      \
	__attribute__((used)) = fn;
#define ___define_initcall(fn, id, sec) initcall_symbol(fn, id, BTF_TAG)
