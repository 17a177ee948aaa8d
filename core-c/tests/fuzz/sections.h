/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before every source of the model in the fuzzer's build: puts all variables into two
 * sections, which are restored before each sequence. See arena.c.
 */
#pragma clang section bss = "model_bss" data = "model_data"
