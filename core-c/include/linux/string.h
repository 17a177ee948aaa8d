/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_STRING_H
#define _LINUX_STRING_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/types.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *s, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);
char *strcpy(char *to, const char *from);
char *strsep(char **s, const char *ct);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);

/* Not in libc. */
void *memchr_inv(const void *s, int c, size_t n);
char *strchrnul(const char *s, int c);
ssize_t sized_strscpy(char *to, const char *from, size_t n);
ssize_t strscpy_pad(char *to, const char *from, size_t n);
char *skip_spaces(const char *s);
char *strim(char *s);
int match_string(const char *const *array, size_t n, const char *string);
size_t str_has_prefix(const char *s, const char *prefix);

#define __strscpy0(dst, src, ...) sized_strscpy(dst, src, sizeof(dst) + __must_be_array(dst))
#define __strscpy1(dst, src, size) sized_strscpy(dst, src, size)
#define __strscpy_pick(_1, _2, _3, which, ...) which
#define strscpy(dst, src, ...) \
	__strscpy_pick(dst, src, ##__VA_ARGS__, __strscpy1, __strscpy0, 0)(dst, src, ##__VA_ARGS__)

#define memcpy(t, f, n) __builtin_memcpy(t, f, n)
#define memset(s, c, n) __builtin_memset(s, c, n)
#define memmove(t, f, n) __builtin_memmove(t, f, n)

static inline bool strstarts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static inline bool mem_is_zero(const void *s, size_t n)
{
	return !memchr_inv(s, 0, n);
}

static inline const char *kbasename(const char *path)
{
	const char *tail = strrchr(path, '/');

	return tail ? tail + 1 : path;
}

char *kstrdup(const char *s, gfp_t gfp);
char *kstrndup(const char *s, size_t max, gfp_t gfp);
void *kmemdup(const void *src, size_t len, gfp_t gfp);
char *kmemdup_nul(const char *s, size_t len, gfp_t gfp);
void *memdup_user(const void __user *src, size_t len);
void *memdup_user_nul(const void __user *src, size_t len);
char *strndup_user(const char __user *s, long n);
#define kstrdup_const(s, gfp) kstrdup(s, gfp)
#define vmemdup_user(src, len) memdup_user(src, len)

#endif /* _LINUX_STRING_H */
