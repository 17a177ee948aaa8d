// SPDX-License-Identifier: MIT
// An LSM policy that denies commands of bpf().
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* With -DRESULT=EPERM, which is not negative, the kernel refuses the program. */
#ifndef RESULT
#define RESULT -EPERM
#endif

/* Denied commands, and how many calls of each were denied. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} denied SEC(".maps");

SEC("lsm/bpf")
int BPF_PROG(commands, __u32 command)
{
	__u64 *count = bpf_map_lookup_elem(&denied, &command);

	if (!count)
		return 0;
	__sync_fetch_and_add(count, 1);
	return RESULT;
}
