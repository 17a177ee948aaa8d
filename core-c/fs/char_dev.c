// SPDX-License-Identifier: GPL-2.0-only
/* The only modelled device, /dev/null. Models: fs/char_dev.c, drivers/char/mem.c. */
#include <linux/fs.h>

#include "internal.h"

static ssize_t read_null(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return 0;
}

static ssize_t write_null(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return count;
}

const struct file_operations null_fops = {
	.llseek	= generic_file_llseek,
	.read	= read_null,
	.write	= write_null,
};
