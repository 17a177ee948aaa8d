// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boots the kernel. Stands in for init/main.c. The host calls kernel_boot(), kernel_btf(),
 * kernel_net() and kernel_initcalls(), in this order.
 */
#include <linux/cpuhotplug.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/radix-tree.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/trace_events.h>
#include <linux/vmstat.h>
#include <net/net_namespace.h>

#include "glue.h"
#include "initcall_table.h"

extern void cred_init(void);
extern void init_tasks(void);
extern int init_first_task(void);
extern void nsfs_init(void);
extern void proc_caches_init(void);
extern void proc_root_init(void);
extern void seq_file_init(void);
#if SINCE_7
extern void init_userspace_fs(void);
#endif

struct wasm_pcpu_hot pcpu_hot;
bool static_key_initialized = true;
atomic_long_t _totalram_pages = ATOMIC_LONG_INIT(100000);
atomic_long_t vm_zone_stat[NR_VM_ZONE_STAT_ITEMS];
char __start_rodata[1], __end_rodata[1];
const struct trace_print_flags gfpflag_names[1], pageflag_names[1], vmaflag_names[1];

/* Stands in for kernel/cpu.c: the CPU is there and stays. */
int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke,
			int (*startup)(unsigned int cpu), int (*teardown)(unsigned int cpu),
			bool multi_instance)
{
	return 0;
}

int run_initcall(const char *name)
{
	int i;

	for (i = 0; i < initcalls_count; i++) {
		if (!strcmp(initcalls[i].name, name))
			return (*initcalls[i].function)();
	}
	__builtin_trap();
}

/* The release of the source, as LINUX_VERSION_CODE. */
EXPORT(kernel_version) u32 kernel_version(void)
{
	return LINUX_VERSION_CODE;
}

EXPORT(kernel_boot) int kernel_boot(void)
{
	int err;

	init_tasks();
#if SINCE_7
	init_net.ns = (struct ns_common){
		.__ns_ref = REFCOUNT_INIT(1),
		.__ns_ref_active = ATOMIC_INIT(1),
		.ns_type = CLONE_NEWNET,
	};
#else
	refcount_set(&init_net.ns.count, 1);
#endif
	radix_tree_init();
	cred_init();
	pid_idr_init();
	proc_caches_init();
	run_initcall("uid_cache_init");
	run_initcall("user_namespaces_init");
	vfs_caches_init_early();
	vfs_caches_init();
	seq_file_init();
	kernel_settle();
#if SINCE_7
	init_userspace_fs();
#endif
	err = init_first_task();
	if (err)
		return err;
	proc_root_init();
	nsfs_init();
	run_initcall("user_namespace_sysctl_init");
	run_initcall("anon_inode_init");
	return run_initcall("bpf_init");
}

/* Returns how many initcalls failed. */
EXPORT(kernel_initcalls) int kernel_initcalls(void)
{
	int i, err, failed = 0;

	for (i = 0; i < initcalls_count; i++) {
		if (!initcalls[i].at_boot)
			continue;
		err = (*initcalls[i].function)();
		if (!err)
			continue;
		failed++;
		_printk("initcall %s returned %d\n", initcalls[i].name, err);
	}
	return failed;
}
