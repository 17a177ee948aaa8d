// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks of the verifier that need no data-flow analysis.
 * Models: kernel/bpf/verifier.c; spec PL-19, VF. Deviation: a program that passes them is
 * accepted, and the model records prog.load.not_verified.
 */
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"
#include "verifier.h"

#define FD_ARRAY_MAX 4096

/* Program types that attach_btf_id attaches. */
static bool by_btf_id(u32 type)
{
	return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM ||
	       type == BPF_PROG_TYPE_EXT || type == BPF_PROG_TYPE_STRUCT_OPS;
}

/* Models: kernel/bpf/verifier.c:check_map_prog_compatibility(), the checks of types. */
static bool map_suits(const struct bpf_prog *prog, const struct bpf_map *map)
{
	const u64 sleepable = 1ULL << BPF_MAP_TYPE_HASH | 1ULL << BPF_MAP_TYPE_ARRAY |
			      1ULL << BPF_MAP_TYPE_PERCPU_HASH | 1ULL << BPF_MAP_TYPE_PERCPU_ARRAY |
			      1ULL << BPF_MAP_TYPE_LRU_HASH | 1ULL << BPF_MAP_TYPE_LRU_PERCPU_HASH |
			      1ULL << BPF_MAP_TYPE_ARRAY_OF_MAPS | 1ULL << BPF_MAP_TYPE_HASH_OF_MAPS |
			      1ULL << BPF_MAP_TYPE_RINGBUF | 1ULL << BPF_MAP_TYPE_USER_RINGBUF |
			      1ULL << BPF_MAP_TYPE_INODE_STORAGE | 1ULL << BPF_MAP_TYPE_SK_STORAGE |
			      1ULL << BPF_MAP_TYPE_TASK_STORAGE | 1ULL << BPF_MAP_TYPE_CGRP_STORAGE |
			      1ULL << BPF_MAP_TYPE_QUEUE | 1ULL << BPF_MAP_TYPE_STACK |
			      1ULL << BPF_MAP_TYPE_ARENA;

	const u64 later = (kernel_at_least(7, 0) ? 1ULL << BPF_MAP_TYPE_PROG_ARRAY : 0) |
			  (kernel_at_least(7, 2) ? 1ULL << BPF_MAP_TYPE_LPM_TRIE : 0);

	return !(prog->aux->prog_flags & BPF_F_SLEEPABLE) ||
	       (sleepable | later) & 1ULL << map->map_type;
}

/**
 * add_used_map() - Hold a map for the program that uses it, once.
 * @env: the program
 * @ufd: fd of the map
 * @map: set to the map
 *
 * Models: kernel/bpf/verifier.c:add_used_map().
 */
int add_used_map(struct bpf_verifier_env *env, u32 ufd, struct bpf_map **map)
{
	struct bpf_map *found = bpf_map_get(ufd);
	int err;

	if (IS_ERR(found))
		return PTR_ERR(found);
	*map = found;
	if (!map_suits(env->prog, found))
		err = refuse(-EINVAL, CHK_VERIFY_MAP_TYPE, env->prog->type, found->map_type);
	else if (found->excl) /* depends on the program's hash */
		err = not_modelled(UNMODELLED_PROGRAM_HASHES);
	else
		err = bpf_prog_use_map(env->prog, found, MAX_USED_MAPS);
	bpf_map_put(found);
	return err;
}

/* Maps and BTF objects in fd_array, in addition to those that instructions refer to. */
static int process_fd_array(struct bpf_verifier_env *env)
{
	const union bpf_attr *attr = env->attr;
	u32 i;
	int err = 0;

	if (!kernel_at_least(6, 14) || !attr->fd_array_cnt)
		return 0;
	if (kernel_at_least(7, 3) && attr->fd_array_cnt > FD_ARRAY_MAX)
		return refuse(-E2BIG, CHK_PROG_LOAD_FD_ARRAY_MANY, FD_ARRAY_MAX, attr->fd_array_cnt);
	if (attr->fd_array_cnt >= UINT_MAX / sizeof(int))
		return refuse(-EINVAL, CHK_PROG_LOAD_FD_ARRAY_CNT, UINT_MAX / sizeof(int) - 1,
			      attr->fd_array_cnt);
	for (i = 0; !err && i < attr->fd_array_cnt; i++) {
		struct bpf_map *map;
		struct file *file;
		int fd;

		if (copy_from_user(&fd, u64_to_user_ptr(attr->fd_array + i * sizeof(fd)),
				   sizeof(fd)))
			return refuse(-EFAULT, CHK_PROG_LOAD_FD_ARRAY, attr->fd_array_cnt, i);
		file = bpf_fd_file(fd);
		if (file && file->f_op == &btf_fops)
			continue;
		err = add_used_map(env, fd, &map);
	}
	return err;
}

/* func_info and line_info. Deviation: the records are not checked. */
static int check_btf_info(const union bpf_attr *attr)
{
	struct btf *btf;
	int err;

	if (!attr->func_info_cnt && !attr->line_info_cnt)
		return 0;
	btf = btf_get_by_fd(attr->prog_btf_fd);
	if (IS_ERR(btf))
		return PTR_ERR(btf);
	if (btf_is_kernel(btf))
		err = refuse(-EACCES, CHK_PROG_LOAD_INFO_BTF, 0, btf_obj_id(btf));
	else
		err = not_modelled(UNMODELLED_FUNC_LINE_INFO);
	btf_put(btf);
	return err;
}

/* Models: kernel/bpf/verifier.c:can_be_sleepable(), for types without attach_btf_id. */
static bool can_be_sleepable(u32 type)
{
	return type == BPF_PROG_TYPE_KPROBE ||
	       (kernel_at_least(7, 1) && (type == BPF_PROG_TYPE_TRACEPOINT ||
					  type == BPF_PROG_TYPE_RAW_TRACEPOINT));
}

/* Models: kernel/bpf/verifier.c:check_attach_btf_id(); spec PL-19. */
static int check_attach_btf_id(const struct bpf_prog *prog)
{
	bool sleepable = prog->aux->prog_flags & BPF_F_SLEEPABLE;
	u32 type = prog->type;

	if (type == BPF_PROG_TYPE_SYSCALL)
		return sleepable ? 0 : refuse(-EINVAL, CHK_PROG_LOAD_SLEEPABLE, BPF_F_SLEEPABLE, 0);
	if (sleepable && !can_be_sleepable(type) && !by_btf_id(type))
		return refuse(-EINVAL, CHK_PROG_LOAD_SLEEPABLE, 0, BPF_F_SLEEPABLE);
	if (!by_btf_id(type))
		return 0;
	if (type == BPF_PROG_TYPE_STRUCT_OPS && !prog->gpl_compatible)
		return refuse(-EINVAL, CHK_PROG_LOAD_STRUCT_OPS_GPL, 0, 0);
	if (prog->aux->attach_btf_id)
		return not_modelled(UNMODELLED_ATTACH_BTF_ID);
	if (bpf_attach_multi(prog->expected_attach_type))
		return 0;
	if (type == BPF_PROG_TYPE_STRUCT_OPS)
		return refuse(-ENOTSUPP, CHK_PROG_LOAD_STRUCT_OPS, 1, 0);
	return refuse(-EINVAL, CHK_PROG_LOAD_NO_BTF_ID, 1, 0);
}

/* PL-15, PL-18: since 7.3 the signature and the LSM hook come after fd_array. */
static int check_load(struct bpf_verifier_env *env)
{
	struct bpf_prog *prog = env->prog;
	int err;

	if (!kernel_at_least(7, 3))
		return process_fd_array(env);
	if (bpf_is_ldimm64(&prog->insnsi[prog->len - 1]))
		return refuse(-EINVAL, CHK_VERIFY_LD_IMM64, prog->len, prog->len - 1);
	err = process_fd_array(env);
	if (!err)
		err = bpf_prog_verify_signature(env->attr);
	return err ? err : security_bpf_prog_load(prog, env->attr, prog->aux->token, false);
}

static int check_all(struct bpf_verifier_env *env)
{
	int err = check_load(env);

	if (!err)
		err = check_btf_info(env->attr);
	if (!err)
		err = check_form(env);
	if (!err)
		err = add_subprog_and_kfunc(env);
	if (!err)
		err = check_subprogs(env);
	if (!err)
		err = resolve_pseudo_ldimm64(env);
	if (!err)
		err = check_cfg(env);
	if (!err)
		err = check_attach_btf_id(env->prog);
	return err ? err : do_check(env);
}

/**
 * bpf_check() - Verify a program, without data-flow analysis.
 *
 * Models: kernel/bpf/verifier.c:bpf_check() (6.18); spec PL-19, VF-01..VF-06.
 */
int bpf_check(struct bpf_prog *prog, union bpf_attr *attr, const struct bpf_log_attr *log)
{
	struct bpf_verifier_env *env = kzalloc(sizeof(*env), GFP_KERNEL);
	int err, told;

	if (!env)
		return refuse(-ENOMEM, CHK_PROG_LOAD_VERIFIER_MEMORY, sizeof(*env), 0);
	env->prog = prog;
	env->attr = attr;
	env->bpf_capable = bpf_token_capable(prog->aux->token, CAP_BPF);
	env->allow_ptr_leaks = bpf_allow_ptr_leaks(prog->aux->token);
	err = bpf_log_attr_check(log, CHK_PROG_LOAD_LOG);
	if (err)
		goto free_env;
	err = check_all(env);
	told = bpf_vlog_finalize(log);
	if (told)
		err = told;
free_env:
	kfree(env);
	return err;
}
