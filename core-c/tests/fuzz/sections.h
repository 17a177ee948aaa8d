/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included in front of every source of the model, when it is built for the
 * fuzzer: all its variables lie in two sections, which are put back to what
 * they were at boot before each sequence. See arena.c.
 */
#pragma clang section bss = "model_bss" data = "model_data"
