// SPDX-License-Identifier: MIT
/*
 * The order decides. A process that has joined a user namespace may be traced by any that
 * has CAP_SYS_PTRACE there, unless it is not dumpable; memory of an exec after the join
 * belongs to that namespace, and then even that does not help. So: hide, become the
 * user of the container, join, and never execute a program (CVE-2016-9962 is the class).
 */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include "enter.h"
#include "addon/sys.h"

static long control(long option, long value)
{
	return sys6(__NR_prctl, option, value, 0, 0, 0, 0);
}

bool enter_is_safe(void)
{
	long fd = sys6(__NR_openat, AT_FDCWD, (long)"/proc/sys/fs/suid_dumpable",
		       O_RDONLY | O_CLOEXEC, 0, 0, 0);
	char digit = '1';

	if (fd < 0)
		return false;
	sys(__NR_read, fd, &digit, 1);
	sys(__NR_close, fd, 0, 0);
	return digit == '0' || digit == '2';
}

/* Takes a number and the blanks before it. False: there is none. */
static bool take(const char **text, uint64_t *value)
{
	*value = 0;
	while (**text == ' ' || **text == '\n')
		++*text;
	if (**text < '0' || **text > '9')
		return false;
	for (int i = 0; i < 10 && **text >= '0' && **text <= '9'; i++)
		*value = *value * 10 + *(*text)++ - '0';
	return true;
}

struct extent {
	uint64_t inside, outside, count;
};

static bool next_extent(const char **map, struct extent *one)
{
	return take(map, &one->inside) && take(map, &one->outside) && take(map, &one->count);
}

bool id_outside(const char *map, uint32_t inside, uint32_t *outside)
{
	struct extent one;

	while (next_extent(&map, &one)) {
		uint64_t id = one.outside + (inside - one.inside);

		/* An id of more than 32 bits would become another one, perhaps root. */
		if (inside < one.inside || inside - one.inside >= one.count || id > UINT32_MAX)
			continue;
		*outside = (uint32_t)id;
		return true;
	}
	return false;
}

bool id_is_mapped(const char *map, uint32_t outside)
{
	struct extent one;

	while (next_extent(&map, &one))
		if (outside >= one.outside && outside - one.outside < one.count)
			return true;
	return false;
}

static struct __user_cap_header_struct own = { .version = _LINUX_CAPABILITY_VERSION_3 };

long keep_capabilities(uint64_t keep)
{
	struct __user_cap_data_struct sets[2];
	long error = sys(__NR_capget, &own, sets, 0);

	if (error < 0)
		return error;
	for (int i = 0; i < 2; i++) {
		sets[i].permitted &= keep >> 32 * i;
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	return sys(__NR_capset, &own, sets, 0);
}

/* A change of ids or capabilities may have made the process dumpable again. */
static long hide(void)
{
	return control(PR_SET_DUMPABLE, 0);
}

static long become(const struct identity *who)
{
	long error = sys(__NR_setgroups, who->group_count, who->groups, 0);

	if (error >= 0)
		error = sys(__NR_setresgid, who->gid, who->gid, who->gid);
	if (error >= 0)
		error = control(PR_SET_KEEPCAPS, 1);
	if (error >= 0)
		error = sys(__NR_setresuid, who->uid, who->uid, who->uid);
	if (error >= 0)
		error = hide();
	/* The join needs them as effective ones. */
	return error < 0 ? error : keep_capabilities(~0ULL);
}

long enter(int namespaces, unsigned long kinds, const struct identity *who)
{
	long error;

	if (!enter_is_safe())
		return -EBUSY;
	error = hide();
	if (error >= 0)
		error = become(who);
	if (error >= 0 && kinds)
		error = sys(__NR_setns, namespaces, kinds, 0);
	if (error >= 0)
		error = hide();
	if (error >= 0 && control(PR_GET_DUMPABLE, 0) != 0)
		error = -EBUSY;
	return error < 0 ? error : 0;
}
