// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files whose contents are generated when they are read. Models: fs/seq_file.c.
 *
 * Deviation: the first read, and each read after a seek to the start, generates the whole text.
 * The kernel generates it piece by piece.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mount.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <trace/refusal.h>

#define SEQ_BUF_MAX (1U << 20)

/**
 * seq_open() - ->open() of a seq_file.
 *
 * Models: fs/seq_file.c:seq_open().
 */
int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	p->op = op;
	p->file = file;
	file->private_data = p;
	file->f_mode &= ~FMODE_PWRITE;
	return 0;
}

/**
 * seq_release() - ->release() of a seq_file.
 *
 * Models: fs/seq_file.c:seq_release().
 */
int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kfree(m->buf);
	kfree(m);
	return 0;
}

/* Generates the text once; sets @overflow if the buffer was too small. */
static int seq_fill(struct seq_file *m, bool *overflow)
{
	loff_t pos = 0;
	void *p = m->op->start(m, &pos);
	int err = 0;

	m->count = 0;
	while (p) {
		size_t before = m->count;

		err = m->op->show(m, p);
		if (err < 0)
			break;
		if (err)
			m->count = before;
		err = 0;
		if (seq_has_overflowed(m))
			break;
		p = m->op->next(m, p, &pos);
	}
	m->op->stop(m, p);
	*overflow = seq_has_overflowed(m);
	return err;
}

static int seq_make(struct seq_file *m)
{
	bool overflow;
	int err;

	if (!m->buf) {
		m->size = PAGE_SIZE;
		m->buf = kmalloc(m->size, GFP_KERNEL);
	}
	while (m->buf) {
		err = seq_fill(m, &overflow);
		if (err || !overflow)
			return err;
		kfree(m->buf);
		m->buf = NULL;
		m->size *= 2;
		if (m->size <= SEQ_BUF_MAX)
			m->buf = kmalloc(m->size, GFP_KERNEL);
	}
	return -ENOMEM;
}

/**
 * seq_read() - ->read() of a seq_file.
 *
 * Models: fs/seq_file.c:seq_read().
 */
ssize_t seq_read(struct file *file, char __user *buf, size_t size, loff_t *ppos)
{
	struct seq_file *m = file->private_data;
	int err;

	if (!size)
		return 0;
	if (!*ppos || !m->buf) {
		err = seq_make(m);
		if (err)
			return err;
	}
	return simple_read_from_buffer(buf, size, ppos, m->buf, m->count);
}

/**
 * seq_lseek() - ->llseek() of a seq_file.
 *
 * Models: fs/seq_file.c:seq_lseek().
 */
loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek(file, offset, whence);
}

static void *single_start(struct seq_file *m, loff_t *pos)
{
	return m;
}

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m, void *v)
{
}

/* Operations of a seq_file with a single record. */
struct single_ops {
	struct seq_operations op;
};

/**
 * single_open() - ->open() of a seq_file with a single record.
 * @file: the file
 * @show: generates the text
 * @data: for m->private
 *
 * Models: fs/seq_file.c:single_open().
 */
int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data)
{
	struct single_ops *ops = kzalloc(sizeof(*ops), GFP_KERNEL);
	int err;

	if (!ops)
		return -ENOMEM;
	ops->op.start = single_start;
	ops->op.next = single_next;
	ops->op.stop = single_stop;
	ops->op.show = show;
	err = seq_open(file, &ops->op);
	if (err)
		kfree(ops);
	else
		((struct seq_file *)file->private_data)->private = data;
	return err;
}

/**
 * single_release() - ->release() of a seq_file with a single record.
 *
 * Models: fs/seq_file.c:single_release().
 */
int single_release(struct inode *inode, struct file *file)
{
	const struct seq_operations *op = ((struct seq_file *)file->private_data)->op;

	seq_release(inode, file);
	kfree(op);
	return 0;
}

/**
 * seq_write() - Append bytes.
 *
 * Models: fs/seq_file.c:seq_write().
 */
int seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (m->count + len < m->size) {
		memcpy(m->buf + m->count, data, len);
		m->count += len;
		return 0;
	}
	m->count = m->size;
	return -1;
}

/** seq_puts() - Append a string. */
void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

/** seq_putc() - Append a character. */
void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

/** seq_printf() - Append formatted text. */
void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;
	size_t len;

	if (m->count >= m->size)
		return;
	va_start(args, fmt);
	len = vsnprintf(m->buf + m->count, m->size - m->count, fmt, args);
	va_end(args);
	if (m->count + len < m->size)
		m->count += len;
	else
		m->count = m->size;
}

/** seq_put_decimal_ull() - Append a delimiter and a number. */
void seq_put_decimal_ull(struct seq_file *m, const char *delimiter, unsigned long long num)
{
	seq_printf(m, "%s%llu", delimiter, num);
}

/**
 * seq_escape() - Append a string, with some characters as octal escapes.
 * @m: the seq_file
 * @s: the string
 * @esc: the characters to escape
 *
 * Models: fs/seq_file.c:seq_escape().
 */
void seq_escape(struct seq_file *m, const char *s, const char *esc)
{
	for (; *s; s++) {
		if (strchr(esc, *s))
			seq_printf(m, "\\%03o", (unsigned char)*s);
		else
			seq_putc(m, *s);
	}
}

/**
 * seq_show_option() - Append a mount option.
 *
 * Models: include/linux/seq_file.h:seq_show_option().
 */
void seq_show_option(struct seq_file *m, const char *name, const char *value)
{
	seq_putc(m, ',');
	seq_escape(m, name, ",= \t\n\\");
	if (value) {
		seq_putc(m, '=');
		seq_escape(m, value, ", \t\n\\");
	}
}

static int seq_path_text(struct seq_file *m, const char *text, const char *esc)
{
	if (IS_ERR(text))
		return PTR_ERR(text);
	seq_escape(m, text, esc);
	return 0;
}

/**
 * seq_path() - Append a path as the current task sees it.
 *
 * Models: fs/seq_file.c:seq_path().
 */
int seq_path(struct seq_file *m, const struct path *path, const char *esc)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOMEM;
	err = seq_path_text(m, d_path(path, buf, PATH_MAX), esc);
	kfree(buf);
	return err;
}

/**
 * seq_path_root() - Append a path relative to a root.
 *
 * Models: fs/seq_file.c:seq_path_root().
 *
 * Return: SEQ_SKIP if the path is not below the root.
 */
int seq_path_root(struct seq_file *m, const struct path *path, const struct path *root,
		  const char *esc)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *text;
	int err;

	if (!buf)
		return -ENOMEM;
	text = __d_path(path, root, buf, PATH_MAX);
	err = text ? seq_path_text(m, text, esc) : SEQ_SKIP;
	kfree(buf);
	return err;
}

/**
 * seq_dentry() - Append a path relative to the root of its filesystem.
 *
 * Models: fs/seq_file.c:seq_dentry().
 */
int seq_dentry(struct seq_file *m, struct dentry *dentry, const char *esc)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOMEM;
	err = seq_path_text(m, dentry_path(dentry, buf, PATH_MAX), esc);
	kfree(buf);
	return err;
}

/**
 * seq_user_ns() - Get the user namespace of the opener.
 *
 * Models: include/linux/seq_file.h:seq_user_ns().
 */
struct user_namespace *seq_user_ns(struct seq_file *m)
{
	return m->file->f_cred->user_ns;
}
