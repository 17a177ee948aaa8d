/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_FILTER_H
#define _LINUX_FILTER_H

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/security.h>
#include <linux/types.h>

struct bpf_prog *bpf_prog_alloc(unsigned int insn_cnt);
void bpf_prog_free(struct bpf_prog *prog);

#endif
