// SPDX-License-Identifier: GPL-2.0-only
/* Parsing filesystem options. Models: fs/fs_parser.c. */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/string.h>

#include <trace/refusal.h>

/**
 * lookup_constant() - Look up the value of a name.
 * @tbl: the names, terminated by an empty entry
 * @name: the name
 * @not_found: result for an unknown name
 *
 * Models: fs/fs_parser.c:lookup_constant().
 */
int lookup_constant(const struct constant_table tbl[], const char *name, int not_found)
{
	for (; tbl->name; tbl++)
		if (!strcmp(tbl->name, name))
			return tbl->value;
	return not_found;
}

/**
 * __fs_parse() - Find an option and parse its value.
 * @fc: the context
 * @desc: the known options
 * @param: the option
 * @result: its value
 *
 * Models: fs/fs_parser.c:__fs_parse().
 *
 * Return: the option's number, -ENOPARAM for an unknown one, or -EINVAL.
 */
int __fs_parse(struct fs_context *fc, const struct fs_parameter_spec *desc,
	       struct fs_parameter *param, struct fs_parse_result *result)
{
	int ret;

	result->uint_64 = 0;
	for (; desc->name; desc++)
		if (!strcmp(desc->name, param->key))
			break;
	if (!desc->name)
		return -ENOPARAM;

	ret = desc->type(fc, desc, param, result);
	if (ret) {
		logfc(fc, "e %s: Bad value for '%s'\n", fc->fs_type->name, param->key);
		return ret;
	}
	return desc->opt;
}

/**
 * fs_param_is_u32() - Parse a number.
 *
 * Models: fs/fs_parser.c:fs_param_is_u32(). A number that does not fit in 32 bits is -EINVAL, like
 * any invalid value.
 */
int fs_param_is_u32(struct fs_context *fc, const struct fs_parameter_spec *spec,
		    struct fs_parameter *param, struct fs_parse_result *result)
{
	if (param->type != fs_value_is_string)
		return refuse(-EINVAL, CHK_OPTION_VALUE, fs_value_is_string, param->type);
	if (kstrtouint(param->string, (unsigned long)spec->data, &result->uint_32) < 0)
		return refuse(-EINVAL, CHK_OPTION_NUMBER, 0, 0);
	return 0;
}

/**
 * fs_param_is_string() - Check a string; it must not be empty unless the option allows it.
 *
 * Models: fs/fs_parser.c:fs_param_is_string(); spec OP-01.
 */
int fs_param_is_string(struct fs_context *fc, const struct fs_parameter_spec *spec,
		       struct fs_parameter *param, struct fs_parse_result *result)
{
	if (param->type != fs_value_is_string)
		return refuse(-EINVAL, CHK_OPTION_VALUE, fs_value_is_string, param->type);
	if (!*param->string && !(spec->flags & fs_param_can_be_empty))
		return refuse(-EINVAL, CHK_OPTION_EMPTY, 1, 0);
	return 0;
}
