// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parsing numbers with the kernel's rules: an optional plus sign, then digits up to the end or to
 * a final newline. Mount options and id maps use these functions, so their corner cases are part
 * of the model (OP-06, OP-07).
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>

#define OVERFLOW (1U << 31)

/* Base 0 detects the prefix; "0x" is only a prefix if a hex digit follows. */
static const char *fixup_radix(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && tolower(s[1]) == 'x';

	if (*base == 0) {
		if (s[0] != '0')
			*base = 10;
		else
			*base = hex && isxdigit(s[2]) ? 16 : 8;
	}
	return *base == 16 && hex ? s + 2 : s;
}

/* Returns the number of digits, with OVERFLOW set if the value does not fit. */
static unsigned int parse_integer(const char *s, unsigned int base, unsigned long long *res)
{
	unsigned int n = 0, overflow = 0;

	*res = 0;
	for (;; n++) {
		char c = tolower(s[n]);
		unsigned int digit;

		if (isdigit(c))
			digit = (unsigned int)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned int)(c - 'a') + 10;
		else
			break;
		if (digit >= base)
			break;
		if (*res > (ULLONG_MAX - digit) / base)
			overflow = OVERFLOW;
		*res = *res * base + digit;
	}
	return n | overflow;
}

static int parse_unsigned(const char *s, unsigned int base, unsigned long long *res)
{
	unsigned long long value;
	unsigned int n;

	s = fixup_radix(s, &base);
	n = parse_integer(s, base, &value);
	if (n & OVERFLOW)
		return -ERANGE;
	if (n == 0)
		return -EINVAL;
	s += n;
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	*res = value;
	return 0;
}

/**
 * kstrtoull() - Parse an unsigned number.
 * @s: string
 * @base: 0 (by prefix), 8, 10 or 16
 * @res: the number; unchanged on error
 *
 * Models: lib/kstrtox.c:kstrtoull() (6.9..). A number that is too large is -ERANGE even if other
 * characters follow.
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	if (*s == '+')
		s++;
	return parse_unsigned(s, base, res);
}

/**
 * kstrtoll() - Parse a signed number.
 * @s: string
 * @base: 0 (by prefix), 8, 10 or 16
 * @res: the number; unchanged on error
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int kstrtoll(const char *s, unsigned int base, long long *res)
{
	unsigned long long value;
	int err;

	if (*s == '-') {
		err = parse_unsigned(s + 1, base, &value);
		if (err)
			return err;
		if (value > 1ULL << 63)
			return -ERANGE;
		*res = (long long)(0 - value);
		return 0;
	}
	err = kstrtoull(s, base, &value);
	if (err)
		return err;
	if (value > LLONG_MAX)
		return -ERANGE;
	*res = (long long)value;
	return 0;
}

int kstrtou64(const char *s, unsigned int base, u64 *res)
{
	return kstrtoull(s, base, res);
}

int kstrtos64(const char *s, unsigned int base, s64 *res)
{
	return kstrtoll(s, base, res);
}

/** kstrtouint() - kstrtoull() for 32 bits; -ERANGE if the number does not fit. */
int kstrtouint(const char *s, unsigned int base, unsigned int *res)
{
	unsigned long long value;
	int err = kstrtoull(s, base, &value);

	if (err)
		return err;
	if (value > UINT_MAX)
		return -ERANGE;
	*res = (unsigned int)value;
	return 0;
}

/** kstrtoint() - kstrtoll() for 32 bits; -ERANGE if the number does not fit. */
int kstrtoint(const char *s, unsigned int base, int *res)
{
	long long value;
	int err = kstrtoll(s, base, &value);

	if (err)
		return err;
	if (value != (int)value)
		return -ERANGE;
	*res = (int)value;
	return 0;
}

/**
 * simple_strtoull() - Parse digits up to the first other character.
 * @s: string
 * @end: set to the first other character, or NULL
 * @base: 0, 8, 10 or 16
 *
 * A number that is too large wraps silently, which is visible in id maps.
 */
unsigned long long simple_strtoull(const char *s, char **end, unsigned int base)
{
	unsigned long long value;

	s = fixup_radix(s, &base);
	s += parse_integer(s, base, &value) & ~OVERFLOW;
	if (end)
		*end = (char *)s;
	return value;
}

unsigned long simple_strtoul(const char *s, char **end, unsigned int base)
{
	return (unsigned long)simple_strtoull(s, end, base);
}
