// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that a kernel has in /proc and this model has not. "There is no such
 * file" would be a wrong answer for them.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <trace/refusal.h>

#include "internal.h"

static const char *const absent_of_task[] = {
	"arch_status", "attr", "autogroup", "auxv", "cgroup", "clear_refs",
	"cmdline", "comm", "coredump_filter", "cpu_resctrl_groups", "environ",
	"exe", "gpiohandles", "io", "ksm_merging_pages", "ksm_stat", "latency",
	"limits", "loginuid", "map_files", "maps", "mem", "mountstats", "net",
	"numa_maps", "oom_adj", "oom_score", "oom_score_adj", "pagemap",
	"patch_state", "personality", "projid_map", "sched", "schedstat",
	"seccomp_cache", "sessionid", "smaps", "smaps_rollup", "stack", "stat",
	"statm", "status", "syscall", "task", "timens_offsets", "timers",
	"timerslack_ns", "wchan",
};

static const char *const absent_of_ns[] = {
	"cgroup", "ipc", "net", "pid", "pid_for_children", "time", "time_for_children", "uts",
};

static const char *const absent_of_root[] = {
	"acpi", "asound", "buddyinfo", "bus", "cgroups", "cmdline", "config.gz",
	"consoles", "cpuinfo", "crypto", "devices", "diskstats", "dma", "driver",
	"dynamic_debug", "execdomains", "fb", "filesystems", "fs", "interrupts",
	"iomem", "ioports", "irq", "kallsyms", "kcore", "key-users", "keys",
	"kmsg", "kpagecgroup", "kpagecount", "kpageflags", "latency_stats",
	"loadavg", "locks", "mdstat", "meminfo", "misc", "modules", "mtrr", "net",
	"pagetypeinfo", "partitions", "pressure", "schedstat", "scsi", "slabinfo",
	"softirqs", "stat", "swaps", "sysrq-trigger", "sysvipc", "thread-self",
	"timer_list", "tty", "uptime", "version", "vmallocinfo", "vmstat",
	"zoneinfo",
};

static bool has_name(const char *const *names, size_t n, const struct qstr *name)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == name->len && !memcmp(names[i], name->name, name->len))
			return true;
	return false;
}

/* The text is read after the call; the next one may write another. */
static int absent(const char *where, const struct qstr *name)
{
	static char what[64];

	snprintf(what, sizeof(what), "%s/%.*s", where, (int)name->len, (const char *)name->name);
	return not_modelled(what);
}

/**
 * proc_absent() - is it a name that the model leaves out?
 * @name: a name that the model does not have
 * @where: the directory it was looked for in
 *
 * Return: 0, or what not_modelled() returns.
 */
int proc_absent(const struct qstr *name, enum proc_where where)
{
	switch (where) {
	case PROC_OF_TASK:
		if (!has_name(absent_of_task, ARRAY_SIZE(absent_of_task), name))
			return 0;
		return absent("/proc/PID", name);
	case PROC_NS:
		if (!has_name(absent_of_ns, ARRAY_SIZE(absent_of_ns), name))
			return 0;
		return absent("/proc/PID/ns", name);
	case PROC_ROOT:
		if (!has_name(absent_of_root, ARRAY_SIZE(absent_of_root), name))
			return 0;
		return absent("/proc", name);
	case PROC_SYSCTL:
		return absent("the sysctl ...", name);
	default:
		return 0;
	}
}
