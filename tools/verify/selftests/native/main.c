// SPDX-License-Identifier: MIT
/*
 * Runs one subtest of the kernel's selftests of tokens, in place of test_progs. Without
 * an argument it prints the names of the subtests.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void test_token(void);

static const char *wanted;
static bool failed;

bool test__start_subtest(const char *name)
{
	if (wanted)
		return !strcmp(name, wanted);
	puts(name);
	return false;
}

void test__fail(void)
{
	failed = true;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	wanted = argc > 1 ? argv[1] : NULL;
	test_token();
	return failed;
}
