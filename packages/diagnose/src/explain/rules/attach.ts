// SPDX-License-Identifier: MIT
import { EACCES, EPERM, pattern, quoted, type Rule } from "./rule.js";

/** Texts about attaching: tracing, cgroups and interfaces; and container runtimes. */
export const attachRules: readonly Rule[] = [
  {
    find: pattern(
      "(?:kprobe_events|uprobe_events|tracing|tracefs|debugfs).*(?:",
      EACCES,
      "|",
      EPERM,
      ")",
    ),
    causes: ["explain.tracefs", "doctor.lockdown"],
    strength: 2,
  },
  {
    find: /(?:kprobe_events|uprobe_events|trace_pipe|debug\/tracing|tracefs|debugfs|available_filter_functions).*(?:no such file|not mounted)|failed to determine tracepoint '[^']*' perf event ID: No such file/i,
    causes: ["explain.tracefs", "explain.attach_target", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: /(?:kprobe perf_event_open\(\) failed|create (?:kprobe|uprobe|tracepoint) '?([^' ]*)'? perf event|add legacy kprobe event for '?([^']*)'?|creat\w* \w+ event).*(?:No such file)/i,
    causes: ["explain.attach_target", "explain.kernel_config"],
    strength: 2,
    says: ([, name, legacy]) =>
      `the kernel has no ${quoted(name ?? legacy) || "function"} to attach to`,
  },
  {
    find: pattern("create (?:kprobe|uprobe|tracepoint) .*perf event: (?:", EACCES, "|", EPERM, ")"),
    causes: ["explain.perf_event"],
    strength: 3,
  },
  {
    find: /cannot attach kprobe|probe entry may not exist|it's not traceable|is not traceable|(?:attaching|attach) probe: '?([^'. ]*)|symbol .*not found.*kprobe/i,
    causes: ["explain.attach_target"],
    strength: 2,
  },
  {
    find: /bpf_prog_query\(BPF_CGROUP_DEVICE\) failed|bpf device cgroup requires real root|Failed to (?:attach|load) bpf program|procHooks process.*load program|BPF_CGROUP_DEVICE.*(?:not permitted|not implemented)|device cgroup.*not permitted/i,
    causes: ["explain.device_cgroup", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: /BPF_PROG_ATTACH \(BPF_CGROUP_DEVICE/,
    causes: ["explain.kernel_old", "explain.device_cgroup"],
    strength: 2,
    says: () =>
      "the runtime replaces a device program with BPF_F_REPLACE, which Linux 5.6 introduced",
  },
  {
    find: /(?:attach|Detach)\w*.*cgroup.*(?:Invalid argument|Operation not permitted|Bad file descriptor)|not a cgroup ?v?2|cgroup2? not mounted/i,
    causes: ["explain.cgroup"],
    strength: 2,
  },
  {
    find: /unknown (?:or unsupported )?capabilit(?:y|ies)|unknown capability to add|invalid CapAdd/i,
    causes: ["explain.capability_name"],
    strength: 3,
  },
  {
    find: /numerical result out of range|MTU .*too (?:large|big|high)|XDP is not (?:allowed|supported) with (?:current )?MTU|larger than .*XDP MTU/i,
    causes: ["explain.xdp_mtu"],
    strength: 2,
  },
  {
    find: /Kernel error message: (.*)|(virtio_net: .*)|(Can't set XDP while.*)|(XDP mode not supported.*)|(prog does not support XDP frags)/,
    causes: ["explain.xdp_driver"],
    strength: 3,
    says: (match) => `the driver refuses XDP: ${quoted(match.slice(1).find(Boolean))}`,
  },
  {
    find: pattern("attach\\w* XDP program.*", EPERM),
    causes: ["prog.load.sysctl", "prog.load.net_admin", "explain.no_token", "doctor.seccomp"],
    strength: 2,
    says: () =>
      "loading or attaching the XDP program is refused: CAP_BPF, CAP_NET_ADMIN or a token is missing",
  },
  {
    find: /(?:attach|attaching|set)\w*.*\bXDP\b.*(?:Invalid argument|not supported)|attach\w* (?:dispatcher|XDP)|Error receiving netlink message/i,
    causes: ["explain.xdp_driver", "explain.xdp_mtu"],
    strength: 2,
  },
  {
    find: /Exclusivity flag on|XDP program already attached|(?:attach|link|xdp|bpf)\b.*(?:device or resource busy|EBUSY)/i,
    causes: ["explain.busy"],
    strength: 2,
  },
  {
    find: /uid_map.*(?:not permitted|permission denied)|(?:creat\w+ (?:new |user )?namespace).*(?:not permitted|permission denied)|setgroups.*permission denied|apparmor_restrict_unprivileged_(?:userns|unconfined)/i,
    causes: ["explain.apparmor_userns"],
    strength: 2,
  },
];
