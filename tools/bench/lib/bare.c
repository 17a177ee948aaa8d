// SPDX-License-Identifier: MIT
/* What a look-up in an array costs where nothing but the kernel is in the way: prints ns per call. */
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES 50
#define BATCH 10000

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

int main(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
				.max_entries = 1 };
	int map = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	uint64_t value;
	uint32_t key = 0;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&value;
	for (int i = 0; i < SAMPLES; i++) {
		double start = now_ns();

		for (int j = 0; j < BATCH; j++)
			if (syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, 32))
				return 1;
		printf("%f\n", (now_ns() - start) / BATCH);
	}
	return 0;
}
