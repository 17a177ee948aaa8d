// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extended attributes in memory, which the model and an upstream inode.c keep for their inodes. The
 * tests call the functions directly; scenarios test the system calls.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/xattr.h>

#include "bpf_host.h"

static struct simple_xattr_cache cache;
static struct simple_xattr_limits limits;
static LIST_HEAD(xattrs);

static void boots(void)
{
	boot(RELEASE_NEWEST);
	current = &init_task;
}

static int set(const char *name, const char *value, int flags)
{
	struct simple_xattr *old = simple_xattr_set(&cache, &xattrs, name, value,
						    value ? strlen(value) : 0, flags);

	if (IS_ERR(old))
		return (int)PTR_ERR(old);
	simple_xattr_free_rcu(old);
	return 0;
}

static const char *get(const char *name)
{
	static char value[16];
	int len = simple_xattr_get(&cache, &xattrs, name, value, sizeof(value) - 1);

	value[len < 0 ? 0 : len] = 0;
	return len < 0 ? NULL : value;
}

static void free_all(void)
{
	simple_xattrs_free(&cache, &xattrs, NULL);
	simple_xattr_cache_cleanup(&cache);
	KUNIT_EXPECT_TRUE(list_empty(&xattrs));
}

static void sets_and_gets(void)
{
	size_t freed;

	KUNIT_EXPECT_EQ(simple_xattr_get(&cache, &xattrs, "security.a", NULL, 0), -ENODATA);
	KUNIT_EXPECT_EQ(set("security.a", NULL, 0), 0);
	KUNIT_EXPECT_EQ(set("security.a", "one", 0), 0);
	KUNIT_EXPECT_STREQ(get("security.a"), "one");
	KUNIT_EXPECT_TRUE(!get("security.b"));
	KUNIT_EXPECT_EQ(simple_xattr_get(&cache, &xattrs, "security.a", NULL, 0), 3);
	KUNIT_EXPECT_EQ(simple_xattr_get(&cache, &xattrs, "security.a", &freed, 2), -ERANGE);
	KUNIT_EXPECT_EQ(set("security.a", "two", 0), 0);
	KUNIT_EXPECT_STREQ(get("security.a"), "two");
	KUNIT_EXPECT_EQ(set("security.a", NULL, 0), 0);
	KUNIT_EXPECT_TRUE(!get("security.a"));
	KUNIT_EXPECT_EQ(set("trusted.b", "", 0), 0);
	KUNIT_EXPECT_STREQ(get("trusted.b"), "");
	simple_xattrs_free(&cache, &xattrs, &freed);
	KUNIT_EXPECT_EQ(freed, 40 + strlen("trusted.b"));
	free_all();
}

static void obeys_flags(void)
{
	KUNIT_EXPECT_EQ(set("security.a", "one", XATTR_REPLACE), -ENODATA);
	KUNIT_EXPECT_EQ(set("security.a", NULL, XATTR_REPLACE), -ENODATA);
	KUNIT_EXPECT_EQ(set("security.a", "one", XATTR_CREATE), 0);
	KUNIT_EXPECT_EQ(set("security.a", "two", XATTR_CREATE), -EEXIST);
	KUNIT_EXPECT_STREQ(get("security.a"), "one");
	KUNIT_EXPECT_EQ(set("security.a", "two", XATTR_REPLACE), 0);
	KUNIT_EXPECT_STREQ(get("security.a"), "two");
	free_all();
}

/* The limits hold for each inode; FS-32. */
static int set_limited(const char *name, size_t size)
{
	static const char zeros[SIMPLE_XATTR_MAX_SIZE + 1];

	return simple_xattr_set_limited(&cache, &xattrs, &limits, name, size ? zeros : NULL, size,
					0);
}

static void limits_number(void)
{
	char name[] = "security.00";
	u32 i;

	simple_xattr_limits_init(&limits);
	for (i = 0; i < SIMPLE_XATTR_MAX_NR; i++) {
		name[9] = (char)('A' + i / 16);
		name[10] = (char)('A' + i % 16);
		KUNIT_EXPECT_EQ(set_limited(name, 1), 0);
	}
	KUNIT_EXPECT_EQ(set_limited("security.more", 1), -ENOSPC);
	/* a replacement needs room for both */
	KUNIT_EXPECT_EQ(set_limited(name, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(set_limited(name, 0), 0);
	KUNIT_EXPECT_EQ(set_limited("security.more", 1), 0);
	free_all();
}

static void limits_size(void)
{
	simple_xattr_limits_init(&limits);
	KUNIT_EXPECT_EQ(set_limited("security.a", SIMPLE_XATTR_MAX_SIZE + 1), -ENOSPC);
	KUNIT_EXPECT_EQ(set_limited("security.a", SIMPLE_XATTR_MAX_SIZE - 1), 0);
	KUNIT_EXPECT_EQ(set_limited("security.b", 2), -ENOSPC);
	KUNIT_EXPECT_EQ(set_limited("security.b", 1), 0);
	kernel_fail_nth(FAULT_ALLOC, 1);
	KUNIT_EXPECT_EQ(set_limited("security.a", 0), 0);
	KUNIT_EXPECT_EQ(set_limited("security.c", 1), -ENOMEM);
	KUNIT_EXPECT_EQ(limits.xattr_size, 1);
	KUNIT_EXPECT_EQ(limits.nr_xattrs, 1);
	kernel_fail_nth(FAULT_ALLOC, 2);
	KUNIT_EXPECT_EQ(set_limited("security.c", 1), -ENOMEM);
	free_all();
}

/* Attributes that LSMs give to a new inode. */
static void adds_first_attributes(void)
{
	struct simple_xattr *first;

	simple_xattr_limits_init(&limits);
	KUNIT_EXPECT_TRUE(!simple_xattr_alloc(NULL, 0));
	KUNIT_EXPECT_TRUE(simple_xattr_alloc("x", ~(size_t)0) == ERR_PTR(-ENOMEM));
	first = simple_xattr_alloc("label", 5);
	first->name = kstrdup("security.selinux", GFP_KERNEL);
	limits.nr_xattrs = SIMPLE_XATTR_MAX_NR;
	KUNIT_EXPECT_EQ(simple_xattr_add_limited(&cache, &xattrs, &limits, first), -ENOSPC);
	limits.nr_xattrs = 0;
	KUNIT_EXPECT_EQ(simple_xattr_add_limited(&cache, &xattrs, &limits, first), 0);
	KUNIT_EXPECT_STREQ(get("security.selinux"), "label");
	KUNIT_EXPECT_EQ(set_limited("security.selinux", 0), 0);
	KUNIT_EXPECT_EQ(limits.nr_xattrs, 0);
	KUNIT_EXPECT_EQ(limits.xattr_size, 0);
	free_all();
	simple_xattr_free(NULL);
}

/* Trusted attributes are only listed for CAP_SYS_ADMIN in the initial user namespace; FS-31. */
static void lists_names(void)
{
	static const char all[] = "trusted.a\0security.b", some[] = "security.b";
	struct cred *new = prepare_creds();
	const struct cred *old;
	char names[64];

	KUNIT_EXPECT_EQ(set("trusted.a", "1", 0), 0);
	KUNIT_EXPECT_EQ(set("security.b", "2", 0), 0);
	KUNIT_EXPECT_EQ(set("trusted.a", "3", 0), 0);
	KUNIT_EXPECT_EQ(simple_xattr_list(NULL, &xattrs, NULL, 0), (ssize_t)sizeof(all));
	KUNIT_EXPECT_EQ(simple_xattr_list(NULL, &xattrs, names, 64), (ssize_t)sizeof(all));
	KUNIT_EXPECT_EQ(memcmp(names, all, sizeof(all)), 0);
	KUNIT_EXPECT_EQ(simple_xattr_list(NULL, &xattrs, names, sizeof(all)), (ssize_t)sizeof(all));
	KUNIT_EXPECT_EQ(simple_xattr_list(NULL, &xattrs, names, sizeof(all) - 1), -ERANGE);
	new->cap_effective = CAP_EMPTY_SET;
	old = override_creds(new);
	KUNIT_EXPECT_EQ(simple_xattr_list(NULL, &xattrs, names, 64), (ssize_t)sizeof(some));
	KUNIT_EXPECT_EQ(memcmp(names, some, sizeof(some)), 0);
	revert_creds(old);
	abort_creds(new);
	free_all();
}

static void full_names(void)
{
	static const struct xattr_handler prefix = { .prefix = XATTR_SECURITY_PREFIX };
	static const struct xattr_handler name = { .name = "security.a" };
	const char *text = "security.a";

	KUNIT_EXPECT_TRUE(xattr_full_name(&prefix, text + strlen("security.")) == text);
	KUNIT_EXPECT_TRUE(xattr_full_name(&name, text + strlen(text)) == text);
}

KUNIT_SUITE(xattr, KUNIT_CASE(boots), KUNIT_CASE(sets_and_gets), KUNIT_CASE(obeys_flags),
	    KUNIT_CASE(limits_number), KUNIT_CASE(limits_size), KUNIT_CASE(adds_first_attributes),
	    KUNIT_CASE(lists_names), KUNIT_CASE(full_names))
