// SPDX-License-Identifier: GPL-2.0-only
/* Program objects, fds and ids. Models: kernel/bpf/syscall.c, core.c. */
#include <linux/anon_inodes.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

static LIST_HEAD(prog_list);	/* programs with an id, sorted by id */
static u32 last_prog_id;

/**
 * bpf_prog_alloc() - Allocate a program.
 * @insn_cnt: number of instructions
 *
 * Models: kernel/bpf/core.c:bpf_prog_alloc().
 *
 * Return: the program with one reference, or NULL.
 */
struct bpf_prog *bpf_prog_alloc(unsigned int insn_cnt)
{
	struct bpf_prog *prog = kzalloc(sizeof(*prog), GFP_USER);

	if (!prog)
		return NULL;
	prog->aux = kzalloc(sizeof(*prog->aux), GFP_USER);
	prog->insnsi = kmalloc_array(insn_cnt, sizeof(struct bpf_insn), GFP_USER);
	if (!prog->aux || !prog->insnsi) {
		kfree(prog->aux);
		kfree(prog->insnsi);
		kfree(prog);
		return NULL;
	}
	live_inc(LIVE_PROGS);
	prog->len = insn_cnt;
	prog->aux->prog = prog;
	atomic64_set(&prog->aux->refcnt, 1);
	INIT_LIST_HEAD(&prog->aux->list);
	return prog;
}

/**
 * bpf_prog_use_map() - Hold a map for as long as the program lives.
 * @limit: maximum number of maps
 *
 * Models: kernel/bpf/verifier.c:__add_used_map(), syscall.c:bpf_prog_bind_map().
 */
int bpf_prog_use_map(struct bpf_prog *prog, struct bpf_map *map, u32 limit)
{
	struct bpf_prog_aux *aux = prog->aux;
	struct bpf_map **maps;
	u32 i;

	for (i = 0; i < aux->used_map_cnt; i++)
		if (aux->used_maps[i] == map)
			return 0;
	if (i >= limit)
		return refuse(-E2BIG, CHK_VERIFY_MAPS, limit, i + 1);
	maps = krealloc(aux->used_maps, (i + 1) * sizeof(*maps), GFP_KERNEL);
	if (!maps)
		return refuse(-ENOMEM, CHK_PROG_LOAD_VERIFIER_MEMORY, i + 1, 0);
	bpf_map_inc(map);
	maps[i] = map;
	aux->used_maps = maps;
	aux->used_map_cnt++;
	return 0;
}

/**
 * bpf_prog_free() - Free a program and drop its reference to a token (spec PL-32).
 *
 * Models: kernel/bpf/syscall.c:__bpf_prog_put_rcu().
 */
void bpf_prog_free(struct bpf_prog *prog)
{
	struct bpf_prog_aux *aux = prog->aux;

	list_del_init(&aux->list);
	while (aux->used_map_cnt)
		bpf_map_put(aux->used_maps[--aux->used_map_cnt]);
	kfree(aux->used_maps);
	bpf_token_put(aux->token);
	if (aux->dst_prog)
		bpf_prog_put(aux->dst_prog);
	btf_put(aux->attach_btf);
	kfree(prog->insnsi);
	kfree(aux);
	kfree(prog);
	live_dec(LIVE_PROGS);
}

/**
 * bpf_prog_publish() - Give a program its id.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_alloc_id().
 */
void bpf_prog_publish(struct bpf_prog *prog)
{
	prog->aux->id = ++last_prog_id;
	list_add_tail(&prog->aux->list, &prog_list);
}

/** bpf_prog_by_id() - Find the program with this id, or return NULL. */
struct bpf_prog *bpf_prog_by_id(u32 id)
{
	struct bpf_prog_aux *aux;

	list_for_each_entry(aux, &prog_list, list)
		if (aux->id == id)
			return aux->prog;
	return NULL;
}

/** bpf_prog_next_id() - Get the lowest id that is at least @id; 0 if there is none. */
u32 bpf_prog_next_id(u32 id)
{
	struct bpf_prog_aux *aux;

	list_for_each_entry(aux, &prog_list, list)
		if (aux->id >= id)
			return aux->id;
	return 0;
}

/** bpf_prog_inc() - Take a reference to a program. */
void bpf_prog_inc(struct bpf_prog *prog)
{
	atomic64_inc(&prog->aux->refcnt);
}

/** bpf_prog_put() - Drop a reference to a program; the last one frees it. */
void bpf_prog_put(struct bpf_prog *prog)
{
	if (atomic64_dec_and_test(&prog->aux->refcnt))
		bpf_prog_free(prog);
}

static int bpf_prog_release(struct inode *inode, struct file *file)
{
	bpf_prog_put(file->private_data);
	return 0;
}

static ssize_t bpf_dummy_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	return refuse(-EINVAL, CHK_BPF_OBJECT_READ, 0, size);
}

static ssize_t bpf_dummy_write(struct file *file, const char __user *buf, size_t size,
			       loff_t *pos)
{
	return refuse(-EINVAL, CHK_BPF_OBJECT_READ, 0, size);
}

static void bpf_prog_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct bpf_prog *prog = file->private_data;

	seq_printf(m, "prog_type:\t%u\nprog_jited:\t0\nprog_id:\t%u\n", prog->type, prog->aux->id);
}

const struct file_operations bpf_prog_fops = {
	.show_fdinfo	= bpf_prog_show_fdinfo,
	.release	= bpf_prog_release,
	.read		= bpf_dummy_read,
	.write		= bpf_dummy_write,
};

/**
 * bpf_prog_new_fd() - Open an fd for a program; it takes over the caller's reference.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_new_fd(); spec PL-19.
 */
int bpf_prog_new_fd(struct bpf_prog *prog)
{
	return anon_inode_getfd("bpf-prog", &bpf_prog_fops, prog, O_RDWR | O_CLOEXEC);
}

/**
 * bpf_prog_get() - Get the program of an fd and take a reference.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_get().
 */
struct bpf_prog *bpf_prog_get(u32 ufd)
{
	struct file *file = bpf_fd_file(ufd);
	struct bpf_prog *prog;

	if (!file)
		return refuse_ptr(-EBADF, CHK_PROG_FD_OPEN, 0, ufd);
	if (file->f_op != &bpf_prog_fops)
		return refuse_ptr(-EINVAL, CHK_PROG_FD_KIND, 0, ufd);
	prog = file->private_data;
	bpf_prog_inc(prog);
	return prog;
}

/* Models: kernel/bpf/syscall.c:set_info_rec_size(). */
static int set_info_rec_size(struct bpf_prog_info *info)
{
	if (((info->nr_func_info || info->func_info_rec_size) && info->func_info_rec_size != 8) ||
	    ((info->nr_line_info || info->line_info_rec_size) && info->line_info_rec_size != 16) ||
	    ((info->nr_jited_line_info || info->jited_line_info_rec_size) &&
	     info->jited_line_info_rec_size != sizeof(u64)))
		return refuse(-EINVAL, CHK_PROG_INFO_RECORDS, 0, 0);
	return 0;
}

/* CG-11: needs CAP_BPF in the initial user namespace. */
static int bpf_prog_show_insns(const struct bpf_prog *prog, struct bpf_prog_info *info)
{
	u32 room = info->xlated_prog_len;

	if (info->jited_prog_len || info->nr_jited_ksyms || info->nr_jited_func_lens ||
	    info->nr_prog_tags)
		return not_modelled(UNMODELLED_JITED_INSNS);
	info->xlated_prog_len = prog->len * sizeof(struct bpf_insn);
	info->nr_jited_ksyms = 1;
	info->nr_jited_func_lens = 1;
	info->nr_prog_tags = 1;
	return room ? not_modelled(UNMODELLED_XLATED_INSNS) : 0;
}

/* Ids of the maps that the program uses, as many as fit. */
static int bpf_prog_show_maps(const struct bpf_prog *prog, struct bpf_prog_info *info)
{
	const struct bpf_prog_aux *aux = prog->aux;
	u32 i, n = min(aux->used_map_cnt, info->nr_map_ids);

	info->nr_map_ids = aux->used_map_cnt;
	for (i = 0; i < n; i++)
		if (copy_to_user(u64_to_user_ptr(info->map_ids + i * sizeof(u32)),
				 &aux->used_maps[i]->id, sizeof(u32)))
			return refuse(-EFAULT, CHK_INFO_BUFFER, n, i);
	return 0;
}

/**
 * bpf_prog_get_info() - OBJ_GET_INFO_BY_FD of a program.
 *
 * Fields without a value keep what the caller put there.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_get_info_by_fd(); spec CG-11.
 * Deviation: no machine code, no tag, no statistics.
 */
int bpf_prog_get_info(const struct bpf_prog *prog, const union bpf_attr *attr,
		      union bpf_attr __user *uattr)
{
	struct bpf_prog_info info = {};
	const u32 used = offsetofend(struct bpf_prog_info, attach_btf_id);
	int err, len = bpf_info_from_user(attr, &info, sizeof(info), sizeof(info) - used);

	if (len < 0)
		return len;
	info.type = prog->type;
	info.id = prog->aux->id;
	memset(info.tag, 0, sizeof(info.tag));
	info.load_time = 0;
	info.created_by_uid = from_kuid_munged(current_user_ns(), prog->aux->user);
	info.gpl_compatible = prog->gpl_compatible;
	memcpy(info.name, prog->aux->name, sizeof(info.name));
	err = bpf_prog_show_maps(prog, &info);
	if (!err)
		err = set_info_rec_size(&info);
	if (err)
		return err;
	info.func_info_rec_size = 8;
	info.line_info_rec_size = 16;
	info.jited_line_info_rec_size = sizeof(u64);
	info.run_time_ns = 0;
	info.run_cnt = 0;
	info.recursion_misses = 0;
	info.verified_insns = prog->aux->verified_insns;
	info.attach_btf_id = prog->aux->attach_btf_id;
	info.nr_func_info = 0;
	info.nr_line_info = 0;
	info.nr_jited_line_info = 0;
	if (bpf_capable()) {
		err = bpf_prog_show_insns(prog, &info);
	} else {
		info.jited_prog_len = 0;
		info.xlated_prog_len = 0;
		info.nr_jited_ksyms = 0;
		info.nr_jited_func_lens = 0;
	}
	if (err)
		return err;
	return bpf_info_to_user(attr, uattr, &info, len);
}
