/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_CAPABILITY_H
#define _LINUX_CAPABILITY_H

#include <linux/bits.h>
#include <linux/types.h>
#include <uapi/linux/capability.h>

struct cred;
struct task_struct;
struct user_namespace;

typedef struct {
	u64 val;
} kernel_cap_t;

#define CAP_VALID_MASK (BIT_ULL(CAP_LAST_CAP + 1) - 1)
#define CAP_EMPTY_SET ((kernel_cap_t){ 0 })
#define CAP_FULL_SET ((kernel_cap_t){ CAP_VALID_MASK })

#define cap_clear(c) ((c).val = 0)
#define cap_raise(c, flag) ((c).val |= BIT_ULL(flag))
#define cap_lower(c, flag) ((c).val &= ~BIT_ULL(flag))
#define cap_raised(c, flag) (((c).val & BIT_ULL(flag)) != 0)
#define cap_isclear(c) ((c).val == 0)

#ifndef cap_valid
#define cap_valid(x) ((x) >= 0 && (x) <= CAP_LAST_CAP)
#endif

static inline kernel_cap_t cap_combine(kernel_cap_t a, kernel_cap_t b)
{
	return (kernel_cap_t){ a.val | b.val };
}

static inline kernel_cap_t cap_intersect(kernel_cap_t a, kernel_cap_t b)
{
	return (kernel_cap_t){ a.val & b.val };
}

static inline kernel_cap_t cap_drop(kernel_cap_t a, kernel_cap_t drop)
{
	return (kernel_cap_t){ a.val & ~drop.val };
}

static inline bool cap_issubset(kernel_cap_t a, kernel_cap_t set)
{
	return !(a.val & ~set.val);
}

/* Capabilities that a change of fsuid drops or restores. */
#define CAP_FS_MASK \
	(BIT_ULL(CAP_CHOWN) | BIT_ULL(CAP_DAC_OVERRIDE) | BIT_ULL(CAP_DAC_READ_SEARCH) | \
	 BIT_ULL(CAP_FOWNER) | BIT_ULL(CAP_FSETID) | BIT_ULL(CAP_MKNOD) | \
	 BIT_ULL(CAP_LINUX_IMMUTABLE) | BIT_ULL(CAP_MAC_OVERRIDE))

bool ns_capable(struct user_namespace *ns, int cap);
bool ns_capable_noaudit(struct user_namespace *ns, int cap);
bool ns_capable_setid(struct user_namespace *ns, int cap);
bool has_ns_capability(struct task_struct *t, struct user_namespace *ns, int cap);
bool capable(int cap);

struct file;
bool file_ns_capable(const struct file *file, struct user_namespace *ns, int cap);

static inline bool perfmon_capable(void)
{
	return capable(CAP_PERFMON) || capable(CAP_SYS_ADMIN);
}

static inline bool bpf_capable(void)
{
	return capable(CAP_BPF) || capable(CAP_SYS_ADMIN);
}

#endif /* _LINUX_CAPABILITY_H */
