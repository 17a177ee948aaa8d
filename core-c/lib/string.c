// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strings and memory. A native build uses libc's functions where they have the same name and
 * meaning, because sanitizers check them.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

typedef u64 __attribute__((may_alias, aligned(1))) word_t;

#ifndef CONFIG_NATIVE

#undef memcpy
#undef memmove
#undef memset

void *memcpy(void *to, const void *from, size_t n)
{
	char *d = to;
	const char *s = from;

	for (; n >= sizeof(word_t); n -= sizeof(word_t)) {
		*(word_t *)d = *(const word_t *)s;
		d += sizeof(word_t);
		s += sizeof(word_t);
	}
	while (n--)
		*d++ = *s++;
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	char *d = to;
	const char *s = from;

	if (d <= s || d >= s + n)
		return memcpy(to, from, n);
	while (n--)
		d[n] = s[n];
	return to;
}

void *memset(void *s, int c, size_t n)
{
	u64 pattern = 0x0101010101010101ULL * (u8)c;
	char *d = s;

	for (; n >= sizeof(word_t); n -= sizeof(word_t)) {
		*(word_t *)d = pattern;
		d += sizeof(word_t);
	}
	while (n--)
		*d++ = (char)c;
	return s;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n; n--, p++)
		if (*p == (u8)c)
			return (void *)p;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end)
		end++;
	return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t n)
{
	size_t len = 0;

	while (len < n && s[len])
		len++;
	return len;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

int strcasecmp(const char *a, const char *b)
{
	while (*a && tolower(*a) == tolower(*b)) {
		a++;
		b++;
	}
	return (u8)tolower(*a) - (u8)tolower(*b);
}

int strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (tolower(*a) != tolower(*b) || !*a)
			return (u8)tolower(*a) - (u8)tolower(*b);
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

char *strstr(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (; *s || !n; s++)
		if (!strncmp(s, what, n))
			return (char *)s;
	return NULL;
}

char *strcpy(char *to, const char *from)
{
	memcpy(to, from, strlen(from) + 1);
	return to;
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}

char *strsep(char **s, const char *ct)
{
	char *begin = *s, *end;

	if (!begin)
		return NULL;
	end = begin + strcspn(begin, ct);
	*s = *end ? end + 1 : NULL;
	*end = '\0';
	return begin;
}

#endif /* !CONFIG_NATIVE */

/**
 * memchr_inv() - Find the first byte that is not @c; NULL if there is none.
 * @s: memory
 * @c: the expected byte
 * @n: number of bytes
 */
void *memchr_inv(const void *s, int c, size_t n)
{
	u64 pattern = 0x0101010101010101ULL * (u8)c;
	const u8 *p = s;

	for (; n >= sizeof(word_t) && *(const word_t *)p == pattern; n -= sizeof(word_t))
		p += sizeof(word_t);
	for (; n; n--, p++)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

/** strchrnul() - Like strchr(), but returns the end of @s if @c is not found. */
char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

/**
 * sized_strscpy() - Copy a string into a buffer, always terminated.
 * @to: buffer
 * @from: string
 * @n: size of the buffer
 *
 * Return: length of the copy, or -E2BIG if it was truncated.
 */
ssize_t sized_strscpy(char *to, const char *from, size_t n)
{
	size_t len;

	if (!n)
		return -E2BIG;
	len = strnlen(from, n);
	if (len == n) {
		memcpy(to, from, n - 1);
		to[n - 1] = '\0';
		return -E2BIG;
	}
	memcpy(to, from, len + 1);
	return (ssize_t)len;
}

/** strscpy_pad() - Like sized_strscpy(), and zero-fills the rest of the buffer. */
ssize_t strscpy_pad(char *to, const char *from, size_t n)
{
	ssize_t len = sized_strscpy(to, from, n);

	if (len >= 0)
		memset(to + len, 0, n - (size_t)len);
	return len;
}

/** skip_spaces() - Get the first character of @s that is not white space. */
char *skip_spaces(const char *s)
{
	while (isspace(*s))
		s++;
	return (char *)s;
}

/** strim() - Remove white space from both ends; modifies @s. */
char *strim(char *s)
{
	size_t len = strlen(s);

	while (len && isspace(s[len - 1]))
		len--;
	s[len] = '\0';
	return skip_spaces(s);
}

/**
 * match_string() - Get the index of @string in an array, or -EINVAL.
 * @array: strings; NULL ends it
 * @n: maximum number of strings
 * @string: the string
 */
int match_string(const char *const *array, size_t n, const char *string)
{
	size_t i;

	for (i = 0; i < n && array[i]; i++)
		if (!strcmp(array[i], string))
			return (int)i;
	return -EINVAL;
}

/** str_has_prefix() - Return the length of @prefix if @s begins with it, else 0. */
size_t str_has_prefix(const char *s, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(s, prefix, len) ? 0 : len;
}
