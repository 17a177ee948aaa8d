// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that put programs somewhere, and the rest: as far as permissions
 * decide. Models: kernel/bpf/syscall.c; spec CG-07, CG-08, CG-12..CG-16, PL-30.
 */
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/pid.h>

#include "internal.h"

/* PL-30: the one attach that asks for a capability, in the program's token's namespace. */
static int cgroup_skb_attach_check(const struct bpf_prog *prog, enum check_id check, int err)
{
	const struct bpf_token *token = prog->aux->token;

	if (prog->type != BPF_PROG_TYPE_CGROUP_SKB || bpf_token_capable(token, CAP_NET_ADMIN))
		return 0;
	return refuse(err, check, bpf_evidence_cap(token, CAP_NET_ADMIN), evidence_caps_held());
}

static bool is_cgroup_skb(u32 attach_type)
{
	return attach_type == BPF_CGROUP_INET_INGRESS || attach_type == BPF_CGROUP_INET_EGRESS;
}

/**
 * bpf_prog_attach() - PROG_ATTACH.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_attach(); spec PL-30.
 */
int bpf_prog_attach(const union bpf_attr *attr)
{
	struct bpf_prog *prog;
	int err = bpf_check_attr(BPF_PROG_ATTACH, attr, CHK_BPF_UNUSED_FIELD);

	if (err)
		return err;
	if (attr->attach_type >= bpf_release_bound(FACTS_BPF_ATTACH_TYPE))
		return refuse(-EINVAL, CHK_ATTACH_TYPE, bpf_release_bound(FACTS_BPF_ATTACH_TYPE),
			      attr->attach_type);
	if (!is_cgroup_skb(attr->attach_type))
		return not_modelled("PROG_ATTACH of other than cgroup_skb");
	prog = bpf_prog_get(attr->attach_bpf_fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	if (prog->type != BPF_PROG_TYPE_CGROUP_SKB)
		err = refuse(-EINVAL, CHK_ATTACH_PROG_TYPE, BPF_PROG_TYPE_CGROUP_SKB, prog->type);
	else
		err = cgroup_skb_attach_check(prog, CHK_PROG_ATTACH_CAPABLE, -EINVAL);
	bpf_prog_put(prog);
	return err ? err : not_modelled("attaching programs");
}

/**
 * bpf_link_create() - LINK_CREATE.
 *
 * Models: kernel/bpf/syscall.c:link_create(); spec PL-30.
 */
int bpf_link_create(const union bpf_attr *attr)
{
	struct bpf_prog *prog;
	int err = bpf_check_attr(BPF_LINK_CREATE, attr, CHK_BPF_UNUSED_FIELD);

	if (err)
		return err;
	if (attr->link_create.attach_type == BPF_STRUCT_OPS)
		return not_modelled("links of struct_ops maps");
	prog = bpf_prog_get(attr->link_create.prog_fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	err = cgroup_skb_attach_check(prog, CHK_LINK_CREATE_CAPABLE, -EPERM);
	bpf_prog_put(prog);
	return err ? err : not_modelled("attaching programs");
}

/**
 * bpf_prog_query() - PROG_QUERY.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_query(); spec CG-08: who may, comes first.
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
	if (attr->query.query_flags & ~BPF_F_QUERY_EFFECTIVE)
		return refuse(-EINVAL, CHK_PROG_QUERY_FLAGS, BPF_F_QUERY_EFFECTIVE,
			      attr->query.query_flags);
	return not_modelled("PROG_QUERY");
}

static int prog_fd_gate(u32 ufd)
{
	struct bpf_prog *prog = bpf_prog_get(ufd);

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	bpf_prog_put(prog);
	return 0;
}

/* Models: kernel/bpf/syscall.c:bpf_enable_stats(); spec CG-07. */
static int enable_stats(const union bpf_attr *attr)
{
	int err = bpf_need_admin();

	if (err)
		return err;
	if (attr->enable_stats.type != BPF_STATS_RUN_TIME)
		return refuse(-EINVAL, CHK_ENABLE_STATS_TYPE, BPF_STATS_RUN_TIME,
			      attr->enable_stats.type);
	return not_modelled("ENABLE_STATS");
}

/* There are no links here: a descriptor is not open, or of another kind. */
static int link_fd_gate(u32 ufd)
{
	CLASS(fd, f)(ufd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_LINK_FD_OPEN, 0, ufd);
	return refuse(-EINVAL, CHK_LINK_FD_KIND, 0, ufd);
}

static int link_flags_gate(u32 flags, u32 allowed, u32 ufd)
{
	if (flags & ~allowed)
		return refuse(-EINVAL, CHK_LINK_FLAGS, allowed, flags);
	return link_fd_gate(ufd);
}

/* Models: kernel/bpf/syscall.c:bpf_task_fd_query(). Nothing here is a link or a perf event. */
static int task_fd_query(const union bpf_attr *attr)
{
	struct task_struct *task;
	struct file *file;
	int err = bpf_need_admin();

	if (err)
		return err;
	if (attr->task_fd_query.flags)
		return refuse(-EINVAL, CHK_TASK_FD_QUERY_FLAGS, 0, attr->task_fd_query.flags);
	task = find_task_by_vpid(attr->task_fd_query.pid);
	if (!task)
		return refuse(-ENOENT, CHK_TASK_FD_QUERY_TASK, 0, attr->task_fd_query.pid);
	file = fget_task(task, attr->task_fd_query.fd);
	if (!file)
		return refuse(-EBADF, CHK_TASK_FD_QUERY_FD, 0, attr->task_fd_query.fd);
	fput(file);
	return refuse(-ENOTSUPP, CHK_TASK_FD_QUERY_KIND, 0, attr->task_fd_query.fd);
}

/* Models: kernel/bpf/syscall.c:bpf_prog_bind_map(), as far as its descriptors. */
static int prog_bind_map(const union bpf_attr *attr)
{
	struct bpf_map *map;
	int err;

	if (attr->prog_bind_map.flags)
		return refuse(-EINVAL, CHK_LINK_FLAGS, 0, attr->prog_bind_map.flags);
	err = prog_fd_gate(attr->prog_bind_map.prog_fd);
	if (err)
		return err;
	map = bpf_map_get(attr->prog_bind_map.map_fd);
	if (IS_ERR(map))
		return PTR_ERR(map);
	bpf_map_put(map);
	return not_modelled("maps that are bound to programs");
}

/**
 * bpf_other_gate() - commands that this model has no more of than their first questions.
 * @cmd: the command
 * @attr: its attributes
 */
int bpf_other_gate(u32 cmd, const union bpf_attr *attr)
{
	int err = bpf_check_attr(cmd, attr, CHK_BPF_UNUSED_FIELD);

	if (err)
		return err;
	switch (cmd) {
	case BPF_TASK_FD_QUERY:
		return task_fd_query(attr);
	case BPF_ENABLE_STATS:
		return enable_stats(attr);
	case BPF_PROG_TEST_RUN:
		if ((!attr->test.ctx_size_in != !attr->test.ctx_in) ||
		    (!attr->test.ctx_size_out != !attr->test.ctx_out))
			return refuse(-EINVAL, CHK_TEST_RUN_CONTEXT, 0, 0);
		err = prog_fd_gate(attr->test.prog_fd);
		return err ? err : not_modelled("PROG_TEST_RUN");
	case BPF_RAW_TRACEPOINT_OPEN:
		err = prog_fd_gate(attr->raw_tracepoint.prog_fd);
		return err ? err : not_modelled("RAW_TRACEPOINT_OPEN");
	case BPF_PROG_STREAM_READ_BY_FD:
		err = prog_fd_gate(attr->prog_stream_read.prog_fd);
		if (!err && attr->prog_stream_read.stream_id - 1 > 1)
			err = refuse(-ENOENT, CHK_STREAM_ID, 2, attr->prog_stream_read.stream_id);
		return err ? err : not_modelled("PROG_STREAM_READ_BY_FD");
	case BPF_PROG_DETACH:
		return not_modelled("PROG_DETACH");
	case BPF_LINK_UPDATE:
		return link_flags_gate(attr->link_update.flags, BPF_F_REPLACE,
				       attr->link_update.link_fd);
	case BPF_LINK_DETACH:
		return link_fd_gate(attr->link_detach.link_fd);
	case BPF_ITER_CREATE:
		return link_flags_gate(attr->iter_create.flags, 0, attr->iter_create.link_fd);
	default:
		return prog_bind_map(attr);
	}
}
