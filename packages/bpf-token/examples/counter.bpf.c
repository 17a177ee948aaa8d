// SPDX-License-Identifier: MIT
// The BPF object of the examples: an XDP program that counts packets in two maps.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} total SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u16);
	__type(value, __u64);
} protocols SEC(".maps");

SEC("xdp")
int count(struct xdp_md *context)
{
	void *data = (void *)(long)context->data;
	void *end = (void *)(long)context->data_end;
	struct ethhdr *header = data;
	__u64 one = 1, *count;
	__u32 zero = 0;
	__u16 protocol;

	count = bpf_map_lookup_elem(&total, &zero);
	if (count)
		__sync_fetch_and_add(count, 1);
	if ((void *)(header + 1) > end)
		return XDP_PASS;
	protocol = bpf_ntohs(header->h_proto);
	count = bpf_map_lookup_elem(&protocols, &protocol);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&protocols, &protocol, &one, BPF_NOEXIST);
	return XDP_PASS;
}
