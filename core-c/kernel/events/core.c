// SPDX-License-Identifier: GPL-2.0-only
/* Perf events. Models: kernel/events/core.c. Deviation: unmodelled. */
#include <linux/syscalls.h>
#include <uapi/linux/perf_event.h>

#include <trace/refusal.h>

SYSCALL_DEFINE5(perf_event_open, struct perf_event_attr __user *, attr_uptr, pid_t, pid, int, cpu,
		int, group_fd, unsigned long, flags)
{
	return not_modelled(UNMODELLED_EVENTS);
}
