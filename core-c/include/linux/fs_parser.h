/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_FS_PARSER_H
#define _LINUX_FS_PARSER_H

#include <linux/fs_context.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct p_log;

struct constant_table {
	const char *name;
	int value;
};

struct fs_parameter_spec;
struct fs_parse_result;

typedef int fs_param_type(struct fs_context *fc, const struct fs_parameter_spec *spec,
			  struct fs_parameter *param, struct fs_parse_result *result);

fs_param_type fs_param_is_u32, fs_param_is_string;

struct fs_parameter_spec {
	const char *name;
	fs_param_type *type;	/* NULL: a flag */
	u8 opt;
	unsigned short flags;
	const void *data;
};

#define fs_param_neg_with_no	0x0002
#define fs_param_can_be_empty	0x0004

struct fs_parse_result {
	bool negated;
	union {
		int int_32;
		unsigned int uint_32;
		u64 uint_64;
		kuid_t uid;
		kgid_t gid;
	};
};

int __fs_parse(struct fs_context *fc, const struct fs_parameter_spec *desc,
	       struct fs_parameter *param, struct fs_parse_result *result);

static inline int fs_parse(struct fs_context *fc, const struct fs_parameter_spec *desc,
			   struct fs_parameter *param, struct fs_parse_result *result)
{
	return __fs_parse(fc, desc, param, result);
}

int lookup_constant(const struct constant_table tbl[], const char *name, int not_found);

#define __fsparam(TYPE, NAME, OPT, FLAGS, DATA) \
	{ .name = (NAME), .opt = (OPT), .type = (TYPE), .flags = (FLAGS), .data = (DATA) }
#define fsparam_u32(NAME, OPT)		__fsparam(fs_param_is_u32, NAME, OPT, 0, NULL)
#define fsparam_u32oct(NAME, OPT)	__fsparam(fs_param_is_u32, NAME, OPT, 0, (const void *)8)
#define fsparam_string(NAME, OPT)	__fsparam(fs_param_is_string, NAME, OPT, 0, NULL)

#endif
