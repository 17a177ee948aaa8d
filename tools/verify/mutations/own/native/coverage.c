// SPDX-License-Identifier: MIT
/*
 * Linked into a native program that tests run once: writes one byte for each
 * basic block that ran into the file MAP, which all processes share. The file
 * is mapped at the first block, before the program gives up its rights.
 */
#include <asm/unistd.h>

enum { O_RDWR_ = 2, O_CLOEXEC_ = 02000000, READ_WRITE = 3, SHARED = 1, AT_FDCWD_ = -100 };

static unsigned char *blocks;
static int tried;

static long call(long nr, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	long out;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(out)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return out;
#else
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
#endif
}

void __sanitizer_cov_trace_pc(void)
{
	unsigned long at = (unsigned long)__builtin_return_address(0) - TEXT;

	if (!blocks) {
		/* A test may leave no memory or no file descriptor for it: each block would try again. */
		if (tried)
			return;
		tried = 1;
		long fd = call(__NR_openat, AT_FDCWD_, (long)MAP, O_RDWR_ | O_CLOEXEC_, 0, 0, 0);
		long where = fd < 0 ? fd : call(__NR_mmap, 0, SIZE, READ_WRITE, SHARED, fd, 0);

		if (fd >= 0)
			call(__NR_close, fd, 0, 0, 0, 0, 0);
		if (where < 0 && where > -4096)
			return;
		blocks = (unsigned char *)where;
	}
	if (at < SIZE)
		blocks[at] = 1;
}
