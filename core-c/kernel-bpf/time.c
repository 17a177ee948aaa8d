// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time, timers and random numbers. Stands in for kernel/time/, kernel/sched/clock.c and
 * drivers/char/random.c. The host answers for the clock. Random numbers are the same in every run.
 */
#include <linux/hrtimer.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/sched/clock.h>
#include <linux/time.h>
#include <linux/timekeeping.h>

#include "glue.h"

static u64 seed = 88172645463325252ull;
static bool seeded;

/* Another sequence of random numbers, also for programs that are loaded later. */
EXPORT(kernel_seed) void kernel_seed(u32 number)
{
	seed = 88172645463325252ull ^ ((u64)number << 32 | number);
	seeded = true;
}

u32 get_random_u32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

void get_random_bytes(void *b, size_t n)
{
	u8 *at = b;

	memset(b, 7, n);
	while (seeded && n--)
		*at++ = get_random_u32();
}

u64 sched_clock(void)
{
	return host_now();
}

u64 notrace ktime_get_mono_fast_ns(void)
{
	return host_now();
}

u64 notrace ktime_get_boot_fast_ns(void)
{
	return host_now();
}

u64 notrace ktime_get_tai_fast_ns(void)
{
	return host_now();
}

ktime_t ktime_get(void)
{
	return host_now();
}

void ktime_get_coarse_ts64(struct timespec64 *t)
{
	u64 n = host_now();
	t->tv_sec = n / 1000000000;
	t->tv_nsec = n % 1000000000;
}

ktime_t ktime_get_with_offset(enum tk_offsets o)
{
	return 0;
}

void ktime_get_coarse_real_ts64(struct timespec64 *t)
{
	t->tv_sec = 1;
	t->tv_nsec = 0;
}

time64_t ktime_get_real_seconds(void)
{
	return 1;
}

void ktime_get_coarse_real_ts64_mg(struct timespec64 *t)
{
	t->tv_sec = 1;
	t->tv_nsec = 0;
}

#if SINCE_7
void hrtimer_setup(struct hrtimer *t, enum hrtimer_restart (*f)(struct hrtimer *), clockid_t c,
		   enum hrtimer_mode m)
{
	memset(t, 0, sizeof(*t));
}
#else
void hrtimer_init(struct hrtimer *t, clockid_t c, enum hrtimer_mode m)
{
	memset(t, 0, sizeof(*t));
}
#endif

int hrtimer_cancel(struct hrtimer *t)
{
	return 0;
}

/* Stands in for lib/once.c. */

bool __do_once_start(bool *d, unsigned long *f)
{
	return !*d;
}

void __do_once_done(bool *d, struct static_key_true *k, unsigned long *f, struct module *m)
{
	*d = true;
}

#if SINCE_7
void ktime_get_real_ts64(struct timespec64 *t)
{
	ktime_get_coarse_real_ts64(t);
}

void ktime_get_real_ts64_mg(struct timespec64 *t)
{
	ktime_get_coarse_real_ts64(t);
}

void set_normalized_timespec64(struct timespec64 *t, time64_t seconds, s64 nanoseconds)
{
	while (nanoseconds >= NSEC_PER_SEC) {
		nanoseconds -= NSEC_PER_SEC;
		seconds++;
	}
	while (nanoseconds < 0) {
		nanoseconds += NSEC_PER_SEC;
		seconds--;
	}
	t->tv_sec = seconds;
	t->tv_nsec = nanoseconds;
}
#endif
