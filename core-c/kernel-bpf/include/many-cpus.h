/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For kernel/bpf/cpumap.c, which compares the size of a map with NR_CPUS: the number that the
 * distribution's kernel can have. The headers come first, so that no structure changes its size.
 */
#ifndef MANY_CPUS_H
#define MANY_CPUS_H
#include <linux/bpf.h>
#include <linux/btf_ids.h>
#include <linux/completion.h>
#include <linux/filter.h>
#include <linux/kthread.h>
#include <linux/netdevice.h>
#include <linux/ptr_ring.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <net/hotdata.h>
#include <net/xdp.h>
#include <trace/events/xdp.h>
#undef NR_CPUS
#define NR_CPUS CONFIG_NR_CPUS_DEFAULT
#endif
