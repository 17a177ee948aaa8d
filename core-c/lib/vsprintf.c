// SPDX-License-Identifier: GPL-2.0-only
/*
 * Formatted output: the subset of the kernel's printf that the core uses. Flags - 0 + space #,
 * width and precision (also *), hh h l ll z; d i u x X o c s p %.
 */
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#define F_LEFT 1
#define F_ZERO 2
#define F_PLUS 4
#define F_SPACE 8
#define F_ALT 16
#define F_SIGNED 32
#define F_UPPER 64

struct spec {
	unsigned int flags;
	int width;
	int precision;		/* -1: none */
	int longs;		/* -2 char, -1 short, 0 int, 1 long, 2 long long, 3 size_t */
	unsigned int base;
};

struct out {
	char *buf;
	size_t size;
	size_t pos;
};

static void put(struct out *o, char c)
{
	if (o->pos < o->size)
		o->buf[o->pos] = c;
	o->pos++;
}

static void put_many(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_string(struct out *o, const char *s, const struct spec *spec)
{
	int len;

	if (!s)
		s = "(null)";
	len = (int)strnlen(s, spec->precision < 0 ? (size_t)-1 >> 1 : (size_t)spec->precision);
	if (!(spec->flags & F_LEFT))
		put_many(o, ' ', spec->width - len);
	for (int i = 0; i < len; i++)
		put(o, s[i]);
	if (spec->flags & F_LEFT)
		put_many(o, ' ', spec->width - len);
}

static char sign_of(unsigned long long *num, const struct spec *spec)
{
	if (!(spec->flags & F_SIGNED))
		return 0;
	if ((long long)*num < 0) {
		*num = 0 - *num;
		return '-';
	}
	if (spec->flags & F_PLUS)
		return '+';
	return spec->flags & F_SPACE ? ' ' : 0;
}

static void put_number(struct out *o, unsigned long long num, const struct spec *spec)
{
	const char *digits = spec->flags & F_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	char sign = sign_of(&num, spec);
	bool hex = spec->flags & F_ALT && spec->base == 16;
	bool octal = spec->flags & F_ALT && spec->base == 8 && num;
	int precision = spec->precision;
	char tmp[24];
	int len = 0, pad;

	do {
		tmp[len++] = digits[num % spec->base];
		num /= spec->base;
	} while (num);
	if (precision < len)
		precision = len;
	pad = spec->width - precision - !!sign - (hex ? 2 : octal);
	if (!(spec->flags & (F_LEFT | F_ZERO)))
		put_many(o, ' ', pad);
	if (sign)
		put(o, sign);
	if (hex) {
		put(o, '0');
		put(o, spec->flags & F_UPPER ? 'X' : 'x');
	}
	if (octal)
		put(o, '0');
	if ((spec->flags & (F_LEFT | F_ZERO)) == F_ZERO)
		put_many(o, '0', pad);
	put_many(o, '0', precision - len);
	while (len)
		put(o, tmp[--len]);
	if (spec->flags & F_LEFT)
		put_many(o, ' ', pad);
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->flags |= F_LEFT;
			continue;
		case '0':
			spec->flags |= F_ZERO;
			continue;
		case '+':
			spec->flags |= F_PLUS;
			continue;
		case ' ':
			spec->flags |= F_SPACE;
			continue;
		case '#':
			spec->flags |= F_ALT;
			continue;
		default:
			return fmt;
		}
	}
}

static const char *parse_int(const char *fmt, int *value)
{
	for (*value = 0; isdigit(*fmt); fmt++)
		*value = *value * 10 + (*fmt - '0');
	return fmt;
}

static const char *parse_length(const char *fmt, struct spec *spec)
{
	if (*fmt == 'z' || *fmt == 't') {
		spec->longs = 3;
		return fmt + 1;
	}
	for (; *fmt == 'h'; fmt++)
		spec->longs--;
	for (; *fmt == 'l'; fmt++)
		spec->longs++;
	return fmt;
}

static unsigned long long next_number(va_list *args, const struct spec *spec)
{
	bool is_signed = spec->flags & F_SIGNED;
	int v;

	switch (spec->longs) {
	case 1:
		return is_signed ? (unsigned long long)(long long)va_arg(*args, long) :
				   va_arg(*args, unsigned long);
	case 2:
		return va_arg(*args, unsigned long long);
	case 3:
		return is_signed ? (unsigned long long)(long long)va_arg(*args, ssize_t) :
				   va_arg(*args, size_t);
	}
	v = va_arg(*args, int);
	if (spec->longs == -1)
		v = is_signed ? (short)v : (unsigned short)v;
	else if (spec->longs < -1)
		v = is_signed ? (signed char)v : (unsigned char)v;
	return is_signed ? (unsigned long long)(long long)v : (unsigned int)v;
}

static void put_char(struct out *o, char c, const struct spec *spec)
{
	if (!(spec->flags & F_LEFT))
		put_many(o, ' ', spec->width - 1);
	put(o, c);
	if (spec->flags & F_LEFT)
		put_many(o, ' ', spec->width - 1);
}

static void put_conversion(struct out *o, char c, struct spec *spec, va_list *args)
{
	switch (c) {
	case 'c':
		put_char(o, (char)va_arg(*args, int), spec);
		return;
	case 's':
		put_string(o, va_arg(*args, const char *), spec);
		return;
	case '%':
		put(o, '%');
		return;
	case 'p':
		spec->base = 16;
		put_number(o, (unsigned long)va_arg(*args, void *), spec);
		return;
	case 'd':
	case 'i':
		spec->flags |= F_SIGNED;
		break;
	case 'u':
		break;
	case 'X':
		spec->flags |= F_UPPER;
		spec->base = 16;
		break;
	case 'x':
		spec->base = 16;
		break;
	case 'o':
		spec->base = 8;
		break;
	default:
		/* unsupported conversion: print it verbatim */
		put(o, '%');
		put(o, c);
		return;
	}
	put_number(o, next_number(args, spec), spec);
}

static const char *parse_spec(const char *fmt, struct spec *spec, va_list *args)
{
	fmt = parse_flags(fmt, spec);
	if (*fmt == '*') {
		spec->width = va_arg(*args, int);
		fmt++;
	} else {
		fmt = parse_int(fmt, &spec->width);
	}
	if (spec->width < 0) {
		spec->width = -spec->width;
		spec->flags |= F_LEFT;
	}
	if (*fmt == '.') {
		if (*++fmt == '*') {
			spec->precision = va_arg(*args, int);
			fmt++;
		} else {
			fmt = parse_int(fmt, &spec->precision);
		}
	}
	return parse_length(fmt, spec);
}

/**
 * vsnprintf() - Format into a buffer.
 * @buf: buffer, may be NULL if @size is 0
 * @size: its size
 * @fmt: format
 * @args: arguments
 *
 * Return: the length of the complete text without NUL, even if it did not fit.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		struct spec spec = { .precision = -1, .base = 10 };

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec, &ap);
		if (!*fmt)
			break;
		put_conversion(&o, *fmt, &spec, &ap);
	}
	va_end(ap);
	if (size)
		buf[o.pos < size ? o.pos : size - 1] = '\0';
	return (int)o.pos;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

/** vscnprintf() - Like vsnprintf(), but returns the number of characters written. */
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int len = vsnprintf(buf, size, fmt, args);

	if ((size_t)len < size)
		return len;
	return size ? (int)size - 1 : 0;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

/** kasprintf() - Format into allocated memory; NULL on failure. */
char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *buf;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	buf = kmalloc((size_t)len + 1, gfp);
	if (!buf)
		return NULL;
	va_start(args, fmt);
	vsnprintf(buf, (size_t)len + 1, fmt, args);
	va_end(args);
	return buf;
}
