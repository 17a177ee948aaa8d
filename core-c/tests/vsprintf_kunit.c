// SPDX-License-Identifier: GPL-2.0-only
/* Compares formatted output with libc's. */
#include <linux/sprintf.h>
#include <linux/string.h>

#include "kunit.h"

#undef snprintf
int snprintf(char *buf, size_t size, const char *format, ...);

#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"

#define SAME(fmt, args...) \
	do { \
		char ours[64], theirs[64]; \
		int a = kernel_snprintf(ours, sizeof(ours), fmt, ##args); \
		int b = snprintf(theirs, sizeof(theirs), fmt, ##args); \
		kunit.test = fmt; \
		KUNIT_EXPECT_EQ(a, b); \
		KUNIT_EXPECT_STREQ(ours, theirs); \
	} while (0)

static void like_libc(void)
{
	/* hides NULL from gcc, which would report undefined behaviour */
	const char *volatile nothing = NULL;

	SAME("%d %i %u", -5, 7, 4000000000u);
	SAME("%10u %10u %10u", 0u, 1000u, 1u);
	SAME("%-6d|", 42);
	SAME("%06d|%+d|% d", -42, 42, 42);
	SAME("%x %X %#x %o %#o", 255, 255, 255, 8, 8);
	SAME("0x%llx %lld %llu", 0xffffffffffffffffULL, -1LL, ~0ULL);
	SAME("%lx %ld %lu", 255L, -3L, 9UL);
	SAME("%zu %zd", (size_t)12, (ssize_t)-12);
	SAME("%hhx %hx", 0x1ff, 0x1ffff);
	SAME("%s|%5s|%-5s|%.2s|%.*s", "abc", "ab", "ab", "abcdef", 3, "abcdef");
	SAME("%c%c%%", 'a', 'b');
	SAME("%08llx|%16llx", 0x1234ULL, 0x1234ULL);
	SAME("%.3d|%5.3d|%-8.3dx", 5, 5, 5);
	SAME("%*d|%-*d|", 5, 1, 5, 1);
	SAME("%5c|%-5c|", 'a', 'b');
	SAME("%*s|", -5, "ab");
	SAME("%#X %#o %#x|%-#8x|", 255, 0, 1, 8);
	SAME("%hd %hu %hhd %hhu", 0x18000, 0x18000, 0x180, 0x180);
	SAME("%td", (ssize_t)-5);
	SAME("%s", nothing);
	SAME("pos:\t%lli\nflags:\t0%o\n", 0LL, 02100002);
}

static void truncated(void)
{
	char buf[4] = "zzz";

	KUNIT_EXPECT_EQ(kernel_snprintf(buf, 4, "%s", "abcdef"), 6);
	KUNIT_EXPECT_STREQ(buf, "abc");
	KUNIT_EXPECT_EQ(kernel_snprintf(buf, 1, "%s", "abcdef"), 6);
	KUNIT_EXPECT_STREQ(buf, "");
	KUNIT_EXPECT_EQ(kernel_snprintf(NULL, 0, "%d", 1234), 4);
	KUNIT_EXPECT_EQ(scnprintf(buf, 4, "%s", "abcdef"), 3);
	KUNIT_EXPECT_EQ(scnprintf(buf, 0, "%s", "abcdef"), 0);
}

/* Cases that libc formats differently or not at all. */
static void unlike_libc(void)
{
	char buf[16];

	KUNIT_EXPECT_EQ(kernel_snprintf(buf, sizeof(buf), "%p", (void *)0x1f), 2);
	KUNIT_EXPECT_STREQ(buf, "1f");
	KUNIT_EXPECT_EQ(kernel_snprintf(buf, sizeof(buf), "a%q"), 3);
	KUNIT_EXPECT_STREQ(buf, "a%q");
	KUNIT_EXPECT_EQ(kernel_snprintf(buf, sizeof(buf), "a%"), 1);
	KUNIT_EXPECT_STREQ(buf, "a");
}

KUNIT_SUITE(vsprintf, KUNIT_CASE(unlike_libc), KUNIT_CASE(like_libc), KUNIT_CASE(truncated))
