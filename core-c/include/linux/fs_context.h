/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_FS_CONTEXT_H
#define _LINUX_FS_CONTEXT_H

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/types.h>

struct cred;
struct dentry;
struct file;
struct file_operations;
struct file_system_type;
struct filename;
struct fs_context;
struct net;
struct super_block;
struct user_namespace;
struct vfsmount;

enum fs_context_purpose {
	FS_CONTEXT_FOR_MOUNT,
	FS_CONTEXT_FOR_SUBMOUNT,
	FS_CONTEXT_FOR_RECONFIGURE,
};

enum fs_context_phase {
	FS_CONTEXT_CREATE_PARAMS,
	FS_CONTEXT_CREATING,
	FS_CONTEXT_AWAITING_MOUNT,
	FS_CONTEXT_AWAITING_RECONF,
	FS_CONTEXT_RECONF_PARAMS,
	FS_CONTEXT_RECONFIGURING,
	FS_CONTEXT_FAILED,
};

enum fs_value_type {
	fs_value_is_undefined,
	fs_value_is_flag,
	fs_value_is_string,
	fs_value_is_blob,
	fs_value_is_filename,
	fs_value_is_file,
};

struct fs_parameter {
	const char *key;
	enum fs_value_type type;
	union {
		char *string;
		void *blob;
		struct filename *name;
		struct file *file;
	};
	size_t size;
	int dirfd;
};

struct fs_context {
	const struct fs_context_operations *ops;
	struct file_system_type *fs_type;
	void *fs_private;
	void *sget_key;
	struct dentry *root;
	struct user_namespace *user_ns;
	const struct cred *cred;
	char *source;
	void *s_fs_info;
	unsigned int sb_flags;
	unsigned int sb_flags_mask;
	unsigned int s_iflags;
	enum fs_context_purpose purpose;
	enum fs_context_phase phase;
	bool need_free;
	bool global;
	bool oldapi;
	bool exclusive;
	unsigned int log_head;		/* number of messages written so far */
	unsigned int log_tail;
	char *log[8];
};

struct fs_context_operations {
	void (*free)(struct fs_context *fc);
	int (*parse_param)(struct fs_context *fc, struct fs_parameter *param);
	int (*get_tree)(struct fs_context *fc);
};

struct fs_context *fs_context_for_mount(struct file_system_type *type, unsigned int sb_flags);
struct fs_context *fs_context_for_reconfigure(struct dentry *dentry, unsigned int sb_flags,
					      unsigned int sb_flags_mask);
int vfs_parse_fs_param(struct fs_context *fc, struct fs_parameter *param);
__printf(2, 3) void logfc(struct fs_context *fc, const char *fmt, ...);
char *fc_log_next(struct fs_context *fc);
int vfs_parse_fs_string(struct fs_context *fc, const char *key, const char *value,
			size_t v_size);
int vfs_parse_fs_param_source(struct fs_context *fc, struct fs_parameter *param);
int generic_parse_monolithic(struct fs_context *fc, void *data);
int vfs_get_tree(struct fs_context *fc);
void put_fs_context(struct fs_context *fc);
void vfs_clean_context(struct fs_context *fc);
int finish_clean_context(struct fs_context *fc);
int get_tree_nodev(struct fs_context *fc,
		   int (*fill_super)(struct super_block *sb, struct fs_context *fc));
int get_tree_single(struct fs_context *fc,
		    int (*fill_super)(struct super_block *sb, struct fs_context *fc));
int get_tree_keyed(struct fs_context *fc,
		   int (*fill_super)(struct super_block *sb, struct fs_context *fc), void *key);
bool mount_capable(struct fs_context *fc);

extern const struct file_operations fscontext_fops;

/* Error messages of invalf() are not kept. */
#define invalf(fc, fmt, ...) ((void)(fc), -EINVAL)
#define errorf(fc, fmt, ...) logfc(fc, "e " fmt "\n", ##__VA_ARGS__)
#define errorfc(fc, fmt, ...) \
	logfc(fc, "e %s: " fmt "\n", (fc)->fs_type->name, ##__VA_ARGS__)
#define invalfc(fc, fmt, ...) (errorfc(fc, fmt, ##__VA_ARGS__), -EINVAL)
#define warnf(fc, fmt, ...) ((void)(fc))

#endif
