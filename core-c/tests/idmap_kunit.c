// SPDX-License-Identifier: GPL-2.0-only
/* Id maps: IM-01 to IM-07, and the translation of ids. */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

#include "kunit.h"

static struct user_namespace ns;
static struct cred inside, outside;

/* Resets @ns to a new child of the initial user namespace, created by @owner. */
static void fresh(uid_t owner, bool setfcap)
{
	memset(&ns, 0, sizeof(ns));
	ns.parent = &init_user_ns;
	ns.level = 1;
	ns.owner = KUIDT_INIT(owner);
	ns.group = KGIDT_INIT(owner);
	ns.flags = USERNS_INIT_FLAGS;
	ns.ns.id = 2;
	ns.parent_could_setfcap = setfcap;
	memset(&inside, 0, sizeof(inside));
	inside.user_ns = &ns;
	inside.euid = KUIDT_INIT(owner);
	inside.egid = KGIDT_INIT(owner);
	inside.cap_effective = CAP_FULL_SET;
	outside = inside;
	outside.user_ns = &init_user_ns;
	outside.cap_effective = CAP_EMPTY_SET;
	refusal_log_reset();
}

static ssize_t write_text(const struct cred *cred, const char *text, loff_t pos,
			  ssize_t (*write)(struct file *, struct user_namespace *, const char *,
					   size_t, loff_t *))
{
	const struct cred *old = current_task->cred;
	struct file file = { .f_cred = cred };
	size_t len = strlen(text);
	unsigned long at = user_alloc((u32)len);
	ssize_t ret;

	memcpy((void *)at, text, len);
	current_task->cred = cred;
	ret = write(&file, &ns, (const char *)at, len, &pos);
	current_task->cred = old;
	user_reset();
	return ret;
}

#define UID(cred, text) write_text(cred, text, 0, proc_uid_map_write)
#define GID(cred, text) write_text(cred, text, 0, proc_gid_map_write)
#define SETGROUPS(cred, text) write_text(cred, text, 0, proc_setgroups_write)

static unsigned int last_check(void)
{
	return refusal_log.count ? refusal_log.entry[refusal_log.count - 1].check : 0;
}

static void own_id_needs_no_capability(void)
{
	fresh(1000, false);
	KUNIT_EXPECT_EQ(UID(&inside, "0 1000 1"), 8);
	KUNIT_EXPECT_EQ(make_kuid(&ns, 0).val, 1000);
	KUNIT_EXPECT_EQ(from_kuid(&ns, KUIDT_INIT(1000)), 0);
	KUNIT_EXPECT_EQ(from_kuid(&ns, KUIDT_INIT(0)), (uid_t)-1);
	KUNIT_EXPECT_EQ(from_kuid_munged(&ns, KUIDT_INIT(0)), 65534);
	KUNIT_EXPECT_FALSE(uid_valid(make_kuid(&ns, 1)));
	KUNIT_EXPECT_EQ(UID(&inside, "0 1000 1"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_WRITTEN);
}

static void gid_map_needs_setgroups_denied(void)
{
	fresh(1000, false);
	KUNIT_EXPECT_EQ(GID(&inside, "0 1000 1"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_SETID);
	KUNIT_EXPECT_FALSE(userns_may_setgroups(&ns));
	KUNIT_EXPECT_EQ(SETGROUPS(&inside, "deny"), 4);
	KUNIT_EXPECT_EQ(GID(&inside, "0 1000 1"), 8);
	KUNIT_EXPECT_FALSE(userns_may_setgroups(&ns));
	KUNIT_EXPECT_EQ(SETGROUPS(&inside, "allow"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_USERNS_SETGROUPS_ALLOW);
}

static void setgroups_syntax(void)
{
	fresh(1000, false);
	KUNIT_EXPECT_EQ(SETGROUPS(&inside, "allow"), 5);
	KUNIT_EXPECT_EQ(SETGROUPS(&inside, "allow\n"), 6);
	KUNIT_EXPECT_EQ(SETGROUPS(&inside, "den"), -EINVAL);
	KUNIT_EXPECT_EQ(SETGROUPS(&inside, "denyx"), -EINVAL);
	KUNIT_EXPECT_EQ(SETGROUPS(&inside, "deny   \n"), -EINVAL);	/* too long */
	KUNIT_EXPECT_EQ(SETGROUPS(&inside, "deny \n"), 6);
	fresh(1000, false);
	outside.cap_effective = CAP_FULL_SET;
	KUNIT_EXPECT_EQ(GID(&outside, "0 0 10"), 6);
	KUNIT_EXPECT_TRUE(userns_may_setgroups(&ns));
	KUNIT_EXPECT_EQ(SETGROUPS(&outside, "deny"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_USERNS_SETGROUPS_DENY);
}

static void other_ids_need_capabilities(void)
{
	fresh(1000, false);
	KUNIT_EXPECT_EQ(UID(&inside, "0 1000 2"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_SETID);
	KUNIT_EXPECT_EQ(UID(&inside, "0 1001 1"), -EPERM);
	KUNIT_EXPECT_EQ(UID(&outside, "0 1000 2"), -EPERM);
	outside.cap_effective.val = BIT_ULL(CAP_SETUID);
	/* the owner has CAP_SYS_ADMIN in it, seen from the parent */
	KUNIT_EXPECT_EQ(UID(&outside, "0 1000 2"), 8);
	KUNIT_EXPECT_EQ(make_kuid(&ns, 1).val, 1001);
	fresh(1000, false);
	outside.cap_effective.val = BIT_ULL(CAP_SETUID);
	outside.euid = KUIDT_INIT(7);
	KUNIT_EXPECT_EQ(UID(&outside, "0 1000 2"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_CAP);
}

static void parent_root_needs_setfcap(void)
{
	fresh(0, false);
	KUNIT_EXPECT_EQ(UID(&inside, "0 0 1"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_ROOT);
	fresh(0, true);
	KUNIT_EXPECT_EQ(UID(&inside, "0 0 1"), 5);
	fresh(0, true);
	outside.cap_effective.val = BIT_ULL(CAP_SETUID);
	KUNIT_EXPECT_EQ(UID(&outside, "0 0 1"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_ROOT);
	outside.cap_effective.val |= BIT_ULL(CAP_SETFCAP);
	KUNIT_EXPECT_EQ(UID(&outside, "0 0 1"), 5);
}

static ssize_t syntax(const char *text)
{
	ssize_t ret;

	fresh(1000, true);
	outside.cap_effective = CAP_FULL_SET;
	ret = UID(&outside, text);
	if (ns.uid_map.nr_extents > UID_GID_MAP_MAX_BASE_EXTENTS)
		kfree(ns.uid_map.forward);
	return ret;
}

static void map_syntax(void)
{
	KUNIT_EXPECT_EQ(syntax("0 1000 1\n"), 9);
	KUNIT_EXPECT_EQ(syntax(" 0\t1000   1  "), 13);
	KUNIT_EXPECT_EQ(syntax("0 1000 1\n1 2000 1"), 17);
	KUNIT_EXPECT_EQ(syntax(""), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("\n"), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("0 1000"), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("0 1000 1 2"), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("0 1000 0"), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("0 1000 -1"), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("0x0 1000 1"), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("4294967295 0 1"), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("0 4294967294 2"), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("0 0 4294967295"), 14);
	KUNIT_EXPECT_EQ(syntax("0 0 4294967296"), -EINVAL);	/* 0 in 32 bits */
	KUNIT_EXPECT_EQ(syntax("4294967296 0 1"), 14);		/* likewise */
	KUNIT_EXPECT_EQ(syntax("0 10 5\n4 20 1"), -EINVAL);
	KUNIT_EXPECT_EQ(syntax("0 10 5\n5 14 1"), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_OVERLAP);
	KUNIT_EXPECT_EQ(syntax("0 10 1\n\n1 11 1"), -EINVAL);
}

static void long_maps(void)
{
	char text[8192];
	int i, n = 0;

	fresh(1000, true);
	outside.cap_effective = CAP_FULL_SET;
	for (i = 9; i >= 0; i--)
		n += scnprintf(text + n, sizeof(text) - (size_t)n, "%d %d 1\n", i, 100 - i);
	KUNIT_EXPECT_EQ(UID(&outside, text), n);
	KUNIT_EXPECT_EQ(ns.uid_map.nr_extents, 10);
	KUNIT_EXPECT_EQ(ns.uid_map.forward[0].first, 0);
	KUNIT_EXPECT_EQ(make_kuid(&ns, 3).val, 97);
	KUNIT_EXPECT_EQ(from_kuid(&ns, KUIDT_INIT(91)), 9);
	kfree(ns.uid_map.forward);
	/* 340 lines are the maximum, and fit in a page here */
	for (n = 0, i = 0; i < 340; i++)
		n += scnprintf(text + n, sizeof(text) - (size_t)n, "%d %d 1\n", i, i);
	KUNIT_EXPECT_TRUE(n < 4096);
	KUNIT_EXPECT_EQ(syntax(text), n);
	n += scnprintf(text + n, sizeof(text) - (size_t)n, "%d %d 1\n", i, i);
	KUNIT_EXPECT_EQ(syntax(text), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_COUNT);
}

static void offset_and_opener(void)
{
	struct user_namespace other = { .parent = &init_user_ns, .level = 1, .ns.id = 3 };
	static char page[4097];

	fresh(1000, false);
	KUNIT_EXPECT_EQ(write_text(&inside, "0 1000 1", 1, proc_uid_map_write), -EINVAL);
	memset(page, ' ', 4096);
	KUNIT_EXPECT_EQ(UID(&inside, page), -EINVAL);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_SIZE);
	inside.user_ns = &other;
	KUNIT_EXPECT_EQ(UID(&inside, "0 1000 1"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_OPENER);
}

static void unmapped_in_the_parent(void)
{
	struct user_namespace parent = {
		.parent = &init_user_ns, .level = 1, .ns.id = 3, .owner = { 1000 },
		.uid_map = { .nr_extents = 1, .extent = { { 0, 100000, 10 } } },
	};

	fresh(100000, true);
	ns.parent = &parent;
	ns.level = 2;
	outside.user_ns = &parent;
	outside.cap_effective = CAP_FULL_SET;
	KUNIT_EXPECT_EQ(UID(&outside, "0 5 10"), -EPERM);
	KUNIT_EXPECT_EQ(last_check(), CHK_IDMAP_UNMAPPED);
	KUNIT_EXPECT_EQ(UID(&outside, "0 5 5"), 5);
	KUNIT_EXPECT_EQ(make_kuid(&ns, 1).val, 100006);
}

KUNIT_SUITE(idmap, KUNIT_CASE(own_id_needs_no_capability),
	    KUNIT_CASE(gid_map_needs_setgroups_denied), KUNIT_CASE(setgroups_syntax),
	    KUNIT_CASE(other_ids_need_capabilities), KUNIT_CASE(parent_root_needs_setfcap),
	    KUNIT_CASE(map_syntax), KUNIT_CASE(long_maps), KUNIT_CASE(offset_and_opener),
	    KUNIT_CASE(unmapped_in_the_parent))
