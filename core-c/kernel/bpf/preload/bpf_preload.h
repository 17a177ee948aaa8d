/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _BPF_PRELOAD_H
#define _BPF_PRELOAD_H

/* The model preloads nothing. Only an upstream inode.c includes this header. */
#define BPF_PRELOAD_LINKS 2

struct bpf_link;
struct module;

struct bpf_preload_info {
	char link_name[16];
	struct bpf_link *link;
};

struct bpf_preload_ops {
	int (*preload)(struct bpf_preload_info *info);
	struct module *owner;
};

extern struct bpf_preload_ops *bpf_preload_ops;

#endif
