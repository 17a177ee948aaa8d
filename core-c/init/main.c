// SPDX-License-Identifier: GPL-2.0-only
/* Boot: the init process, the root filesystem, and the initial state of every release. */
#include <linux/arch.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/mnt_namespace.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/release.h>
#include <linux/sched.h>
#include <linux/start_kernel.h>
#include <linux/sysctl.h>
#include <linux/user_namespace.h>
#include <generated/facts.h>
#include <generated/facts_tables.h>

#define NOFILE_SOFT 1024
#define NOFILE_HARD 4096

struct boot_params boot_params;
u32 kernel_release;
s32 live_count[NR_LIVE_KINDS];

struct task_struct init_task = {
	.pid = 1,
	.tgid = 1,
	.dumpable = SUID_DUMP_USER,
	.mm_user_ns = &init_user_ns,
	.real_cred = &init_cred,
	.cred = &init_cred,
	.fs = &init_fs,
	.nsproxy = &init_nsproxy,
	.signal = &init_task.signal_data,
	.real_parent = &init_task,
	.comm = "init",
};

static int init_process(void)
{
	struct files_struct *files = dup_fd(NULL);
	struct rlimit64 *rlim = init_task.signal->rlim;
	int i;

	if (IS_ERR(files))
		return (int)PTR_ERR(files);
	init_task.files = files;
	for (i = 0; i < RLIM_NLIMITS; i++)
		rlim[i] = (struct rlimit64){ RLIM64_INFINITY, RLIM64_INFINITY };
	rlim[RLIMIT_NOFILE] = (struct rlimit64){ NOFILE_SOFT, NOFILE_HARD };
	list_add_tail(&init_task.tasks, &task_list);
	live_inc(LIVE_TASKS);
	live_inc(LIVE_CREDS);
	live_inc(LIVE_USER_NAMESPACES);
	return 0;
}

/* Initcalls of upstream files: called if they are linked in. */
extern const initcall_t initcall_bpf_init __weak;

static int do_initcalls(void)
{
	return &initcall_bpf_init && !(boot_params.flags & BOOT_NO_BPF_SYSCALL) ? initcall_bpf_init() : 0;
}

/* Standard input, output and error. Models: init/main.c:console_on_rootfs() (6.9..) */
static int open_console(void)
{
	struct path path;
	int fd, err = kern_path("/dev/null", LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	for (fd = 0; fd < 3 && !err; fd++) {
		struct file *file = dentry_open(&path, O_RDWR | O_LARGEFILE, current_cred());

		err = PTR_ERR_OR_ZERO(file);
		if (!err)
			fd_install((unsigned int)get_unused_fd_flags(0), file);
	}
	path_put(&path);
	return err;
}

/**
 * start_kernel() - Boot the kernel.
 * @params: boot parameters
 *
 * Return: 0, -EBUSY if already booted, -EINVAL for an unknown release or value, or another -errno
 * (-ENOMEM).
 */
int start_kernel(const struct boot_params *params)
{
	int err;

	if (kernel_release)
		return -EBUSY;
	if (!facts_release_by_code(params->release) || params->unprivileged_bpf_disabled > 2 ||
	    params->flags & ~BOOT_FLAGS)
		return -EINVAL;
	boot_params = *params;
	kernel_release = params->release;
	sysctl_unprivileged_bpf_disabled = (int)params->unprivileged_bpf_disabled;
	arch_canary_init();
	err = init_process();
	if (!err)
		err = mnt_init();
	if (!err)
		err = do_initcalls();
	if (!err)
		err = open_console();
	task_work_run();
	return err;
}
