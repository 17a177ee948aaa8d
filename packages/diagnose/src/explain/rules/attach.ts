// SPDX-License-Identifier: MIT
import { anyOf, denied, eperm, inOrder, quoted, type Rule } from "./rule.js";

const tracefs = /kprobe_events|uprobe_events|\/tracing\b|tracefs|debugfs|\/sys\/kernel\/debug\b/i;
const refusedByCgroup = /Invalid argument|Operation not permitted|Bad file descriptor/i;

const NETLINK =
  "what the refused netlink request was about: each needs CAP_NET_ADMIN in the user namespace that owns the network namespace (readlink /proc/PID/ns/net, lsns -t net -o NS,ONS); strace -f -e trace=network shows the request";

/** Texts about attaching: tracing, cgroups and interfaces; and container runtimes. */
export const attachRules: readonly Rule[] = [
  {
    // File modes answer EACCES, lockdown answers EPERM.
    find: inOrder(tracefs, eperm),
    causes: ["doctor.lockdown", "explain.tracefs"],
    strength: 2,
  },
  {
    find: inOrder(tracefs, denied),
    causes: ["explain.tracefs", "doctor.lockdown"],
    strength: 2,
  },
  {
    find: anyOf(
      inOrder(
        /kprobe_events|uprobe_events|trace_pipe|debug\/tracing|tracefs|debugfs|available_(?:filter_functions|events)/i,
        /no such file|not mounted|file: -2\b|err=2\b|-ENOENT\b/i,
      ),
      /neither debugfs nor tracefs|no such file or directory: \S{0,60}\/tracing\//i,
      /failed to determine tracepoint '[^']*' perf event ID: (?:No such file|-ENOENT\b)/i,
    ),
    causes: ["explain.tracefs", "explain.attach_target", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: inOrder(
      /kprobe perf_event_open\(\) failed|create (?:kprobe|uprobe|tracepoint) '?([^' ]*)'? perf event|add legacy kprobe event for '?([^']*)'?|creat(?:e|ed|ing|ion)? (?:\w+ event|perf_[ku]probe PMU)/i,
      /No such file|-ENOENT\b/i,
    ),
    causes: ["explain.attach_target", "explain.kernel_config"],
    strength: 2,
    says: ([, name, legacy]) =>
      `the kernel has no ${quoted(name ?? legacy) || "function"} to attach to`,
  },
  {
    find: anyOf(
      /cannot attach kprobe|probe entry may not exist|it's not traceable|is not traceable|(?:attaching|attach) probe: /i,
      inOrder(/symbol /i, /not found/i, /kprobe/i),
    ),
    causes: ["explain.attach_target"],
    strength: 2,
  },
  {
    find: anyOf(
      inOrder(/bpf_prog_query\(BPF_CGROUP_DEVICE\) failed/, denied),
      /bpf device cgroup requires real root|Failed to load bpf program: \(null\)/i,
      inOrder(/runc|crun|lxc|cgfsng|cgroup|devices/i, /Failed to (?:attach|load) bpf program/i),
      /Not enough privileges, BPF device control is not supported/,
      inOrder(/device control BPF program|CGROUP DEVICE BPF program/, eperm),
      /\bbpf (?:create|get|get info|load) `/,
      inOrder(eperm, / - Failed to (?:create|detach|reallocate|update|process)\b/, /bpf/),
      inOrder(/procHooks process/i, /load program/i),
      inOrder(/BPF_CGROUP_DEVICE/i, /not permitted|not implemented/i),
      inOrder(/device cgroup/i, /not permitted/i),
    ),
    causes: ["explain.device_cgroup", "explain.kernel_config"],
    strength: 2,
  },
  {
    // The kernel has no answer for this attach type, or no such command.
    find: /bpf_prog_query\(BPF_CGROUP_DEVICE\) failed/,
    causes: ["explain.kernel_config", "explain.kernel_old", "explain.device_cgroup"],
    strength: 2,
    says: () =>
      "the kernel does not support device programs of cgroups: built without CONFIG_CGROUP_BPF, or older than 4.15",
  },
  {
    find: inOrder(eperm, / - Failed to handle bpf syscall/),
    causes: ["explain.intercept", "explain.device_cgroup"],
    strength: 2,
  },
  {
    find: /Kernel compiled with CGROUP_BPF enabled\?|LSM BPF not supported|not support BPF\/cgroup|Proceeding WITHOUT firewalling/,
    causes: ["explain.kernel_config", "explain.cgroup", "doctor.seccomp"],
    strength: 2,
  },
  {
    find: /bpf syscall is not available/i,
    causes: ["doctor.seccomp", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: inOrder(
      /BPF_PROG_ATTACH \(BPF_CGROUP_DEVICE/,
      /argument list too long|E2BIG|invalid argument|EINVAL/i,
    ),
    causes: ["explain.kernel_old", "explain.device_cgroup"],
    strength: 2,
    says: () =>
      "the runtime replaces a device program with BPF_F_REPLACE, which Linux 5.6 introduced",
  },
  {
    find: anyOf(
      inOrder(/attach|detach/i, /cgroup/i, refusedByCgroup),
      inOrder(/cgroup attach: /i, refusedByCgroup),
      /failed to attach (?:\(legacy\) )?program \w{1,64} to cgroup/,
      /not a cgroup ?v?2|cgroup2? not mounted/i,
    ),
    causes: ["explain.cgroup"],
    strength: 2,
  },
  {
    find: /unknown (?:or unsupported )?capabilit(?:y|ies)|unknown capability to add|invalid CapAdd/i,
    causes: ["explain.capability_name"],
    strength: 2,
  },
  {
    find: anyOf(
      inOrder(/\bXDP\b|bpf/i, /numerical result out of range/i),
      /XDP is not (?:allowed|supported) with (?:current )?MTU/i,
      inOrder(/MTU /i, /too (?:large|big|high)|larger than/i),
      inOrder(/larger than /i, /XDP MTU/i),
    ),
    causes: ["explain.xdp_mtu"],
    strength: 2,
  },
  {
    find: /Specified qdisc kind is unknown|qdisc (?:kind )?(?:is )?(?:not found|unknown)/i,
    causes: ["explain.kernel_config"],
    strength: 3,
    says: () =>
      "the kernel lacks the queueing discipline that tc programs attach to: module sch_ingress (CONFIG_NET_SCH_INGRESS)",
  },
  {
    find: /Kernel error message: (?:(?:Native and generic XDP )?can't be active|Can't replace active|XDP program already attached|Active program does not match|Cannot attach when an upper device)|can't replace; unload first/i,
    causes: ["explain.busy"],
    strength: 3,
  },
  {
    find: /\banother .{1,60} already (?:running|attached|loaded|registered)/i,
    causes: ["explain.busy"],
    strength: 2,
    onlyForBpf: true,
  },
  {
    find: /Kernel error message: (.*)|(Failed to set xdp program.*|virtio_net: .*)|(Can't set XDP while.*)|(XDP mode not supported.*)|(prog does not support XDP frags)/,
    // The kernel's message is free text: it need not be one of a driver.
    causes: ["explain.xdp_driver", "explain.xdp_mtu"],
    strength: 3,
    says: (match) => `the driver refuses XDP: ${quoted(match.slice(1).find(Boolean))}`,
  },
  {
    find: inOrder(/RTNETLINK answers: /, eperm),
    causes: ["doctor.netns", "doctor.seccomp"],
    strength: 3,
    onlyForBpf: true,
    unknown: NETLINK,
  },
  {
    find: inOrder(
      /interface \w+ attach failed: |attaching XDP program to ifindex \d+|(?:create|creating|attach|attaching) (?:tc|clsact|qdisc)/i,
      eperm,
    ),
    causes: ["doctor.netns", "doctor.seccomp"],
    strength: 3,
  },
  {
    // xdp-loader loads and attaches in one step.
    find: inOrder(/attach XDP program on iface/i, eperm),
    causes: ["doctor.netns", "prog.load.sysctl", "explain.no_token", "doctor.seccomp"],
    strength: 2,
  },
  {
    find: inOrder(/attach|set/i, /\bXDP\b/i, /Invalid argument|not supported/i),
    causes: ["explain.xdp_driver", "explain.xdp_mtu"],
    strength: 2,
  },
  {
    find: /attach(?:ed|ing)? (?:dispatcher|XDP)|Error receiving netlink message/i,
    causes: ["explain.xdp_driver", "explain.xdp_mtu"],
    strength: 1,
  },
  {
    find: anyOf(
      inOrder(
        /[ug]id[ _]map|creat(?:e|ed|ing) (?:new |user )?namespace/i,
        /not permitted|permission denied/i,
      ),
      inOrder(/setgroups/i, /permission denied/i),
      /apparmor_restrict_unprivileged_(?:userns|unconfined)(?!\w{0,16} ?[:=] ?0)/i,
    ),
    causes: ["explain.apparmor_userns"],
    strength: 2,
  },
];
