// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capability check, with a record for the host. Stands in for security/security.c and
 * kernel/cpu.c. The build generates all other hooks from lsm_hook_defs.h of the source.
 */
#include <linux/cpu.h>
#include <linux/security.h>
#include <linux/user_namespace.h>

#include "calls.h"
#include "glue.h"

#define ASKED_MAX 64

/* One answer of cap_capable() during the current call. */
struct asked {
	s32 capability;
	s32 answer;
	u32 level; /* of the user namespace */
	u32 options;
};

static struct asked asked[ASKED_MAX];
static u32 asked_count;
struct lsm_hook hook_capable = { "bpf_lsm_capable" };

int security_capable(const struct cred *cred, struct user_namespace *ns, int cap,
		     unsigned int options)
{
	int answer = cap_capable(cred, ns, cap, options);

	if (asked_count < ASKED_MAX)
		asked[asked_count++] = (struct asked){ cap, answer, ns->level, options };
	return run_hook(&hook_capable, (u64[]){ (u64)cred, (u64)ns, cap, options }, answer);
}

/* Only the capability module answers; its functions have no @idmap. */
int security_inode_setxattr(struct mnt_idmap *idmap, struct dentry *dentry, const char *name,
			    const void *value, size_t size, int flags)
{
	return cap_inode_setxattr(dentry, name, value, size, flags);
}

int security_inode_removexattr(struct mnt_idmap *idmap, struct dentry *dentry, const char *name)
{
	return cap_inode_removexattr(idmap, dentry, name);
}

EXPORT(kernel_asked_count) u32 kernel_asked_count(void)
{
	return asked_count;
}

EXPORT(kernel_asked) u32 kernel_asked(void)
{
	return (u32)(unsigned long)asked;
}

EXPORT(kernel_asked_clear) void kernel_asked_clear(void)
{
	asked_count = 0;
}

bool cpu_mitigations_off(void)
{
	return false;
}

bool cpu_mitigations_auto_nosmt(void)
{
	return false;
}
