// SPDX-License-Identifier: GPL-2.0-only
/* LINK: lib/kstrtox.c */
/* Parsing numbers: OP-06 and OP-07 of the specification, and similar cases. */
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>

#include "kunit.h"

#define UNTOUCHED 0x1234567812345678ULL

static void good(const char *s, unsigned int base, u64 expected)
{
	u64 value = UNTOUCHED;

	kunit.test = s;
	KUNIT_EXPECT_EQ(kstrtou64(s, base, &value), 0);
	KUNIT_EXPECT_EQ(value, expected);
}

static void bad(const char *s, unsigned int base, int err)
{
	u64 value = UNTOUCHED;

	kunit.test = s;
	KUNIT_EXPECT_EQ(kstrtou64(s, base, &value), err);
	KUNIT_EXPECT_EQ(value, UNTOUCHED);
}

static void unsigned_numbers(void)
{
	good("0", 0, 0);
	good("10", 0, 10);
	good("+10", 0, 10);
	good("010", 0, 8);
	good("0x10", 0, 16);
	good("0X1f", 0, 31);
	good("0xABcd", 0, 0xabcd);
	good("10\n", 0, 10);
	good("+0x10\n", 0, 16);
	good("18446744073709551615", 0, U64_MAX);
	good("0xffffffffffffffff", 0, U64_MAX);
	good("01777777777777777777777", 0, U64_MAX);
	good("00000000000000000000000000000000001", 0, 1);
	good("10", 16, 16);
	good("0x10", 16, 16);
	good("755", 8, 0755);
}

static void refused_numbers(void)
{
	bad("", 0, -EINVAL);
	bad("\n", 0, -EINVAL);
	bad("+", 0, -EINVAL);
	bad("-1", 0, -EINVAL);
	bad("+-1", 0, -EINVAL);
	bad("++1", 0, -EINVAL);
	bad(" 1", 0, -EINVAL);
	bad("1 ", 0, -EINVAL);
	bad("1\n\n", 0, -EINVAL);
	bad("0x", 0, -EINVAL);
	bad("0xg", 0, -EINVAL);
	bad("08", 0, -EINVAL);
	bad("0b1", 0, -EINVAL);
	bad("1a", 0, -EINVAL);
	bad("any", 0, -EINVAL);
	bad("18446744073709551616", 0, -ERANGE);
	bad("0x10000000000000000", 0, -ERANGE);
	/* ERANGE takes precedence over invalid characters */
	bad("99999999999999999999999x", 0, -ERANGE);
	bad("8", 8, -EINVAL);
}

static void signed_and_narrow_numbers(void)
{
	unsigned int u = 7;
	long long v = 7;
	int i = 7;

	KUNIT_EXPECT_EQ(kstrtoll("-9223372036854775808", 0, &v), 0);
	KUNIT_EXPECT_EQ(v, LLONG_MIN);
	KUNIT_EXPECT_EQ(kstrtoll("-9223372036854775809", 0, &v), -ERANGE);
	KUNIT_EXPECT_EQ(kstrtoll("9223372036854775808", 0, &v), -ERANGE);
	KUNIT_EXPECT_EQ(kstrtoll("-+1", 0, &v), -EINVAL);
	KUNIT_EXPECT_EQ(kstrtouint("4294967295", 0, &u), 0);
	KUNIT_EXPECT_EQ(u, UINT_MAX);
	KUNIT_EXPECT_EQ(kstrtouint("4294967296", 0, &u), -ERANGE);
	KUNIT_EXPECT_EQ(kstrtoint("-2147483648", 0, &i), 0);
	KUNIT_EXPECT_EQ(i, INT_MIN);
	KUNIT_EXPECT_EQ(kstrtoint("2147483648", 0, &i), -ERANGE);
}

static void simple_strtoull_stops(void)
{
	char *end;

	KUNIT_EXPECT_EQ(simple_strtoull("12 34", &end, 10), 12);
	KUNIT_EXPECT_EQ(*end, ' ');
	KUNIT_EXPECT_EQ(simple_strtoull("x", &end, 10), 0);
	KUNIT_EXPECT_EQ(*end, 'x');
	KUNIT_EXPECT_EQ((u32)simple_strtoull("4294967297", &end, 10), 1);
	KUNIT_EXPECT_EQ(*end, 0);
}

KUNIT_SUITE(kstrtox, KUNIT_CASE(unsigned_numbers), KUNIT_CASE(refused_numbers),
	    KUNIT_CASE(signed_and_narrow_numbers), KUNIT_CASE(simple_strtoull_stops))
