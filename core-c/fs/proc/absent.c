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

/* Names one behind the other: a pointer to each would be half as large as the names. */
static const char absent_of_task[] =
	"arch_status\0attr\0autogroup\0auxv\0cgroup\0clear_refs\0cmdline\0"
	"comm\0coredump_filter\0cpu_resctrl_groups\0environ\0exe\0"
	"gpiohandles\0io\0ksm_merging_pages\0ksm_stat\0latency\0limits\0"
	"loginuid\0map_files\0maps\0mem\0mountstats\0net\0numa_maps\0"
	"oom_adj\0oom_score\0oom_score_adj\0pagemap\0patch_state\0"
	"personality\0projid_map\0sched\0schedstat\0seccomp_cache\0"
	"sessionid\0smaps\0smaps_rollup\0stack\0stat\0statm\0status\0"
	"syscall\0task\0timens_offsets\0timers\0timerslack_ns\0wchan\0";

static const char absent_of_ns[] =
	"cgroup\0ipc\0net\0pid\0pid_for_children\0time\0time_for_children\0uts\0";

static const char absent_of_root[] =
	"acpi\0asound\0buddyinfo\0bus\0cgroups\0cmdline\0config.gz\0"
	"consoles\0cpuinfo\0crypto\0devices\0diskstats\0dma\0driver\0"
	"dynamic_debug\0execdomains\0fb\0filesystems\0fs\0interrupts\0iomem\0"
	"ioports\0irq\0kallsyms\0kcore\0key-users\0keys\0kmsg\0kpagecgroup\0"
	"kpagecount\0kpageflags\0latency_stats\0loadavg\0locks\0mdstat\0"
	"meminfo\0misc\0modules\0mtrr\0net\0pagetypeinfo\0partitions\0"
	"pressure\0schedstat\0scsi\0slabinfo\0softirqs\0stat\0swaps\0"
	"sysrq-trigger\0sysvipc\0thread-self\0timer_list\0tty\0uptime\0"
	"version\0vmallocinfo\0vmstat\0zoneinfo\0";

static bool has_name(const char *names, const struct qstr *name)
{
	for (; *names; names += strlen(names) + 1)
		if (strlen(names) == name->len && !memcmp(names, name->name, name->len))
			return true;
	return false;
}

/* The text is read after the call; the next one may write another. */
static int absent(const char *where, const struct qstr *name)
{
	static char what[64];

	snprintf(what, sizeof(what), "%s/%.*s", where, (int)name->len, (const char *)name->name);
	return not_modelled_text(what);
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
		if (!has_name(absent_of_task, name))
			return 0;
		return absent("/proc/PID", name);
	case PROC_NS:
		if (!has_name(absent_of_ns, name))
			return 0;
		return absent("/proc/PID/ns", name);
	case PROC_ROOT:
		if (!has_name(absent_of_root, name))
			return 0;
		return absent("/proc", name);
	case PROC_SYSCTL:
		return absent("the sysctl ...", name);
	default:
		return 0;
	}
}
