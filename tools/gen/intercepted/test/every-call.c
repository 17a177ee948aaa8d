// SPDX-License-Identifier: MIT
/*
 * Tries every number of a system call under the filter of the interceptor, and prints which it reports. A second
 * filter stops all others: without a tracer, a call that is to be traced is not made and returns ENOSYS. With
 * the argument "filter", prints the instructions of the filter in hexadecimal digits instead.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "interceptor/filter.c"
#include "intercepted/calls.c"

/* Beyond the numbers of all machines, and the errno of a call that was reported. */
enum { NUMBERS = 1024, REPORTED = 4000 };
/* Linux lets no filter see these: the calls of probes of x86-64, which end a process that is not probed. */
enum { FIRST_UNSEEN = 335, LAST_UNSEEN = 336 };
enum { SPACES = 2, TRIES = 4 };

static const struct {
	const char *name;
	long args[6];
} tries[TRIES] = {
	{ "zero", { 0 } },
	{ "ones", { -1, -1, -1, -1, -1, -1 } },
	{ "attach", { 0, 0, SO_ATTACH_BPF } },
	{ "attach to many", { 0, 0, SO_ATTACH_REUSEPORT_EBPF } },
};
static const long starts[SPACES] = { 0, FIRST_OF_X32 };

static long answers[TRIES][SPACES][NUMBERS];
static long listener;
static int done;

long mini_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret = syscall(nr, a, b, c, d, e, f);

	return ret < 0 ? -errno : ret;
}

static bool is_seen(long nr)
{
#ifdef __x86_64__
	return nr < FIRST_UNSEEN || nr > LAST_UNSEEN;
#else
	(void)nr;
	return true;
#endif
}

static long stop_others(void)
{
	struct sock_filter trace = STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	struct sock_fprog filter = { .len = 1, .filter = &trace };

	return SYS(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

static void *try_all(void *unused)
{
	long made = install_filter();

	/* Without both filters, no call is tried. */
	if (made >= 0 && stop_others() < 0)
		made = -MINI_EINVAL;
	__atomic_store_n(&listener, made, __ATOMIC_SEQ_CST);
	for (int i = 0; made >= 0 && i < TRIES; i++)
		for (int space = 0; space < SPACES; space++)
			for (long nr = 0; nr < NUMBERS; nr++) {
				const long *args = tries[i].args;

				if (!is_seen(nr))
					continue;
				answers[i][space][nr] = SYS(starts[space] + nr, args[0], args[1], args[2],
							    args[3], args[4], args[5]);
			}
	__atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
	/* Its end would be a call. */
	while (made >= 0)
		;
	return unused;
}

/* Answers what the filter reports until all was tried. */
static void answer_all(void)
{
	while (!__atomic_load_n(&done, __ATOMIC_SEQ_CST)) {
		struct pollfd polled = { .fd = (int)listener, .events = POLLIN };
		struct seccomp_notif got = { 0 };
		struct seccomp_notif_resp answer = { .error = -REPORTED };

		if (poll(&polled, 1, 10) < 1 || ioctl((int)listener, SECCOMP_IOCTL_NOTIF_RECV, &got))
			continue;
		answer.id = got.id;
		ioctl((int)listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

static void print_all(void)
{
	printf("{");
	for (int i = 0; i < TRIES; i++) {
		const char *comma = "";

		printf("%s\"%s\": [", i ? ", " : "", tries[i].name);
		for (int space = 0; space < SPACES; space++)
			for (long nr = 0; nr < NUMBERS; nr++) {
				if (answers[i][space][nr] == -ENOSYS || !is_seen(nr))
					continue;
				/* Neither reported nor stopped: it was made. */
				if (answers[i][space][nr] != -REPORTED)
					fprintf(stderr, "made: %ld\n", starts[space] + nr);
				printf("%s%ld", comma, starts[space] + nr);
				comma = ", ";
			}
		printf("]");
	}
	printf("}\n");
}

static int print_filter(void)
{
	struct sock_filter insns[MOST_INTERCEPTED + START_SIZE + 1 + END_SIZE];
	size_t size = write_filter(insns) * sizeof(insns[0]);

	for (size_t i = 0; i < size; i++)
		printf("%02x", ((const unsigned char *)insns)[i]);
	printf("\n");
	return 0;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc > 1 && !strcmp(argv[1], "filter"))
		return print_filter();
	if (pthread_create(&thread, NULL, try_all, NULL))
		return 1;
	while (!__atomic_load_n(&listener, __ATOMIC_SEQ_CST))
		;
	if (listener < 0) {
		fprintf(stderr, "no filter: %s\n", strerror(-(int)listener));
		return 3;
	}
	answer_all();
	print_all();
	/* Ends the other thread too. */
	_exit(fflush(stdout));
}
