// SPDX-License-Identifier: GPL-2.0-only
/*
 * One network namespace with a loopback device, for test runs. Stands in for net/core/dev.c,
 * net/core/sock.c and net/core/net_namespace.c.
 */
#include <linux/bpf.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <net/net_namespace.h>
#include <net/netdev_rx_queue.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/xdp.h>

#include "glue.h"

struct net init_net;
static struct net_device loopback;
static struct netdev_rx_queue loopback_queue;
static const struct net_device_ops loopback_ops;
static u8 loopback_address[32];
extern void skb_init(void);
extern struct nsproxy init_nsproxy;

struct sock *sk_alloc(struct net *net, int family, gfp_t p, struct proto *prot, int kern)
{
	struct sock *sk = kzalloc(max_t(size_t, prot->obj_size, sizeof(struct tcp_sock)), p);
	if (sk) {
		sk->sk_family = family;
		sk->sk_prot = sk->sk_prot_creator = prot;
		sock_net_set(sk, net);
		refcount_set(&sk->sk_wmem_alloc, 1);
	}
	return sk;
}

#if SINCE_7
struct net *copy_net_ns(u64 flags, struct user_namespace *ns, struct net *old)
#else
struct net *copy_net_ns(unsigned long flags, struct user_namespace *ns, struct net *old)
#endif
{
	if (flags & CLONE_NEWNET)
		not_modelled("copy_net_ns");
	return get_net(old);
}

/* No namespace has an id here, as on a kernel where nobody assigned one. */
struct net *get_net_ns_by_id(const struct net *net, int id)
{
	return NULL;
}

/* net/core/dev.c: dev_get_by_index. A test run gives its index as ingress_ifindex or ifindex. */
struct net_device *dev_get_by_index(struct net *net, int ifindex)
{
	if (ifindex != loopback.ifindex)
		return NULL;
	dev_hold(&loopback);
	return &loopback;
}

int __real_bpf_prog_test_run_skb(struct bpf_prog *prog, const union bpf_attr *kattr,
				 union bpf_attr __user *uattr);

/* Without the IPv6 module Linux answers EOPNOTSUPP here, but the distribution's kernel contains it. */
int __wrap_bpf_prog_test_run_skb(struct bpf_prog *prog, const union bpf_attr *kattr,
				 union bpf_attr __user *uattr)
{
	if (prog->type == BPF_PROG_TYPE_LWT_XMIT)
		not_modelled("ip6_null_entry");
	return __real_bpf_prog_test_run_skb(prog, kattr, uattr);
}

void sk_free(struct sock *sk)
{
	if (refcount_dec_and_test(&sk->sk_wmem_alloc))
		kfree(sk);
}

void sock_init_data(struct socket *s, struct sock *sk)
{
	skb_queue_head_init(&sk->sk_receive_queue);
	skb_queue_head_init(&sk->sk_write_queue);
	refcount_set(&sk->sk_refcnt, 1);
	sk->sk_bound_dev_if = 0;
}

EXPORT(kernel_net) void kernel_net(void)
{
	strcpy(loopback.name, "lo");
	loopback.ifindex = 1;
	loopback.mtu = 65536;
	loopback.type = ARPHRD_LOOPBACK;
	loopback.hard_header_len = ETH_HLEN;
	loopback.addr_len = ETH_ALEN;
	loopback.dev_addr = loopback_address;
	loopback.netdev_ops = &loopback_ops;
	loopback._rx = &loopback_queue;
	loopback.num_rx_queues = loopback.real_num_rx_queues = 1;
	dev_net_set(&loopback, &init_net);
	loopback_queue.dev = &loopback;
	init_net.loopback_dev = &loopback;
	xdp_rxq_info_reg(&loopback_queue.xdp_rxq, &loopback, 0, 0);
	init_nsproxy.net_ns = &init_net;
	skb_init();
}
