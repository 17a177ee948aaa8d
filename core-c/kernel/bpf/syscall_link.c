// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links and commands on loaded programs, as far as permissions and fds decide.
 * Models: kernel/bpf/syscall.c; spec CG-07, CG-12..CG-16, PL-30, PL-31.
 */
#include <linux/anon_inodes.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/fd_kind.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/release.h>
#include <linux/uaccess.h>

#include "internal.h"

#define LINK_CGROUP_FLAGS (BPF_F_ID | BPF_F_BEFORE | BPF_F_AFTER | BPF_F_PREORDER | BPF_F_LINK)

/*
 * The model has no fd of a perf event or network namespace. Only the namespace lookup tells a
 * closed fd from one of the wrong kind.
 */
static int target_fd_check(u32 ufd, bool netns)
{
	if (!bpf_fd_file(ufd) || !netns)
		return refuse(-EBADF, CHK_LINK_TARGET_OPEN, 0, ufd);
	return refuse(-EINVAL, CHK_LINK_TARGET_KIND, 0, ufd);
}

static int link_flags_check(u32 flags, u32 allowed)
{
	if (flags & ~allowed)
		return refuse(-EINVAL, CHK_LINK_FLAGS, allowed, flags);
	return 0;
}

/* Targets that the kernel looks up after it has checked the flags. */
static int link_target_flagged(const union bpf_attr *attr, u32 type)
{
	u32 fd = attr->link_create.target_fd, allowed = 0;
	int err;

	if (bpf_attached_to_cgroup(type) && bpf_cgroup_places())
		allowed = LINK_CGROUP_FLAGS;
	err = link_flags_check(attr->link_create.flags, allowed);
	if (err)
		return err;
	if (bpf_attached_to_cgroup(type))
		return bpf_attach_cgroup(fd);
	if (type == BPF_PROG_TYPE_SK_SKB || type == BPF_PROG_TYPE_SK_MSG)
		return not_modelled(UNMODELLED_ATTACH_SOCKETS);
	if (type == BPF_PROG_TYPE_NETFILTER)
		return not_modelled(UNMODELLED_ATTACH_NETFILTER);
	return target_fd_check(fd, type == BPF_PROG_TYPE_FLOW_DISSECTOR ||
				   type == BPF_PROG_TYPE_SK_LOOKUP);
}

/* Check the link target of a program type, as far as the model has such targets. */
static int link_target_check(const union bpf_attr *attr, u32 type)
{
	u32 ifindex = attr->link_create.target_ifindex;

	switch (type) {
	case BPF_PROG_TYPE_SK_SKB:
	case BPF_PROG_TYPE_SK_MSG:
		if (!kernel_at_least(6, 10))
			return refuse(-EINVAL, CHK_LINK_NONE, 0, type);
		break;
	case BPF_PROG_TYPE_XDP:
		return bpf_attach_netdev(ifindex, -EINVAL, UNMODELLED_LINK_NETDEV);
	case BPF_PROG_TYPE_SCHED_CLS:
		return bpf_attach_netdev(ifindex, -ENODEV, UNMODELLED_LINK_NETDEV);
	case BPF_PROG_TYPE_KPROBE:
		if (attr->link_create.attach_type != BPF_PERF_EVENT)
			return not_modelled(UNMODELLED_LINK_MULTI_PROBES);
		break;
	case BPF_PROG_TYPE_LIRC_MODE2:
		return refuse(-EINVAL, CHK_LINK_NONE, 0, type);
	}
	return link_target_flagged(attr, type);
}

/*
 * Models: kernel/bpf/bpf_struct_ops.c:bpf_struct_ops_link_create(). The model has no struct_ops
 * maps.
 */
static int struct_ops_link_create(const union bpf_attr *attr)
{
	struct bpf_map *map = bpf_map_get(attr->link_create.map_fd);
	u32 type;

	if (IS_ERR(map))
		return PTR_ERR(map);
	type = map->map_type;
	bpf_map_put(map);
	return refuse(-EINVAL, CHK_LINK_STRUCT_OPS, BPF_MAP_TYPE_STRUCT_OPS, type);
}

/**
 * bpf_link_create() - LINK_CREATE.
 *
 * Models: kernel/bpf/syscall.c:link_create(); spec CG-14, PL-30, PL-31.
 */
int bpf_link_create(const union bpf_attr *attr)
{
	struct bpf_prog *prog;
	int err = bpf_check_attr(BPF_LINK_CREATE, attr, CHK_BPF_UNUSED_FIELD);

	if (err)
		return err;
	if (attr->link_create.attach_type == BPF_STRUCT_OPS)
		return struct_ops_link_create(attr);
	prog = bpf_prog_get(attr->link_create.prog_fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	err = bpf_prog_attach_check_attach_type(prog, attr->link_create.attach_type, true);
	if (!err)
		err = link_target_check(attr, prog->type);
	bpf_prog_put(prog);
	return err;
}

/* Models: kernel/bpf/syscall.c:bpf_raw_tp_link_attach(). CG-13: no capability is checked. */
static int raw_tracepoint_open(const union bpf_attr *attr)
{
	struct bpf_prog *prog = bpf_prog_get(attr->raw_tracepoint.prog_fd);
	char name[128];
	u32 type;

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	type = prog->type;
	bpf_prog_put(prog);
	if (type != BPF_PROG_TYPE_RAW_TRACEPOINT && type != BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE)
		return refuse(-EINVAL, CHK_RAW_TRACEPOINT_TYPE, BPF_PROG_TYPE_RAW_TRACEPOINT, type);
	if (strncpy_from_user(name, u64_to_user_ptr(attr->raw_tracepoint.name),
			      sizeof(name) - 1) < 0)
		return refuse(-EFAULT, CHK_RAW_TRACEPOINT_NAME, 0, 0);
	if (!name[0])
		return refuse(-ENOENT, CHK_RAW_TRACEPOINT_NONE, 0, 0);
	return not_modelled(UNMODELLED_TRACEPOINTS);
}

static int prog_fd_gate(u32 ufd)
{
	struct bpf_prog *prog = bpf_prog_get(ufd);

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	bpf_prog_put(prog);
	return 0;
}

/* The model runs no programs, so there is nothing to measure while the fd is open. */
static const struct file_operations bpf_stats_fops;

/* Models: kernel/bpf/syscall.c:bpf_enable_stats(); spec CG-07. */
static int enable_stats(const union bpf_attr *attr)
{
	int err = bpf_need_admin();

	if (err)
		return err;
	if (attr->enable_stats.type != BPF_STATS_RUN_TIME)
		return refuse(-EINVAL, CHK_ENABLE_STATS_TYPE, BPF_STATS_RUN_TIME,
			      attr->enable_stats.type);
	return anon_inode_getfd("bpf-stats", &bpf_stats_fops, NULL, O_CLOEXEC);
}

/* The model has no links: the fd is either closed or of another kind. */
static int link_fd_gate(u32 ufd)
{
	if (!bpf_fd_file(ufd))
		return refuse(-EBADF, CHK_LINK_FD_OPEN, 0, ufd);
	return refuse(-EINVAL, CHK_LINK_FD_KIND, 0, ufd);
}

static int link_flags_gate(u32 flags, u32 allowed, u32 ufd)
{
	int err = link_flags_check(flags, allowed);

	return err ? err : link_fd_gate(ufd);
}

/* Models: kernel/bpf/syscall.c:bpf_task_fd_query(); spec CG-07. */
static int task_fd_query(void)
{
	return bpf_need_admin() ?: not_modelled(UNMODELLED_TASK_FD_QUERY);
}

/* Models: kernel/bpf/syscall.c:bpf_prog_bind_map(). The program holds the map from then on. */
static int prog_bind_map(const union bpf_attr *attr)
{
	struct bpf_prog *prog;
	struct bpf_map *map;
	int err = link_flags_check(attr->prog_bind_map.flags, 0);

	if (err)
		return err;
	prog = bpf_prog_get(attr->prog_bind_map.prog_fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	map = bpf_map_get(attr->prog_bind_map.map_fd);
	err = PTR_ERR_OR_ZERO(map);
	if (!err) {
		err = bpf_prog_use_map(prog, map, UINT_MAX);
		bpf_map_put(map);
	}
	bpf_prog_put(prog);
	return err;
}

/*
 * Models: kernel/bpf/syscall.c:bpf_prog_test_run() without a context, up to the run itself: CG-12.
 */
static int prog_test_run(const union bpf_attr *attr)
{
	if (attr->test.ctx_in || attr->test.ctx_out || attr->test.ctx_size_in ||
	    attr->test.ctx_size_out)
		return not_modelled(UNMODELLED_PROG_TEST_RUN);
	return prog_fd_gate(attr->test.prog_fd) ?: not_modelled(UNMODELLED_PROG_TEST_RUN);
}

/*
 * Models: kernel/bpf/stream.c:bpf_prog_stream_read(). The streams are empty, as the model runs no
 * programs.
 */
static int prog_stream_read(const union bpf_attr *attr)
{
	int err = prog_fd_gate(attr->prog_stream_read.prog_fd);

	if (!err && attr->prog_stream_read.stream_id - 1 > 1)
		return refuse(-ENOENT, CHK_STREAM_ID, 2, attr->prog_stream_read.stream_id);
	return err;
}

/*
 * The model has no struct_ops maps, so no program can be associated with one, and no struct_ops
 * programs, which are refused before the map is looked up.
 *
 * Models: kernel/bpf/syscall.c:prog_assoc_struct_ops() (7.0..); spec CG-17.
 */
static int prog_assoc_struct_ops(const union bpf_attr *attr)
{
	struct bpf_prog *prog;
	struct bpf_map *map;
	u32 type;

	if (attr->prog_assoc_struct_ops.flags)
		return refuse(-EINVAL, CHK_ASSOC_FLAGS, 0, attr->prog_assoc_struct_ops.flags);
	prog = bpf_prog_get(attr->prog_assoc_struct_ops.prog_fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	bpf_prog_put(prog);
	map = bpf_map_get(attr->prog_assoc_struct_ops.map_fd);
	if (IS_ERR(map))
		return PTR_ERR(map);
	type = map->map_type;
	bpf_map_put(map);
	return refuse(-EINVAL, CHK_ASSOC_MAP, BPF_MAP_TYPE_STRUCT_OPS, type);
}

/**
 * bpf_other_gate() - Run the first checks of commands that are otherwise unmodelled.
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
		return task_fd_query();
	case BPF_ENABLE_STATS:
		return enable_stats(attr);
	case BPF_PROG_TEST_RUN:
		return prog_test_run(attr);
	case BPF_RAW_TRACEPOINT_OPEN:
		return raw_tracepoint_open(attr);
	case BPF_PROG_STREAM_READ_BY_FD:
		return prog_stream_read(attr);
	case BPF_PROG_ASSOC_STRUCT_OPS:
		return prog_assoc_struct_ops(attr);
	case BPF_PROG_DETACH:
		return bpf_prog_detach(attr);
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
