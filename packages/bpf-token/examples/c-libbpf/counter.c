// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "counter.h"

int counter_load(struct counter *counter, const char *path)
{
	int error;

	memset(counter, 0, sizeof(*counter));
	counter->object = bpf_object__open_file(path, NULL);
	if (!counter->object) {
		error = -errno;
		fprintf(stderr, "%s cannot be opened: %s\n", path, strerror(-error));
		return error;
	}
	error = bpf_object__load(counter->object);
	if (error) {
		fprintf(stderr, "%s cannot be loaded: %s\n", path, strerror(-error));
		counter_close(counter);
		return error;
	}
	counter->total = bpf_object__find_map_by_name(counter->object, "total");
	counter->protocols = bpf_object__find_map_by_name(counter->object, "protocols");
	return 0;
}

static long long lookup(const struct bpf_map *map, const void *key, size_t size)
{
	unsigned long long count;
	int error = bpf_map__lookup_elem(map, key, size, &count, sizeof(count), 0);

	return error ? error : (long long)count;
}

long long counter_total(const struct counter *counter)
{
	unsigned int zero = 0;

	return lookup(counter->total, &zero, sizeof(zero));
}

long long counter_protocol(const struct counter *counter, unsigned short protocol)
{
	long long count = lookup(counter->protocols, &protocol, sizeof(protocol));

	return count == -ENOENT ? 0 : count;
}

void counter_close(struct counter *counter)
{
	bpf_object__close(counter->object);
	counter->object = NULL;
}
