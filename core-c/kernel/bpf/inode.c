// SPDX-License-Identifier: GPL-2.0-only
/*
 * The BPF filesystem: mounting, options and directories. Models: kernel/bpf/inode.c. Pinning is in
 * inode_pin.c, extended attributes are in inode_xattr.c.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/release.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/statfs.h>
#include <linux/string.h>

#include "inode.h"
#include "internal.h"

/**
 * bpf_get_inode() - Create an inode on a bpffs.
 * @sb: the superblock
 * @dir: the directory that will contain it, or NULL
 * @mode: its type and mode
 *
 * Models: kernel/bpf/inode.c:bpf_get_inode(); spec TC-11, TP-02, TP-03.
 */
struct inode *bpf_get_inode(struct super_block *sb, const struct inode *dir, umode_t mode)
{
	struct inode *inode;

	if (!S_ISDIR(mode) && !S_ISREG(mode) && !S_ISLNK(mode))
		return ERR_PTR(-EINVAL);
	inode = new_inode(sb);
	if (!inode)
		return ERR_PTR(-ENOSPC);
	inode->i_ino = get_next_ino();
	simple_inode_init_ts(inode);
	inode_init_owner(&nop_mnt_idmap, inode, dir, mode);
	return inode;
}

/**
 * bpf_dentry_finalize() - Attach an inode to a name on a bpffs.
 *
 * Models: kernel/bpf/inode.c:bpf_dentry_finalize().
 */
void bpf_dentry_finalize(struct dentry *dentry, struct inode *inode, struct inode *dir)
{
	d_instantiate(dentry, inode);
	dget(dentry);	/* pins the name in memory */
	inode_set_mtime_to_ts(dir, inode_set_ctime_current(dir));
}

/**
 * bpf_init_security() - Let the LSM label an inode, and put the inode if it refuses; spec FS-35.
 *
 * Models: parts of kernel/bpf/inode.c:bpf_mkdir() and bpf_mkobj_ops() (7.2..).
 */
int bpf_init_security(struct inode *inode, struct inode *dir, struct dentry *dentry)
{
	int err = kernel_at_least(7, 2) ?
		  security_inode_init_security(inode, dir, &dentry->d_name, NULL, NULL) : 0;

	if (err)
		iput(inode);
	return err;
}

static struct dentry *bpf_mkdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
				umode_t mode)
{
	struct inode *inode = bpf_get_inode(dir->i_sb, dir, mode | S_IFDIR);
	int err;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	err = bpf_init_security(inode, dir, dentry);
	if (err)
		return ERR_PTR(err);
	inode->i_op = &bpf_dir_iops;
	inode->i_fop = &simple_dir_operations;
	inc_nlink(inode);
	inc_nlink(dir);
	bpf_dentry_finalize(dentry, inode, dir);
	return NULL;
}

/* Names with a dot are reserved for bpffs itself; spec FS-28. */
static struct dentry *bpf_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	if (dir->i_mode & S_IALLUGO && strchr(dentry->d_name.name, '.'))
		return refuse_ptr(-EPERM, CHK_BPFFS_DOT, 0, 0);
	return simple_lookup(dir, dentry, flags);
}

const struct inode_operations bpf_dir_iops = {
	.lookup	= bpf_lookup,
	.mkdir	= bpf_mkdir,
	.rmdir	= simple_rmdir,
	.rename	= simple_rename,
	.link	= simple_link,
	.unlink	= simple_unlink,
	.listxattr = bpf_fs_listxattr,
};

/* Print one mask: names of the known bits, or a number in the v10 series; spec RN-04..RN-07. */
static void show_delegation(struct seq_file *m, const char *key, u64 mask, enum facts_enum_id id)
{
	u64 known = bpf_known_mask(id), seen = 0;
	struct facts_name name = { 0 };
	bool first = true;

	/* patch 3 of the series compares only commands with the known bits */
	if (kernel_is_v10_03() && id != FACTS_BPF_CMD)
		known = ~0ULL;
	if (!kernel_is_series())
		mask &= known;
	if (!mask)
		return;
	seq_printf(m, ",%s=", key);
	if ((mask & known) == known) {
		seq_puts(m, "any");
		return;
	}
	if (kernel_is_series()) {
		seq_printf(m, "0x%llx", mask);
		return;
	}
	while (bpf_enum_next(id, &name)) {
		const char *text;

		/* if two names have one bit, only the first one is printed */
		if (!(mask & 1ULL << name.value) || seen & 1ULL << name.value)
			continue;
		seen |= 1ULL << name.value;
		if (!first)
			seq_putc(m, ':');
		first = false;
		for (text = name.name; *text; text++)
			seq_putc(m, *text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A') : *text);
	}
	if (mask & ~seen)
		seq_printf(m, "%s0x%llx", first ? "" : ":", mask & ~seen);
}

/* Spec RN-01..RN-03. */
static int bpf_show_options(struct seq_file *m, struct dentry *root)
{
	const struct bpf_mount_opts *opts = root->d_sb->s_fs_info;
	const struct inode *inode = d_inode(root);
	umode_t mode = inode->i_mode & S_IALLUGO & ~S_ISVTX;

	if (!kernel_is_series()) {
		if (!uid_eq(inode->i_uid, GLOBAL_ROOT_UID))
			seq_printf(m, ",uid=%u", from_kuid_munged(&init_user_ns, inode->i_uid));
		if (!gid_eq(inode->i_gid, GLOBAL_ROOT_GID))
			seq_printf(m, ",gid=%u", from_kgid_munged(&init_user_ns, inode->i_gid));
	}
	if (mode != 0777)
		seq_printf(m, ",mode=%o", mode);
	show_delegation(m, "delegate_cmds", opts->delegate_cmds, FACTS_BPF_CMD);
	show_delegation(m, "delegate_maps", opts->delegate_maps, FACTS_BPF_MAP_TYPE);
	show_delegation(m, "delegate_progs", opts->delegate_progs, FACTS_BPF_PROG_TYPE);
	show_delegation(m, "delegate_attachs", opts->delegate_attachs, FACTS_BPF_ATTACH_TYPE);
	return 0;
}

const struct super_operations bpf_super_ops = {
	.alloc_inode	= bpf_fs_alloc_inode,
	.free_inode	= bpf_fs_free_inode,
	.statfs		= simple_statfs,
	.drop_inode	= generic_delete_inode,
	.show_options	= bpf_show_options,
	.evict_inode	= bpf_evict_inode,
};

enum {
	OPT_UID,
	OPT_GID,
	OPT_MODE,
	OPT_DELEGATE_CMDS,
	OPT_DELEGATE_MAPS,
	OPT_DELEGATE_PROGS,
	OPT_DELEGATE_ATTACHS,
};

static const struct fs_parameter_spec bpf_fs_parameters[] = {
	fsparam_u32("uid", OPT_UID),
	fsparam_u32("gid", OPT_GID),
	fsparam_u32oct("mode", OPT_MODE),
	fsparam_string("delegate_cmds", OPT_DELEGATE_CMDS),
	fsparam_string("delegate_maps", OPT_DELEGATE_MAPS),
	fsparam_string("delegate_progs", OPT_DELEGATE_PROGS),
	fsparam_string("delegate_attachs", OPT_DELEGATE_ATTACHS),
	{}
};

/* The series had no owner options, so skip the first two. */
static const struct fs_parameter_spec *bpf_parameters(void)
{
	return kernel_is_series() ? &bpf_fs_parameters[2] : bpf_fs_parameters;
}

/* Eight characters of an item as evidence, from @at on. */
static u64 item_evidence(const char *item, size_t at)
{
	u64 chars = 0;
	size_t len = strlen(item);

	for (size_t i = at; i < len && i < at + sizeof(chars); i++)
		chars |= (u64)(u8)item[i] << 8 * (i - at);
	return chars;
}

static int parse_number(const char *text, u64 *mask)
{
	int err = kstrtou64(text, 0, mask);

	if (err == -ERANGE)
		return refuse(-ERANGE, CHK_OPTION_DELEGATE_RANGE, ~0ULL, 0);
	if (err)
		return refuse(-EINVAL, CHK_OPTION_DELEGATE_ITEM, item_evidence(text, 0),
			      item_evidence(text, 8));
	return 0;
}

/*
 * Parse the colon-separated items of a delegation option. Spec OP-02..OP-11. A number replaces the
 * mask collected so far, names and "any" add to it (OP-08).
 */
static int parse_delegation(char *text, enum facts_enum_id id, u64 *mask)
{
	char *item;
	u32 value;
	int err;

	*mask = 0;
	if (kernel_is_series()) {
		if (strcmp(text, "any"))
			return parse_number(text, mask);
		*mask = ~0ULL;
		return 0;
	}
	while ((item = strsep(&text, ":")) != NULL) {
		if (!strcmp(item, "any")) {
			*mask |= ~0ULL;
		} else if (bpf_enum_value(id, item, &value)) {
			*mask |= 1ULL << value;
		} else {
			err = parse_number(item, mask);
			if (err)
				return err;
		}
	}
	return 0;
}

static int parse_delegate_param(struct fs_parameter *param, enum facts_enum_id id, u64 *stored)
{
	u64 mask;
	int err = parse_delegation(param->string, id, &mask);

	if (err)
		return err;
	if (mask && !capable(CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_OPTION_DELEGATE_CAPABLE,
			      evidence_cap(CAP_SYS_ADMIN, &init_user_ns), evidence_caps_held());
	*stored |= mask;
	return 0;
}

static int bpf_parse_owner(struct fs_context *fc, int opt, u32 id)
{
	struct bpf_mount_opts *opts = fc->s_fs_info;

	if (opt == OPT_UID) {
		kuid_t uid = make_kuid(current_user_ns(), id);

		if (!uid_valid(uid) || !kuid_has_mapping(fc->user_ns, uid))
			return refuse(-EINVAL, CHK_OPTION_UID, 0, id);
		opts->uid = uid;
	} else {
		kgid_t gid = make_kgid(current_user_ns(), id);

		if (!gid_valid(gid) || !kgid_has_mapping(fc->user_ns, gid))
			return refuse(-EINVAL, CHK_OPTION_GID, 0, id);
		opts->gid = gid;
	}
	return 0;
}

/* Spec OP-01, OP-12..OP-20. */
static int bpf_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct bpf_mount_opts *opts = fc->s_fs_info;
	struct fs_parse_result result;
	int opt = fs_parse(fc, bpf_parameters(), param, &result);

	if (opt == -ENOPARAM) {
		/* "source" has its usual meaning; unknown options are ignored */
		opt = vfs_parse_fs_param_source(fc, param);
		return opt == -ENOPARAM ? 0 : opt;
	}
	if (opt < 0)
		return opt;
	switch (opt) {
	case OPT_UID:
	case OPT_GID:
		opt = bpf_parse_owner(fc, opt, result.uint_32);
		if (opt)
			errorfc(fc, "Bad value for '%s'", param->key);
		return opt;
	case OPT_MODE:
		opts->mode = result.uint_32 & S_IALLUGO;
		return 0;
	case OPT_DELEGATE_CMDS:
		return parse_delegate_param(param, FACTS_BPF_CMD, &opts->delegate_cmds);
	case OPT_DELEGATE_MAPS:
		return parse_delegate_param(param, FACTS_BPF_MAP_TYPE, &opts->delegate_maps);
	case OPT_DELEGATE_PROGS:
		return parse_delegate_param(param, FACTS_BPF_PROG_TYPE, &opts->delegate_progs);
	default:
		return parse_delegate_param(param, FACTS_BPF_ATTACH_TYPE, &opts->delegate_attachs);
	}
}

/*
 * Up to 7.1 simple_fill_super() creates the root directory. Since 7.2 bpffs creates it itself:
 * without an inode the error is that of bpf_get_inode(), and the directory takes an inode number
 * before it gets 1. Spec FS-14.
 */
static struct inode *bpf_root_inode(struct super_block *sb)
{
	struct inode *inode;

	if (kernel_at_least(7, 2))
		return bpf_get_inode(sb, NULL, S_IFDIR);
	inode = new_inode(sb);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_mode = S_IFDIR;
	return inode;
}

static int bpf_make_root(struct super_block *sb)
{
	struct inode *inode;

	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_magic = BPF_FS_MAGIC;
	sb->s_time_gran = 1;
	inode = bpf_root_inode(sb);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode->i_ino = 1;
	inode->i_fop = &simple_dir_operations;
	set_nlink(inode, 2);
	sb->s_root = d_make_root(inode);
	return sb->s_root ? 0 : -ENOMEM;
}

/* Spec FS-12, FS-14. */
static int bpf_fill_super(struct super_block *sb, struct fs_context *fc)
{
	const struct bpf_mount_opts *opts = sb->s_fs_info;
	struct inode *inode;
	int ret;

	if (fc->user_ns != &init_user_ns && !capable(CAP_SYS_ADMIN))
		return refuse(-EPERM, CHK_BPFFS_FILL_CAPABLE,
			      evidence_cap(CAP_SYS_ADMIN, &init_user_ns), evidence_caps_held());
	sb->s_op = &bpf_super_ops;
	if (kernel_at_least(7, 2))
		sb->s_xattr = bpf_fs_xattr_handlers;
	ret = bpf_make_root(sb);
	if (ret)
		return ret;
	inode = d_inode(sb->s_root);
	if (!kernel_is_series()) {
		inode->i_uid = opts->uid;
		inode->i_gid = opts->gid;
	}
	inode->i_op = &bpf_dir_iops;
	inode->i_mode = (inode->i_mode & ~S_IALLUGO) | S_ISVTX | opts->mode;
	return 0;
}

static int bpf_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, bpf_fill_super);
}

static void bpf_free_fc(struct fs_context *fc)
{
	kfree(fc->s_fs_info);
}

static const struct fs_context_operations bpf_context_ops = {
	.free		= bpf_free_fc,
	.parse_param	= bpf_parse_param,
	.get_tree	= bpf_get_tree,
};

/* Spec FS-04. */
static int bpf_init_fs_context(struct fs_context *fc)
{
	struct bpf_mount_opts *opts = kzalloc(sizeof(*opts), GFP_KERNEL);

	if (!opts)
		return -ENOMEM;
	opts->mode = 0777;
	opts->uid = current_fsuid();
	opts->gid = current_fsgid();
	fc->s_fs_info = opts;
	fc->ops = &bpf_context_ops;
	return 0;
}

static void bpf_kill_super(struct super_block *sb)
{
	struct bpf_mount_opts *opts = sb->s_fs_info;

	kill_litter_super(sb);
	kfree(opts);
}

static struct file_system_type bpf_fs_type = {
	.name			= "bpf",
	.init_fs_context	= bpf_init_fs_context,
	.parameters		= bpf_fs_parameters,
	.kill_sb		= bpf_kill_super,
	.fs_flags		= FS_USERNS_MOUNT,
};

static int bpf_init(void)
{
	return register_filesystem(&bpf_fs_type);
}
fs_initcall(bpf_init);
