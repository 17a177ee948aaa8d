// SPDX-License-Identifier: MIT
// The tests write what the XDP program would count, because the model does not run programs.
#include <stdio.h>
#include "counter.h"

#define IPV4 0x0800
#define IPV6 0x86dd

static int failures;

static void expect(const char *what, long long actual, long long required)
{
	if (actual == required)
		return;
	fprintf(stderr, "%s: required %lld, actual %lld\n", what, required, actual);
	failures++;
}

static int put(const struct bpf_map *map, const void *key, size_t size, unsigned long long count)
{
	return bpf_map__update_elem(map, key, size, &count, sizeof(count), BPF_ANY);
}

int main(void)
{
	struct counter counter;
	unsigned int zero = 0;
	unsigned short protocol = IPV4;

	expect("load", counter_load(&counter, "counter.bpf.o"), 0);
	if (failures)
		return 1;
	expect("total at the start", counter_total(&counter), 0);
	expect("IPv4 at the start", counter_protocol(&counter, IPV4), 0);
	expect("update of total", put(counter.total, &zero, sizeof(zero), 3), 0);
	expect("update of IPv4", put(counter.protocols, &protocol, sizeof(protocol), 2), 0);
	expect("total", counter_total(&counter), 3);
	expect("IPv4", counter_protocol(&counter, IPV4), 2);
	expect("IPv6", counter_protocol(&counter, IPV6), 0);
	counter_close(&counter);
	if (failures == 0)
		puts("ok");
	return failures != 0;
}
