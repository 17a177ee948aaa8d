/* SPDX-License-Identifier: MIT */
@includes@
#include <stddef.h>
int printf(const char *, ...);

int main(void)
{
@rows@
}
