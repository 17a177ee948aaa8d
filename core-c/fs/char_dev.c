// SPDX-License-Identifier: GPL-2.0-only
/* The only modelled device, /dev/null. Models: fs/char_dev.c, drivers/char/mem.c. */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/major.h>

#include <trace/refusal.h>

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

static int chrdev_open(struct inode *inode, struct file *file)
{
	if (inode->i_rdev != MKDEV(MEM_MAJOR, 3))
		return not_modelled(UNMODELLED_OPEN_KIND);
	file->f_op = &null_fops;
	return 0;
}

const struct file_operations def_chr_fops = {
	.open = chrdev_open,
};
