// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF tokens. Models: kernel/bpf/token.c. Written from the rules in docs/spec. An upstream token.c
 * can replace this file.
 */
#include <linux/arch.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/release.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "internal.h"

static bool capable_in(struct user_namespace *ns, int cap)
{
	return ns_capable(ns, cap) || (cap != CAP_SYS_ADMIN && ns_capable(ns, CAP_SYS_ADMIN));
}

/**
 * bpf_token_capable() - Does the caller have a capability, with the help of a token?
 * @token: the token in force, or NULL
 * @cap: the capability; CAP_SYS_ADMIN grants it too
 *
 * Models: kernel/bpf/token.c:bpf_token_capable() (v10..); spec CP-01..CP-05.
 */
bool bpf_token_capable(const struct bpf_token *token, int cap)
{
	if (!token)
		return capable_in(&init_user_ns, cap);
	if (capable_in(token->userns, cap) && security_bpf_token_capable(token, cap) >= 0)
		return true;
	/* CP-04: the v10 series also checks without the token */
	return kernel_is_series() && capable_in(&init_user_ns, cap);
}

/**
 * bpf_token_inc() - Take a reference to a token.
 *
 * Models: kernel/bpf/token.c:bpf_token_inc().
 */
void bpf_token_inc(struct bpf_token *token)
{
	atomic64_inc(&token->refcnt);
}

static void token_destroy(struct bpf_token *token)
{
	put_user_ns(token->userns);
	kfree(token);
	live_dec(LIVE_TOKENS);
}

static void bpf_token_free(struct bpf_token *token)
{
	security_bpf_token_free(token);
	token_destroy(token);
}

static void bpf_token_put_deferred(struct work_struct *work)
{
	bpf_token_free(container_of(work, struct bpf_token, work));
}

/**
 * bpf_token_put() - Drop a reference to a token; the last one frees it from a work queue.
 * @token: the token, or NULL
 *
 * Models: kernel/bpf/token.c:bpf_token_put(); spec TP-17, TP-18.
 */
void bpf_token_put(struct bpf_token *token)
{
	if (!token || !atomic64_dec_and_test(&token->refcnt))
		return;
	INIT_WORK(&token->work, bpf_token_put_deferred);
	schedule_work(&token->work);
}

static int bpf_token_release(struct inode *inode, struct file *file)
{
	bpf_token_put(file->private_data);
	return 0;
}

/* Spec TP-09. */
static void show_mask(struct seq_file *m, const char *name, u64 mask, enum facts_enum_id id)
{
	u64 known = bpf_known_mask(id);

	if ((mask & known) == known)
		seq_printf(m, "%s:\tany\n", name);
	else
		seq_printf(m, "%s:\t0x%llx\n", name, mask);
}

/* Spec TP-08. */
static void bpf_token_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct bpf_token *token = file->private_data;

	show_mask(m, "allowed_cmds", token->allowed_cmds, FACTS_BPF_CMD);
	if (kernel_is_v10_03())
		return;
	show_mask(m, "allowed_maps", token->allowed_maps, FACTS_BPF_MAP_TYPE);
	show_mask(m, "allowed_progs", token->allowed_progs, FACTS_BPF_PROG_TYPE);
	show_mask(m, "allowed_attachs", token->allowed_attachs, FACTS_BPF_ATTACH_TYPE);
}

static const struct inode_operations bpf_token_iops;

static const struct file_operations bpf_token_fops = {
	.release	= bpf_token_release,
	.show_fdinfo	= bpf_token_show_fdinfo,
};

/* May this task create a token from this path? Spec TC-04..TC-10, in order. */
static int may_create(const struct path *path)
{
	const struct super_block *sb = path->dentry->d_sb;
	const struct bpf_mount_opts *opts;
	struct user_namespace *userns;
	struct dentry *root;
	int err;

	root = kernel_release <= RELEASE_V10 ? path->mnt->mnt_root : sb->s_root;
	if (path->dentry != root)
		return refuse(-EINVAL, CHK_TOKEN_CREATE_ROOT, 0, 0);
	if (sb->s_op != &bpf_super_ops)
		return refuse(-EINVAL, CHK_TOKEN_CREATE_BPFFS, BPF_FS_MAGIC, sb->s_magic);
	err = path_permission(path, MAY_ACCESS);	/* TC-06: only an LSM can refuse this */
	if (err)
		return err;

	userns = sb->s_user_ns;
	if (kernel_release > RELEASE_V10 && current_user_ns() != userns)
		return refuse(-EPERM, CHK_TOKEN_CREATE_USERNS, userns->ns.id,
			      current_user_ns()->ns.id);
	if (!ns_capable(userns, CAP_BPF))
		return refuse(-EPERM, CHK_TOKEN_CREATE_CAPABLE, evidence_cap(CAP_BPF, userns),
			      evidence_caps_held());
	if (kernel_is_series())
		return 0;
	if (current_user_ns() == &init_user_ns)
		return refuse(-EOPNOTSUPP, CHK_TOKEN_CREATE_INIT_NS, 0, init_user_ns.ns.id);
	opts = sb->s_fs_info;
	if (!opts->delegate_cmds && !opts->delegate_maps && !opts->delegate_progs &&
	    !opts->delegate_attachs)
		return refuse(-ENOENT, CHK_TOKEN_CREATE_DELEGATION, 0, 0);
	return 0;
}

/* An unlinked inode on the bpffs: TC-11. */
static struct inode *token_inode(const struct path *path)
{
	umode_t mode = S_IFREG | (0600 & ~current_umask());
	struct inode *inode = bpf_get_inode(path->mnt->mnt_sb, NULL, mode);

	if (IS_ERR(inode))
		return refuse_ptr(PTR_ERR(inode), CHK_TOKEN_CREATE_INODE, 0, 0);
	inode->i_op = &bpf_token_iops;
	inode->i_fop = &bpf_token_fops;
	clear_nlink(inode);
	return inode;
}

/* A file for the inode, with the mount that the caller used: TC-12. */
static struct file *token_file(struct inode *inode, const struct path *path)
{
	struct file *file;

	file = alloc_file_pseudo(inode, path->mnt, "bpf-token", O_RDWR, &bpf_token_fops);
	if (!IS_ERR(file))
		return file;
	return refuse_ptr(PTR_ERR(file), PTR_ERR(file) == -ENFILE ? CHK_TOKEN_CREATE_FILE_LIMIT :
							CHK_TOKEN_CREATE_FILE, 0, 0);
}

/* A token with a copy of the current delegate masks: TC-13, TP-01. */
static struct bpf_token *alloc_token(const struct super_block *sb)
{
	const struct bpf_mount_opts *opts = sb->s_fs_info;
	struct bpf_token *token = kzalloc(sizeof(*token), GFP_USER);

	if (!token)
		return refuse_ptr(-ENOMEM, CHK_TOKEN_CREATE_MEMORY, sizeof(*token), 0);
	live_inc(LIVE_TOKENS);
	atomic64_set(&token->refcnt, 1);
	token->userns = get_user_ns(sb->s_user_ns);
	token->allowed_cmds = opts->delegate_cmds;
	if (kernel_is_v10_03())
		return token;
	token->allowed_maps = opts->delegate_maps;
	token->allowed_progs = opts->delegate_progs;
	token->allowed_attachs = opts->delegate_attachs;
	return token;
}

static int create_at(union bpf_attr *attr, const struct path *path)
{
	const bool fd_first = kernel_at_least(6, 19);
	struct bpf_token *token;
	struct inode *inode;
	struct file *file;
	int err, fd = -1;

	err = may_create(path);
	if (err)
		return err;
	inode = token_inode(path);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	/* TP-22: since 6.19 the inode stays when the number or the file is missing */
	if (fd_first) {
		fd = get_unused_fd_flags(O_CLOEXEC);
		if (fd < 0) {
			arch_leak(inode);
			return fd;
		}
	}
	file = token_file(inode, path);
	if (IS_ERR(file)) {
		if (fd_first) {
			put_unused_fd(fd);
			arch_leak(inode);
		} else {
			iput(inode);
		}
		return PTR_ERR(file);
	}
	token = alloc_token(path->dentry->d_sb);
	if (IS_ERR(token)) {
		err = PTR_ERR(token);
		goto out_file;
	}
	err = security_bpf_token_create(token, attr, path);
	if (err)
		goto out_token;
	if (!fd_first) {
		fd = get_unused_fd_flags(O_CLOEXEC);
		if (fd < 0) {
			err = fd;
			goto out_token;
		}
	}
	file->private_data = token;
	fd_install(fd, file);
	return fd;

out_token:
	if (!fd_first)
		security_bpf_token_free(token);	/* TP-19 */
	token_destroy(token);	/* before fput(), which sees no token yet */
out_file:
	if (fd_first)
		put_unused_fd(fd);
	fput(file);
	return err;
}

/**
 * bpf_token_create() - BPF_TOKEN_CREATE, after the checks of its attributes.
 * @attr: the attributes
 *
 * Models: kernel/bpf/token.c:bpf_token_create() (v10..); spec TC-03..TC-16.
 *
 * Return: a new fd, or -errno.
 */
int bpf_token_create(union bpf_attr *attr)
{
	struct path path;
	int err;

	CLASS(fd, f)(attr->token_create.bpffs_fd);
	if (fd_empty(f))
		return refuse(-EBADF, CHK_TOKEN_CREATE_FD_OPEN, 0, attr->token_create.bpffs_fd);
	path = fd_file(f)->f_path;
	path_get(&path);
	err = create_at(attr, &path);
	path_put(&path);
	return err;
}

/**
 * bpf_token_get_from_fd() - Get the token of an fd and take a reference.
 * @ufd: the fd
 *
 * Models: kernel/bpf/token.c:bpf_token_get_from_fd(); spec TF-01..TF-03.
 */
struct bpf_token *bpf_token_get_from_fd(u32 ufd)
{
	struct bpf_token *token;

	CLASS(fd, f)(ufd);
	if (fd_empty(f))
		return refuse_ptr(-EBADF, CHK_TOKEN_FD_OPEN, 0, ufd);
	if (fd_file(f)->f_op != &bpf_token_fops)
		return refuse_ptr(-EINVAL, CHK_TOKEN_FD_KIND, 0, ufd);
	token = fd_file(f)->private_data;
	bpf_token_inc(token);
	return token;
}

/* A value that the release does not know is never allowed, not even by "any". */
static bool covers(u64 mask, u32 value, enum facts_enum_id id)
{
	return value < bpf_release_bound(id) && mask & 1ULL << value;
}

/**
 * bpf_token_allow_cmd() - Does a token allow a command?
 * @token: the token, not NULL
 *
 * Models: kernel/bpf/token.c:bpf_token_allow_cmd(); spec TA-01.
 */
bool bpf_token_allow_cmd(const struct bpf_token *token, enum bpf_cmd cmd)
{
	if (!(token->allowed_cmds & (1ULL << cmd)))
		return false;
	return security_bpf_token_cmd(token, cmd) == 0;
}

/**
 * bpf_token_allow_map_type() - Does a token allow a map type?
 *
 * Models: kernel/bpf/token.c:bpf_token_allow_map_type(); spec TA-02.
 */
bool bpf_token_allow_map_type(const struct bpf_token *token, enum bpf_map_type type)
{
	return covers(token->allowed_maps, type, FACTS_BPF_MAP_TYPE);
}

/**
 * bpf_token_allow_prog_type() - Does a token allow a program type with an attach type?
 *
 * Models: kernel/bpf/token.c:bpf_token_allow_prog_type(); spec TA-03.
 */
bool bpf_token_allow_prog_type(const struct bpf_token *token, enum bpf_prog_type prog_type,
			       enum bpf_attach_type attach_type)
{
	return covers(token->allowed_progs, prog_type, FACTS_BPF_PROG_TYPE) &&
	       covers(token->allowed_attachs, attach_type, FACTS_BPF_ATTACH_TYPE);
}
