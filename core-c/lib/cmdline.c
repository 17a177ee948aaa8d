// SPDX-License-Identifier: GPL-2.0-only
/* Models lib/cmdline.c: sizes as people write them. */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/string.h>

/**
 * memparse() - a number with a suffix for a power of 1024.
 * @ptr: the text
 * @retptr: where the first character goes that was not read
 *
 * Models: lib/cmdline.c:memparse().
 */
unsigned long long memparse(const char *ptr, char **retptr)
{
	static const char suffixes[] = "kmgtpe";
	unsigned long long ret = simple_strtoull(ptr, retptr, 0);
	char suffix = tolower(**retptr);
	const char *at = suffix ? strchr(suffixes, suffix) : NULL;

	if (!at)
		return ret;
	(*retptr)++;
	return ret << 10 * (at - suffixes + 1);
}
