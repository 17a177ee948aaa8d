// SPDX-License-Identifier: MIT
// A tc classifier that drops UDP packets to blocked ports and marks the others.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* The port that is compared: with -DPORT=source, ports.test.yaml fails. */
#ifndef PORT
#define PORT dest
#endif

/* Blocked ports in network order, and how many packets of each were dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __be16);
	__type(value, __u64);
} blocked SEC(".maps");

const volatile __u32 mark = 1;
__be16 last_port;

SEC("tc")
int ports(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__u64 *dropped;
	__be16 port;

	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	if (ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
		return TC_ACT_OK;
	port = udp->PORT;
	last_port = port;
	dropped = bpf_map_lookup_elem(&blocked, &port);
	if (dropped) {
		__sync_fetch_and_add(dropped, 1);
		return TC_ACT_SHOT;
	}
	skb->mark = mark;
	return TC_ACT_OK;
}
