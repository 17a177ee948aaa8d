/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TESTS_KUNIT_H
#define _TESTS_KUNIT_H

/*
 * A minimal test harness with KUnit's names. A test file has functions that use KUNIT_EXPECT_*,
 * and ends with KUNIT_SUITE(name, f, g, ...). That defines main(), which prints failures and
 * returns their number. The first lines may name the files to link: see run.mjs.
 */

int printf(const char *format, ...) __attribute__((__format__(printf, 1, 2)));

struct kunit {
	const char *test;
	int checks;
	int failures;
};

static struct kunit kunit;

static void kunit_eq(const char *file, int line, const char *what, long long left,
		     long long right)
{
	kunit.checks++;
	if (left == right)
		return;
	kunit.failures++;
	printf("%s:%d: %s: %s: %lld is not %lld\n", file, line, kunit.test, what, left, right);
}

static __attribute__((__unused__)) void kunit_streq(const char *file, int line, const char *left,
						    const char *right)
{
	const char *a = left, *b = right;

	kunit.checks++;
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return;
	kunit.failures++;
	printf("%s:%d: %s: \"%s\" is not \"%s\"\n", file, line, kunit.test, left, right);
}

#define KUNIT_EXPECT_EQ(left, right) \
	kunit_eq(__FILE__, __LINE__, #left, (long long)(left), (long long)(right))
#define KUNIT_EXPECT_TRUE(what) KUNIT_EXPECT_EQ(!!(what), 1)
#define KUNIT_EXPECT_FALSE(what) KUNIT_EXPECT_EQ(!!(what), 0)
#define KUNIT_EXPECT_STREQ(left, right) kunit_streq(__FILE__, __LINE__, left, right)

struct kunit_case {
	const char *name;
	void (*run)(void);
};

#define KUNIT_CASE(f) { #f, f }
#define KUNIT_SUITE(suite, cases...) \
	int main(void); \
	int main(void) \
	{ \
		static const struct kunit_case list[] = { cases }; \
		unsigned long i; \
		for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) { \
			kunit.test = list[i].name; \
			list[i].run(); \
		} \
		printf("%s: %lu cases, %d checks, %d failures\n", #suite, i, kunit.checks, \
		       kunit.failures); \
		return kunit.failures ? 1 : 0; \
	}

#endif /* _TESTS_KUNIT_H */
