// SPDX-License-Identifier: GPL-2.0-only
/* Kernel library functions: strings, memory and deferred work. */
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/workqueue.h>

#include "host.h"
#include "kunit.h"

static void strings(void)
{
	static const char *const list[] = { "one", "two", NULL, "three" };
	char buf[8] = "xxxxxxx", spaces[] = "  a b \n", nothing[] = "  ";

	KUNIT_EXPECT_EQ(sized_strscpy(buf, "abc", 0), -E2BIG);
	KUNIT_EXPECT_EQ(sized_strscpy(buf, "abc", 3), -E2BIG);
	KUNIT_EXPECT_STREQ(buf, "ab");
	KUNIT_EXPECT_EQ(strscpy_pad(buf, "abc", sizeof(buf)), 3);
	KUNIT_EXPECT_EQ(memcmp(buf, "abc\0\0\0\0", 8), 0);
	KUNIT_EXPECT_EQ(strscpy_pad(buf, "12345678", sizeof(buf)), -E2BIG);
	KUNIT_EXPECT_STREQ(strim(spaces), "a b");
	KUNIT_EXPECT_STREQ(strim(nothing), "");
	KUNIT_EXPECT_EQ(match_string(list, 4, "two"), 1);
	KUNIT_EXPECT_EQ(match_string(list, 1, "two"), -EINVAL);
	KUNIT_EXPECT_EQ(match_string(list, 4, "three"), -EINVAL);
	KUNIT_EXPECT_EQ(str_has_prefix("delegate_cmds", "delegate_"), 9);
	KUNIT_EXPECT_EQ(str_has_prefix("mode", "delegate_"), 0);
}

static void memory(void)
{
	s32 before = kernel_live(LIVE_ALLOC_BYTES);
	u64 there = user("abc", 4);
	char *p = kmemdup("abc", 4, GFP_KERNEL), *q;

	KUNIT_EXPECT_STREQ(p, "abc");
	q = krealloc(p, 100, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(q, "abc");
	KUNIT_EXPECT_EQ(ksize(q), 100);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_TRUE(!krealloc(q, 200, GFP_KERNEL));
	kfree(q);
	p = kstrndup("abcdef", 3, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(p, "abc");
	kfree(p);
	KUNIT_EXPECT_TRUE(!kstrndup(NULL, 3, GFP_KERNEL));
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_TRUE(!kmemdup("abc", 4, GFP_KERNEL));
	p = memdup_user((void *)there, 4);
	KUNIT_EXPECT_STREQ(p, "abc");
	kfree(p);
	KUNIT_EXPECT_EQ(PTR_ERR(memdup_user((void *)there, 5)), -EFAULT);
	KUNIT_EXPECT_EQ(PTR_ERR(memdup_user_nul((void *)there, 5)), -EFAULT);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_EQ(PTR_ERR(memdup_user_nul((void *)there, 4)), -ENOMEM);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_EQ(PTR_ERR(memdup_user((void *)there, 4)), -ENOMEM);
	KUNIT_EXPECT_EQ(clear_user((void *)there, 2), 0);
	KUNIT_EXPECT_EQ(clear_user((void *)there, 6), 2);
	KUNIT_EXPECT_EQ(clear_user(NULL, 6), 6);
	KUNIT_EXPECT_EQ(check_zeroed_user((void *)there, 4), 1);
	kernel_user_reset();
	KUNIT_EXPECT_EQ(kernel_live(LIVE_ALLOC_BYTES), before);
}

static void formatted_allocations(void)
{
	char *p = kasprintf(GFP_KERNEL, "%s-%d", "token", 7);

	KUNIT_EXPECT_STREQ(p, "token-7");
	kfree(p);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_TRUE(!kasprintf(GFP_KERNEL, "%d", 1));
}

static u32 order;
static struct work_struct first, second;
static struct rcu_head later, last;

static void run_first(struct work_struct *work)
{
	(void)work;
	order = order * 10 + 1;
	schedule_work(&second);
}

static void run_second(struct work_struct *work)
{
	(void)work;
	order = order * 10 + 2;
}

static void run_later(struct rcu_head *head)
{
	order = order * 10 + (head == &later ? 3 : 4);
}

/* Work runs before RCU callbacks, including work that work queues. */
static void deferred(void)
{
	INIT_WORK(&first, run_first);
	INIT_WORK(&second, run_second);
	kernel_settle();
	call_rcu(&later, run_later);
	call_rcu(&last, run_later);
	KUNIT_EXPECT_TRUE(schedule_work(&first));
	KUNIT_EXPECT_FALSE(schedule_work(&first));
	KUNIT_EXPECT_EQ(kernel_settle(), 4);
	KUNIT_EXPECT_EQ(order, 1234);
	KUNIT_EXPECT_EQ(kernel_settle(), 0);
}

static void boots(void)
{
	boot(RELEASE_NEWEST);
}

KUNIT_SUITE(lib, KUNIT_CASE(boots), KUNIT_CASE(strings), KUNIT_CASE(memory),
	    KUNIT_CASE(formatted_allocations), KUNIT_CASE(deferred))
