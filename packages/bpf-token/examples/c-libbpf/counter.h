/* SPDX-License-Identifier: MIT */
#ifndef COUNTER_H
#define COUNTER_H

#include <bpf/libbpf.h>

struct counter {
	struct bpf_object *object;
	struct bpf_map *total;
	struct bpf_map *protocols;
};

/* Loads the object; returns 0, or a negative errno after a message. libbpf takes the token by itself. */
int counter_load(struct counter *counter, const char *path);

/* Returns the number of packets, or a negative errno. */
long long counter_total(const struct counter *counter);

/* Returns the number of packets of a protocol of Ethernet, or a negative errno. */
long long counter_protocol(const struct counter *counter, unsigned short protocol);

void counter_close(struct counter *counter);

#endif
