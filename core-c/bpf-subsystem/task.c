// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two tasks: init, and a child in a user namespace of its own. Stands in for kernel/fork.c,
 * init/init_task.c and kernel/sys.c. Both tasks share one table of file descriptors.
 */
#include <linux/bpf.h>
#include <linux/cred.h>
#include <linux/fs_struct.h>
#include <linux/ipc_namespace.h>
#include <linux/mnt_namespace.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/securebits.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>

#include "glue.h"

#if SINCE_7
#include <linux/sched/coredump.h>
#include <linux/sched/exec_state.h>
#endif

extern struct files_struct init_files;
extern struct fs_struct init_fs;
extern struct nsproxy init_nsproxy;
extern struct ucounts init_ucounts;

struct task_struct init_task;
struct task_struct *wasm_current = &init_task;
struct pid_namespace init_pid_ns;
struct uts_namespace init_uts_ns;
int overflowuid = 65534, overflowgid = 65534;

static struct task_struct child_task;
static struct nsproxy child_nsproxy;
static struct fs_struct child_fs;
static struct signal_struct limits;
static struct thread_info thread;
struct thread_info *wasm_ti = &thread;

#if SINCE_7
/* init_cred is static in init/init_task.c since 6.18. */
static struct group_info no_groups = { .usage = REFCOUNT_INIT(2) };

struct cred init_cred = {
	.usage = ATOMIC_INIT(4),
	.uid = GLOBAL_ROOT_UID,
	.gid = GLOBAL_ROOT_GID,
	.suid = GLOBAL_ROOT_UID,
	.sgid = GLOBAL_ROOT_GID,
	.euid = GLOBAL_ROOT_UID,
	.egid = GLOBAL_ROOT_GID,
	.fsuid = GLOBAL_ROOT_UID,
	.fsgid = GLOBAL_ROOT_GID,
	.securebits = SECUREBITS_DEFAULT,
	.cap_permitted = CAP_FULL_SET,
	.cap_effective = CAP_FULL_SET,
	.cap_bset = CAP_FULL_SET,
	.user = INIT_USER,
	.user_ns = &init_user_ns,
	.group_info = &no_groups,
	.ucounts = &init_ucounts,
};

struct task_exec_state init_task_exec_state = {
	.count = REFCOUNT_INIT(2),
	.dumpable = TASK_DUMPABLE_OWNER,
	.user_ns = &init_user_ns,
};
#else
extern struct cred init_cred;
#endif

void init_tasks(void)
{
	int i;

	init_task.cred = init_task.real_cred = &init_cred;
	init_task.fs = &init_fs;
	init_task.files = &init_files;
	init_task.nsproxy = &init_nsproxy;
	init_task.signal = &limits;
	refcount_set(&init_task.usage, 2);
#if SINCE_7
	init_task.exec_state = &init_task_exec_state;
	init_task.real_fs = &init_fs;
	init_task.pid = 1;
#endif
	for (i = 0; i < RLIM_NLIMITS; i++)
		limits.rlim[i].rlim_cur = limits.rlim[i].rlim_max = RLIM_INFINITY;
	limits.rlim[RLIMIT_NOFILE].rlim_cur = limits.rlim[RLIMIT_NOFILE].rlim_max = 1024;
	for (i = 0; i < UCOUNT_COUNTS; i++)
		init_user_ns.ucount_max[i] = 10000;
	for (i = 0; i < UCOUNT_RLIMIT_COUNTS; i++)
		init_user_ns.rlimit_max[i] = LONG_MAX;
}

EXPORT(kernel_task) void kernel_task(int child)
{
	wasm_current = child ? &child_task : &init_task;
}

/*
 * Creates the child, as fork(2), unshare(CLONE_NEWUSER | CLONE_NEWNS) and a write to its uid_map and
 * gid_map do.
 */
EXPORT(kernel_unshare) int kernel_unshare(u32 uid, u32 first, u32 lower_first, u32 count)
{
	struct uid_gid_extent extent = { first, lower_first, count };
	struct cred *cred = prepare_creds();
	struct user_namespace *ns;
	int err;

	if (!cred)
		return -ENOMEM;
	cred->uid = cred->euid = cred->suid = cred->fsuid = KUIDT_INIT(uid);
	cred->gid = cred->egid = cred->sgid = cred->fsgid = KGIDT_INIT(uid);
	err = set_cred_ucounts(cred);
	if (!err)
		err = create_user_ns(cred);
	if (err) {
		abort_creds(cred);
		return err;
	}
	ns = cred->user_ns;
	ns->uid_map.nr_extents = ns->gid_map.nr_extents = 1;
	ns->uid_map.extent[0] = ns->gid_map.extent[0] = extent;
	child_task = init_task;
	child_fs = init_fs;
	path_get(&child_fs.root);
	path_get(&child_fs.pwd);
	child_task.fs = &child_fs;
	child_nsproxy = init_nsproxy;
	child_task.nsproxy = &child_nsproxy;
	child_task.cred = child_task.real_cred = cred;
	wasm_current = &child_task;
	child_nsproxy.mnt_ns = copy_mnt_ns(CLONE_NEWNS, init_nsproxy.mnt_ns, ns, &child_fs);
	wasm_current = &init_task;
	return PTR_ERR_OR_ZERO(child_nsproxy.mnt_ns);
}

/* Sets the sysctl kernel.unprivileged_bpf_disabled. */
EXPORT(kernel_unprivileged) void kernel_unprivileged(int value)
{
	sysctl_unprivileged_bpf_disabled = value;
}
