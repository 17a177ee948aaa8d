// SPDX-License-Identifier: GPL-2.0-only
/* Filesystem contexts. Models: fs/fs_context.c. */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include <trace/refusal.h>

static const struct constant_table common_set_sb_flag[] = {
	{ "dirsync",	SB_DIRSYNC },
	{ "lazytime",	SB_LAZYTIME },
	{ "mand",	SB_MANDLOCK },
	{ "ro",		SB_RDONLY },
	{ "sync",	SB_SYNCHRONOUS },
	{}
};

static const struct constant_table common_clear_sb_flag[] = {
	{ "async",	SB_SYNCHRONOUS },
	{ "nolazytime",	SB_LAZYTIME },
	{ "nomand",	SB_MANDLOCK },
	{ "rw",		SB_RDONLY },
	{}
};

/* Superblock flags of all types; spec OP-19. The value of such an option is ignored. */
static int vfs_parse_sb_flag(struct fs_context *fc, const char *key)
{
	unsigned int token = lookup_constant(common_set_sb_flag, key, 0);

	if (token) {
		fc->sb_flags |= token;
		fc->sb_flags_mask |= token;
		return 0;
	}
	token = lookup_constant(common_clear_sb_flag, key, 0);
	if (token) {
		fc->sb_flags &= ~token;
		fc->sb_flags_mask |= token;
		return 0;
	}
	return -ENOPARAM;
}

/**
 * logfc() - Append a message to the log of a context.
 * @fc: the context
 * @fmt: the message; it starts with "e " if it is an error
 *
 * Models: fs/fs_context.c:logfc(). A context keeps the eight newest messages. mount(2) has no log.
 */
void logfc(struct fs_context *fc, const char *fmt, ...)
{
	char text[320], *copy;
	va_list args;

	if (fc->oldapi)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	copy = kstrdup(text, GFP_KERNEL);
	if (!copy)
		return;
	if (fc->log_head - fc->log_tail == ARRAY_SIZE(fc->log))
		kfree(fc_log_next(fc));
	fc->log[fc->log_head++ % ARRAY_SIZE(fc->log)] = copy;
}

/**
 * fc_log_next() - Take the oldest message out of the log.
 *
 * Return: the message, which the caller must free; or NULL.
 */
char *fc_log_next(struct fs_context *fc)
{
	return fc->log[fc->log_tail++ % ARRAY_SIZE(fc->log)];
}

/**
 * vfs_parse_fs_param_source() - Parse "source" for types that do not parse it themselves.
 * @fc: the context
 * @param: the option; its string is taken over
 *
 * Models: fs/fs_context.c:vfs_parse_fs_param_source(); spec OP-19.
 *
 * Return: 0, -EINVAL, or -ENOPARAM for any other option.
 */
int vfs_parse_fs_param_source(struct fs_context *fc, struct fs_parameter *param)
{
	if (strcmp(param->key, "source"))
		return -ENOPARAM;
	if (param->type != fs_value_is_string) {
		logfc(fc, "e Non-string source\n");
		return refuse(-EINVAL, CHK_OPTION_SOURCE_TYPE, fs_value_is_string, param->type);
	}
	if (fc->source) {
		logfc(fc, "e Multiple sources\n");
		return refuse(-EINVAL, CHK_OPTION_SOURCE_ONCE, 0, 0);
	}
	fc->source = param->string;
	param->string = NULL;
	return 0;
}

/**
 * vfs_parse_fs_param() - Parse one option.
 * @fc: the context
 * @param: the option
 *
 * Models: fs/fs_context.c:vfs_parse_fs_param().
 */
int vfs_parse_fs_param(struct fs_context *fc, struct fs_parameter *param)
{
	int ret = vfs_parse_sb_flag(fc, param->key);

	if (ret != -ENOPARAM)
		return ret;
	if (fc->ops->parse_param) {
		ret = fc->ops->parse_param(fc, param);
		if (ret != -ENOPARAM)
			return ret;
	}
	return vfs_parse_fs_param_source(fc, param);
}

/**
 * vfs_parse_fs_string() - Parse one option from a string.
 * @fc: the context
 * @key: its name
 * @value: its value, or NULL for a flag
 * @v_size: length of the value
 *
 * Models: fs/fs_context.c:vfs_parse_fs_string().
 */
int vfs_parse_fs_string(struct fs_context *fc, const char *key, const char *value, size_t v_size)
{
	struct fs_parameter param = {
		.key	= key,
		.type	= fs_value_is_flag,
		.size	= v_size,
	};
	int ret;

	if (value) {
		param.string = kmemdup_nul(value, v_size, GFP_KERNEL);
		if (!param.string)
			return -ENOMEM;
		param.type = fs_value_is_string;
	}
	ret = vfs_parse_fs_param(fc, &param);
	kfree(param.string);
	return ret;
}

/**
 * generic_parse_monolithic() - Parse the options of mount(2).
 * @fc: the context
 * @data: comma-separated options, modified; or NULL
 *
 * Models: fs/fs_context.c:generic_parse_monolithic(); spec FS-25: the string is split at commas
 * first, so no value can contain one.
 */
int generic_parse_monolithic(struct fs_context *fc, void *data)
{
	char *options = data, *key;
	int ret = 0;

	if (!options)
		return 0;
	while (!ret && (key = strsep(&options, ",")) != NULL) {
		char *value;
		size_t v_len = 0;

		if (!*key)
			continue;
		value = strchr(key, '=');
		if (value) {
			if (value == key)
				continue;
			*value++ = 0;
			v_len = strlen(value);
		}
		ret = vfs_parse_fs_string(fc, key, value, v_len);
	}
	return ret;
}

static struct fs_context *alloc_fs_context(struct file_system_type *type,
					   struct dentry *reference, unsigned int sb_flags,
					   unsigned int sb_flags_mask,
					   enum fs_context_purpose purpose)
{
	struct fs_context *fc = kzalloc(sizeof(*fc), GFP_KERNEL);
	int ret;

	if (!fc)
		return ERR_PTR(-ENOMEM);
	live_inc(LIVE_FS_CONTEXTS);
	fc->purpose = purpose;
	fc->sb_flags = sb_flags;
	fc->sb_flags_mask = sb_flags_mask;
	fc->fs_type = type;
	fc->cred = get_current_cred();

	if (purpose == FS_CONTEXT_FOR_RECONFIGURE) {
		reference->d_sb->s_active++;
		fc->user_ns = get_user_ns(reference->d_sb->s_user_ns);
		fc->root = dget(reference);
	} else {
		fc->user_ns = get_user_ns(fc->cred->user_ns);
	}

	ret = type->init_fs_context(fc);
	if (ret < 0) {
		put_fs_context(fc);
		return ERR_PTR(ret);
	}
	fc->need_free = true;
	return fc;
}

/**
 * fs_context_for_mount() - Create a context for a new filesystem.
 * @type: its type
 * @sb_flags: SB_*
 *
 * Models: fs/fs_context.c:fs_context_for_mount(); spec FS-04: records the caller's user namespace.
 */
struct fs_context *fs_context_for_mount(struct file_system_type *type, unsigned int sb_flags)
{
	return alloc_fs_context(type, NULL, sb_flags, 0, FS_CONTEXT_FOR_MOUNT);
}

/**
 * fs_context_for_reconfigure() - Create a context for a mounted filesystem.
 * @dentry: its root
 * @sb_flags: SB_*
 * @sb_flags_mask: the flags to change
 *
 * Models: fs/fs_context.c:fs_context_for_reconfigure(); spec FS-19.
 */
struct fs_context *fs_context_for_reconfigure(struct dentry *dentry, unsigned int sb_flags,
					      unsigned int sb_flags_mask)
{
	return alloc_fs_context(dentry->d_sb->s_type, dentry, sb_flags, sb_flags_mask,
				FS_CONTEXT_FOR_RECONFIGURE);
}

static void fc_free_private(struct fs_context *fc)
{
	if (fc->need_free && fc->ops->free)
		fc->ops->free(fc);
	fc->need_free = false;
}

/**
 * put_fs_context() - Free a context.
 * @fc: the context
 *
 * Models: fs/fs_context.c:put_fs_context().
 */
void put_fs_context(struct fs_context *fc)
{
	while (fc->log_tail != fc->log_head)
		kfree(fc_log_next(fc));
	if (fc->root) {
		struct super_block *sb = fc->root->d_sb;

		dput(fc->root);
		fc->root = NULL;
		deactivate_super(sb);
	}
	fc_free_private(fc);
	put_user_ns(fc->user_ns);
	put_cred(fc->cred);
	kfree(fc->source);
	kfree(fc);
	live_dec(LIVE_FS_CONTEXTS);
}

/**
 * vfs_clean_context() - Reset a used context, so that it can reconfigure its filesystem.
 * @fc: the context
 *
 * Models: fs/fs_context.c:vfs_clean_context(); spec FS-18.
 */
void vfs_clean_context(struct fs_context *fc)
{
	fc_free_private(fc);
	fc->fs_private = NULL;
	fc->s_fs_info = NULL;
	fc->sb_flags = 0;
	kfree(fc->source);
	fc->source = NULL;
	fc->exclusive = false;
	fc->purpose = FS_CONTEXT_FOR_RECONFIGURE;
	fc->phase = FS_CONTEXT_AWAITING_RECONF;
}

/**
 * finish_clean_context() - Initialise a reset context when it is first used.
 * @fc: the context
 *
 * Models: fs/fs_context.c:finish_clean_context().
 */
int finish_clean_context(struct fs_context *fc)
{
	int error;

	if (fc->phase != FS_CONTEXT_AWAITING_RECONF)
		return 0;
	error = fc->fs_type->init_fs_context(fc);
	if (error) {
		fc->phase = FS_CONTEXT_FAILED;
		return error;
	}
	fc->need_free = true;
	fc->phase = FS_CONTEXT_RECONF_PARAMS;
	return 0;
}
