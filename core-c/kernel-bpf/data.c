// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data that the sources name but that no path of this module fills: tracepoints, protocols, tables
 * of the network. Each is empty memory of at least the size of its counterpart. This file includes
 * no header, because it knows the sizes only.
 */
#define EMPTY(name, size) char name[size] __attribute__((aligned(64)))

EMPTY(__tracepoint_cgroup_rstat_cpu_locked, 256);
EMPTY(__tracepoint_cgroup_rstat_cpu_locked_fastpath, 256);
EMPTY(__tracepoint_cgroup_rstat_cpu_unlock, 256);
EMPTY(__tracepoint_cgroup_rstat_cpu_unlock_fastpath, 256);
EMPTY(__tracepoint_cgroup_rstat_locked, 256);
EMPTY(__tracepoint_cgroup_rstat_unlock, 256);
EMPTY(__tracepoint_consume_skb, 256);
EMPTY(__tracepoint_kfree_skb, 256);
EMPTY(__tracepoint_mmap_lock_acquire_returned, 256);
EMPTY(__tracepoint_mmap_lock_released, 256);
EMPTY(__tracepoint_mmap_lock_start_locking, 256);
EMPTY(__tracepoint_oom_score_adj_update, 256);
EMPTY(__tracepoint_sk_data_ready, 256);
EMPTY(__tracepoint_writeback_lazytime_iput, 256);
EMPTY(__SCK__perf_snapshot_branch_stack, 64);
EMPTY(arp_tbl, 4096);
EMPTY(bpf_lsm_blob_sizes, 64);
EMPTY(init_cgroup_ns, 256);
EMPTY(memalloc_socks_key, 64);
EMPTY(net_hotdata, 4096);
EMPTY(softnet_data, 8192);
EMPTY(static_calls_table, 4096);
EMPTY(tcp_prot, 4096);
EMPTY(tcpv6_prot, 4096);
EMPTY(cgroup_mutex, 128);
EMPTY(oom_adj_mutex, 128);

/* bpf_lsm says that it is initialised, or programs of the type cannot attach. */
char bpf_lsm_initialized[64] __attribute__((aligned(64))) = { 1 };
unsigned long __cpu_possible_mask = 1, jiffies = 1000;
unsigned int audit_enabled; /* no daemon enables the audit log */
int suid_dumpable, sysctl_perf_event_max_stack = 127;
void *ipv6_stub;

#ifdef SINCE_7
EMPTY(__tracepoint_sched_set_state_tp, 256);
EMPTY(cgroup_lifetime_notifier, 128);
EMPTY(cgrp_dfl_root, 16384);
EMPTY(nd_tbl, 4096);
EMPTY(runqueues, 8192);
EMPTY(pidfs_dentry_operations, 256);
int disable_ipv6_mod;
void *system_page_pool;
#endif
