/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_CTYPE_H
#define _LINUX_CTYPE_H

#include <linux/types.h>

/* Like the kernel, counts the letters of Latin-1 as letters. */
static inline int isdigit(int c)
{
	return c >= '0' && c <= '9';
}

static inline int isupper(int c)
{
	unsigned char u = (unsigned char)c;

	return (u >= 'A' && u <= 'Z') || (u >= 0xc0 && u <= 0xde && u != 0xd7);
}

static inline int islower(int c)
{
	unsigned char u = (unsigned char)c;

	return (u >= 'a' && u <= 'z') || (u >= 0xdf && u != 0xf7);
}

static inline int isalpha(int c)
{
	return isupper(c) || islower(c);
}

static inline int isalnum(int c)
{
	return isalpha(c) || isdigit(c);
}

static inline int isspace(int c)
{
	unsigned char u = (unsigned char)c;

	return u == ' ' || (u >= '\t' && u <= '\r') || u == 0xa0;
}

static inline int isprint(int c)
{
	unsigned char u = (unsigned char)c;

	return (u >= ' ' && u <= '~') || u >= 0xa0;
}

static inline int isxdigit(int c)
{
	return isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Named as in Linux: in the library, callers of libc's functions would find these instead. */
static inline char __tolower(char c)
{
	return isupper(c) ? (char)(c + ('a' - 'A')) : c;
}

static inline char __toupper(char c)
{
	return islower(c) ? (char)(c - ('a' - 'A')) : c;
}

#define tolower(c) __tolower(c)
#define toupper(c) __toupper(c)

#endif /* _LINUX_CTYPE_H */
