// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching, detaching and querying programs, as far as permissions decide.
 * Models: kernel/bpf/syscall.c; spec CG-07, CG-08, CG-14, PL-30, PL-31.
 */
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/release.h>

#include "internal.h"

#define ATTACH_BASE (BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI | BPF_F_REPLACE)
#define ATTACH_MPROG (BPF_F_REPLACE | BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID | BPF_F_LINK)

/* Models: kernel/bpf/syscall.c:attach_type_to_prog_type(). 0 for unsupported attach types. */
static u32 attach_type_to_prog_type(u32 attach_type)
{
	static const u8 prog_types[] = {
		[BPF_CGROUP_INET_INGRESS ... BPF_CGROUP_INET_EGRESS] = BPF_PROG_TYPE_CGROUP_SKB,
		[BPF_CGROUP_INET_SOCK_CREATE] = BPF_PROG_TYPE_CGROUP_SOCK,
		[BPF_CGROUP_SOCK_OPS] = BPF_PROG_TYPE_SOCK_OPS,
		[BPF_SK_SKB_STREAM_PARSER ... BPF_SK_SKB_STREAM_VERDICT] = BPF_PROG_TYPE_SK_SKB,
		[BPF_CGROUP_DEVICE] = BPF_PROG_TYPE_CGROUP_DEVICE,
		[BPF_SK_MSG_VERDICT] = BPF_PROG_TYPE_SK_MSG,
		[BPF_CGROUP_INET4_BIND ... BPF_CGROUP_INET6_CONNECT] =
			BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		[BPF_CGROUP_INET4_POST_BIND ... BPF_CGROUP_INET6_POST_BIND] =
			BPF_PROG_TYPE_CGROUP_SOCK,
		[BPF_CGROUP_UDP4_SENDMSG ... BPF_CGROUP_UDP6_SENDMSG] =
			BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		[BPF_LIRC_MODE2] = BPF_PROG_TYPE_LIRC_MODE2,
		[BPF_FLOW_DISSECTOR] = BPF_PROG_TYPE_FLOW_DISSECTOR,
		[BPF_CGROUP_SYSCTL] = BPF_PROG_TYPE_CGROUP_SYSCTL,
		[BPF_CGROUP_UDP4_RECVMSG ... BPF_CGROUP_UDP6_RECVMSG] =
			BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		[BPF_CGROUP_GETSOCKOPT ... BPF_CGROUP_SETSOCKOPT] = BPF_PROG_TYPE_CGROUP_SOCKOPT,
		[BPF_TRACE_RAW_TP ... BPF_MODIFY_RETURN] = BPF_PROG_TYPE_TRACING,
		[BPF_LSM_MAC] = BPF_PROG_TYPE_LSM,
		[BPF_TRACE_ITER] = BPF_PROG_TYPE_TRACING,
		[BPF_CGROUP_INET4_GETPEERNAME ... BPF_CGROUP_INET6_GETSOCKNAME] =
			BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		[BPF_CGROUP_INET_SOCK_RELEASE] = BPF_PROG_TYPE_CGROUP_SOCK,
		[BPF_SK_LOOKUP] = BPF_PROG_TYPE_SK_LOOKUP,
		[BPF_XDP] = BPF_PROG_TYPE_XDP,
		[BPF_SK_SKB_VERDICT] = BPF_PROG_TYPE_SK_SKB,
		[BPF_LSM_CGROUP] = BPF_PROG_TYPE_LSM,
		[BPF_TCX_INGRESS ... BPF_TCX_EGRESS] = BPF_PROG_TYPE_SCHED_CLS,
		[BPF_CGROUP_UNIX_CONNECT ... BPF_CGROUP_UNIX_GETSOCKNAME] =
			BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		[BPF_NETKIT_PRIMARY ... BPF_NETKIT_PEER] = BPF_PROG_TYPE_SCHED_CLS,
	};
	u32 bound = bpf_release_bound(FACTS_BPF_ATTACH_TYPE);

	return attach_type < min((u32)ARRAY_SIZE(prog_types), bound) ? prog_types[attach_type] : 0;
}

/**
 * bpf_cgroup_places() - Does this release order the programs of a cgroup (BPF_F_BEFORE,
 * 	BPF_F_AFTER)?
 *
 * Models: kernel/bpf/cgroup.c:__cgroup_bpf_attach() (6.17.., backported to 6.12 stable); spec
 * CG-14.
 */
bool bpf_cgroup_places(void)
{
	return kernel_at_least(6, 17) || kernel_is(6, 12);
}

/**
 * bpf_attached_to_cgroup() - Are programs of this type attached to cgroups?
 *
 * Models: kernel/bpf/syscall.c:is_cgroup_prog_type(), without LSM, which can attach in two ways.
 */
bool bpf_attached_to_cgroup(u32 prog_type)
{
	const u64 types = 1ULL << BPF_PROG_TYPE_CGROUP_DEVICE | 1ULL << BPF_PROG_TYPE_CGROUP_SKB |
			  1ULL << BPF_PROG_TYPE_CGROUP_SOCK | 1ULL << BPF_PROG_TYPE_CGROUP_SOCK_ADDR |
			  1ULL << BPF_PROG_TYPE_CGROUP_SOCKOPT |
			  1ULL << BPF_PROG_TYPE_CGROUP_SYSCTL | 1ULL << BPF_PROG_TYPE_SOCK_OPS;

	return types >> prog_type & 1;
}

static bool kprobe_attach_type(u32 type)
{
	return type == BPF_TRACE_KPROBE_MULTI || type == BPF_TRACE_UPROBE_MULTI ||
	       type == BPF_TRACE_KPROBE_SESSION || type == BPF_TRACE_UPROBE_SESSION;
}

/* Is @attach_type valid for the program? */
static bool attach_type_ok(const struct bpf_prog *prog, u32 attach_type)
{
	u32 type = prog->type, expected = prog->expected_attach_type;

	switch (type) {
	case BPF_PROG_TYPE_CGROUP_SOCK:
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
	case BPF_PROG_TYPE_SK_LOOKUP:
		return attach_type == expected;
	case BPF_PROG_TYPE_NETFILTER:
		return attach_type == BPF_NETFILTER;
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_TRACEPOINT:
		return attach_type == BPF_PERF_EVENT;
	case BPF_PROG_TYPE_KPROBE:
		if (kprobe_attach_type(expected))
			return attach_type == expected;
		return attach_type == BPF_PERF_EVENT || kprobe_attach_type(attach_type);
	default:
		return attach_type_to_prog_type(attach_type) == type;
	}
}

/**
 * bpf_prog_attach_check_attach_type() - May the caller attach this program with this attach type?
 * @link: the command is LINK_CREATE, which answers EPERM where PROG_ATTACH answers EINVAL
 *
 * Only cgroup_skb needs a capability to attach. The kernel checks it in the user namespace of the
 * program's token (spec PL-30). Other attachments ignore tokens (spec PL-31).
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_attach_check_attach_type().
 */
int bpf_prog_attach_check_attach_type(const struct bpf_prog *prog, u32 attach_type, bool link)
{
	const struct bpf_token *token = prog->aux->token;

	if (prog->type == BPF_PROG_TYPE_CGROUP_SKB && !bpf_token_capable(token, CAP_NET_ADMIN))
		return refuse(link ? -EPERM : -EINVAL,
			      link ? CHK_LINK_CREATE_CAPABLE : CHK_PROG_ATTACH_CAPABLE,
			      bpf_evidence_cap(token, CAP_NET_ADMIN), evidence_caps_held());
	if (!attach_type_ok(prog, attach_type))
		return refuse(-EINVAL, CHK_ATTACH_PROG_TYPE, attach_type, prog->type);
	return 0;
}

/* The model has no cgroups, so no fd is one. Models: cgroup_get_from_fd(). */
int bpf_attach_cgroup(u32 ufd)
{
	return refuse(-EBADF, CHK_ATTACH_CGROUP, 0, ufd);
}

/* The only network device is lo, with ifindex 1. */
int bpf_attach_netdev(u32 ifindex, int err, enum unmodelled what)
{
	if (ifindex != 1)
		return refuse(err, CHK_ATTACH_NETDEV, 1, ifindex);
	return not_modelled(what);
}

/* Models: kernel/bpf/syscall.c:bpf_prog_get_type(). */
static struct bpf_prog *bpf_prog_get_type(u32 ufd, u32 type)
{
	struct bpf_prog *prog = bpf_prog_get(ufd);

	if (IS_ERR(prog) || prog->type == type)
		return prog;
	bpf_prog_put(prog);
	return refuse_ptr(-EINVAL, CHK_ATTACH_PROG_TYPE, type, prog->type);
}

static int attach_flags_check(const union bpf_attr *attr, u32 type)
{
	bool multi = type == BPF_PROG_TYPE_SCHED_CLS;
	bool cgroup = bpf_attached_to_cgroup(type) || type == BPF_PROG_TYPE_LSM;
	u32 flags = multi ? ATTACH_MPROG : ATTACH_BASE;

	if (!multi && kernel_at_least(6, 12))
		flags |= BPF_F_PREORDER;	/* 6.15, and backported to 6.12 stable */
	if (cgroup && bpf_cgroup_places())
		flags |= ATTACH_MPROG;
	if (attr->attach_flags & ~flags)
		return refuse(-EINVAL, CHK_ATTACH_FLAGS, flags, attr->attach_flags);
	if (!multi && !(cgroup && bpf_cgroup_places()) &&
	    (attr->relative_fd || attr->expected_revision))
		return refuse(-EINVAL, CHK_ATTACH_FLAGS, 0, attr->relative_fd);
	return 0;
}

/* Check the attach target of a program type, as far as the model has such targets. */
static int attach_target_check(const union bpf_attr *attr, u32 type)
{
	if (bpf_attached_to_cgroup(type))
		return bpf_attach_cgroup(attr->target_fd);
	switch (type) {
	case BPF_PROG_TYPE_SK_SKB:
	case BPF_PROG_TYPE_SK_MSG:
		return not_modelled(UNMODELLED_ATTACH_SOCKETS);
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
		return not_modelled(UNMODELLED_ATTACH_NETNS);
	case BPF_PROG_TYPE_SCHED_CLS:
		return bpf_attach_netdev(attr->target_ifindex, -ENODEV,
					 UNMODELLED_ATTACH_NETDEV);
	case BPF_PROG_TYPE_LIRC_MODE2:
		return not_modelled(UNMODELLED_ATTACH);
	default:
		return refuse(-EINVAL, CHK_ATTACH_BY_LINK, 0, type);
	}
}

/**
 * bpf_prog_attach() - PROG_ATTACH.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_attach(); spec CG-14, PL-30, PL-31.
 */
int bpf_prog_attach(const union bpf_attr *attr)
{
	struct bpf_prog *prog;
	int err = bpf_check_attr(BPF_PROG_ATTACH, attr, CHK_BPF_UNUSED_FIELD);
	u32 type;

	if (err)
		return err;
	type = attach_type_to_prog_type(attr->attach_type);
	if (!type)
		return refuse(-EINVAL, CHK_ATTACH_TYPE, bpf_release_bound(FACTS_BPF_ATTACH_TYPE),
			      attr->attach_type);
	err = attach_flags_check(attr, type);
	if (err)
		return err;
	prog = bpf_prog_get_type(attr->attach_bpf_fd, type);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	err = bpf_prog_attach_check_attach_type(prog, attr->attach_type, false);
	bpf_prog_put(prog);
	return err ? err : attach_target_check(attr, type);
}

/* Check the program to detach, if the caller names one. */
static int detach_prog_check(u32 ufd, u32 type)
{
	struct bpf_prog *prog = bpf_prog_get_type(ufd, type);

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	bpf_prog_put(prog);
	return 0;
}

/**
 * bpf_prog_detach() - PROG_DETACH. The model never has an attached program.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_detach(); spec CG-14.
 */
int bpf_prog_detach(const union bpf_attr *attr)
{
	u32 type = attach_type_to_prog_type(attr->attach_type);
	bool multi = type == BPF_PROG_TYPE_SCHED_CLS;
	bool cgroup = bpf_attached_to_cgroup(type) || type == BPF_PROG_TYPE_LSM;
	u32 flags = multi ? ATTACH_MPROG : 0;
	int err = 0;

	if (attr->attach_flags & ~flags || (!multi && attr->relative_fd) ||
	    (!multi && !(cgroup && bpf_cgroup_places()) && attr->expected_revision))
		return refuse(-EINVAL, CHK_ATTACH_FLAGS, flags, attr->attach_flags);
	if (cgroup)
		return bpf_attach_cgroup(attr->target_fd);
	switch (type) {
	case BPF_PROG_TYPE_SCHED_CLS:
		if (attr->attach_bpf_fd)
			err = detach_prog_check(attr->attach_bpf_fd, type);
		return err ? err : bpf_attach_netdev(attr->target_ifindex, -ENODEV,
						     UNMODELLED_DETACH);
	case BPF_PROG_TYPE_SK_SKB:
	case BPF_PROG_TYPE_SK_MSG:
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
	case BPF_PROG_TYPE_LIRC_MODE2:
		return not_modelled(UNMODELLED_DETACH);
	default:
		return refuse(-EINVAL, CHK_ATTACH_TYPE, 0, attr->attach_type);
	}
}

/**
 * bpf_prog_query() - PROG_QUERY.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_query(); spec CG-08: the capability check comes first.
 */
int bpf_prog_query(const union bpf_attr *attr)
{
	int err;

	if (!capable(CAP_NET_ADMIN) && !capable(CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_PROG_QUERY_CAPABLE,
			      bpf_evidence_cap(NULL, CAP_NET_ADMIN), evidence_caps_held());
	err = bpf_check_attr(BPF_PROG_QUERY, attr, CHK_BPF_UNUSED_FIELD);
	if (err)
		return err;
	return not_modelled(UNMODELLED_PROG_QUERY);
}
