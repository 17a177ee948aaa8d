// SPDX-License-Identifier: GPL-2.0-only
/* cap_capable() on a tree of user namespaces: CC-01 to CC-04. */
#include <linux/cred.h>
#include <linux/security.h>
#include <linux/user_namespace.h>

#include "kunit.h"

/*
 * init (0) ── a (1, owned by uid 1000) ── b (2, owned by uid 2000)
 *        └─── c (1, owned by uid 1000)
 */
static struct user_namespace a = { .parent = &init_user_ns, .level = 1, .owner = { 1000 } };
static struct user_namespace b = { .parent = &a, .level = 2, .owner = { 2000 } };
static struct user_namespace c = { .parent = &init_user_ns, .level = 1, .owner = { 1000 } };

static int ask(struct user_namespace *home, uid_t euid, u64 caps, struct user_namespace *ns)
{
	struct cred cred = { .user_ns = home, .euid = { euid }, .cap_effective = { caps } };

	return cap_capable(&cred, ns, CAP_BPF, CAP_OPT_NONE);
}

#define BPF BIT_ULL(CAP_BPF)
#define ALL_BUT_BPF (CAP_VALID_MASK & ~BPF)

static void effective_set_decides_in_own_ns(void)
{
	KUNIT_EXPECT_EQ(ask(&a, 0, BPF, &a), 0);
	KUNIT_EXPECT_EQ(ask(&a, 0, ALL_BUT_BPF, &a), -EPERM);
	/* inside its own namespace, the owner has no extra capabilities */
	KUNIT_EXPECT_EQ(ask(&a, 1000, 0, &a), -EPERM);
	KUNIT_EXPECT_EQ(ask(&init_user_ns, 0, BPF, &init_user_ns), 0);
}

static void none_in_parent_or_sibling_ns(void)
{
	KUNIT_EXPECT_EQ(ask(&a, 1000, CAP_VALID_MASK, &init_user_ns), -EPERM);
	KUNIT_EXPECT_EQ(ask(&b, 2000, CAP_VALID_MASK, &a), -EPERM);
	KUNIT_EXPECT_EQ(ask(&a, 1000, CAP_VALID_MASK, &c), -EPERM);
	KUNIT_EXPECT_EQ(ask(&c, 1000, CAP_VALID_MASK, &b), -EPERM);
}

static void owner_in_parent_has_all(void)
{
	KUNIT_EXPECT_EQ(ask(&init_user_ns, 1000, 0, &a), 0);
	KUNIT_EXPECT_EQ(ask(&init_user_ns, 1001, 0, &a), -EPERM);
	KUNIT_EXPECT_EQ(ask(&a, 2000, 0, &b), 0);
	/* the owner of an ancestor also has capabilities in its descendants */
	KUNIT_EXPECT_EQ(ask(&init_user_ns, 1000, 0, &b), 0);
	/* an owner that is not in the parent namespace has none */
	KUNIT_EXPECT_EQ(ask(&init_user_ns, 2000, 0, &b), -EPERM);
}

static void effective_set_counts_in_descendants(void)
{
	KUNIT_EXPECT_EQ(ask(&init_user_ns, 5, BPF, &a), 0);
	KUNIT_EXPECT_EQ(ask(&init_user_ns, 5, BPF, &b), 0);
	KUNIT_EXPECT_EQ(ask(&init_user_ns, 5, ALL_BUT_BPF, &b), -EPERM);
	KUNIT_EXPECT_EQ(ask(&a, 5, BPF, &b), 0);
}

KUNIT_SUITE(capable, KUNIT_CASE(effective_set_decides_in_own_ns),
	    KUNIT_CASE(none_in_parent_or_sibling_ns), KUNIT_CASE(owner_in_parent_has_all),
	    KUNIT_CASE(effective_set_counts_in_descendants))
