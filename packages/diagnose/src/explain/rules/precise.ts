// SPDX-License-Identifier: MIT

import { refusedLoad } from "./refused.js";
import { anyOf, EACCES, EPERM, eacces, eperm, inOrder, quoted, type Rule } from "./rule.js";

const invalid = /invalid argument|EINVAL|os error 22\b/i;
const busy = /device or resource busy|EBUSY|os error 16\b|file exists|EEXIST|os error 17\b/i;
const missing = /no such file|ENOENT|os error 2\b/i;

/** Texts about programs that name more than a general rule sees; they come before the general ones. */
const programRules: readonly Rule[] = [
  {
    // 0xbad2310 and the numbers after it: loaders put it where a relocation failed.
    find: anyOf(
      /(?:invalid|unknown) func (?:unknown#)?195896\d{3}\b/,
      /<invalid CO-RE relocation>|failed to resolve CO-RE relocation/,
    ),
    causes: ["explain.core"],
    strength: 3,
    says: () => "the kernel lacks a type, field or value that a CO-RE relocation refers to",
  },
  {
    find: anyOf(
      /(?:invalid|unknown) func (?:unknown#)?2002\d{6}\b|<invalid kfunc call>/,
      /kfunc '[^']*' is referenced but wasn't resolved/,
    ),
    causes: ["explain.kfunc"],
    strength: 3,
  },
  {
    find: /calling kernel function (\S+) is not allowed/,
    causes: ["explain.kfunc_type"],
    strength: 3,
    says: ([, name]) => `the program type may not call the kernel function ${quoted(name)}`,
  },
  {
    find: /unknown opcode [0-9a-f]+/,
    causes: ["explain.kernel_old", "explain.verifier"],
    strength: 3,
    says: () => "the kernel does not know an instruction of the program: it is older than -mcpu",
  },
  {
    find: /number of funcs in func_info doesn't match/,
    causes: ["explain.object", "explain.verifier"],
    strength: 3,
  },
  {
    find: /because it is too old|kernel is too old/i,
    causes: ["explain.kernel_old", "explain.kernel_config"],
    strength: 3,
  },
  {
    find: /missing kernel options|not supported by (?:the|this|your) kernel/i,
    causes: ["explain.kernel_config", "explain.kernel_old"],
    strength: 2,
  },
  {
    find: /support the bpf LSM|lsm=bpf\b/i,
    causes: ["explain.kernel_config"],
    strength: 2,
    says: () => 'the kernel runs without the security module "bpf", which LSM programs need',
  },
  {
    find: /bpf_load_program\(\) err=1\b|not have CAP_BPF\b/,
    causes: refusedLoad,
    strength: 2,
  },
  {
    // No verifier refuses a program that only returns, nor a map: that is a security module.
    find: anyOf(
      inOrder(/map '[^']*': failed to create: /, eacces),
      inOrder(/probe_\w{1,40}\(\)/, eacces, /Couldn't (?:load basic|create simple)/),
      inOrder(
        /creat(?:e|ed|ing|ion)? [^:]{0,40}\bmap\b|map create|bpf_create_map|BPF_MAP_CREATE/i,
        eacces,
      ),
      inOrder(/detecting memory cgroup accounting: /, eacces),
    ),
    causes: ["explain.selinux", "doctor.lsm"],
    strength: 2,
    says: () => "a security module refuses bpf(): the kernel itself has no such error here",
  },
];

/** Texts about maps, BTF, pins and headers. */
const objectRules: readonly Rule[] = [
  {
    // The parser writes its log only for a caller who may load BTF.
    find: anyOf(/BTF loading error: -22\b/, /BPF_BTF_LOAD\b.{0,60}Verifier output: \S/),
    causes: ["explain.btf_upload"],
    strength: 2,
  },
  {
    find: anyOf(
      /find vmlinux BTF, but not found|does not have BTF file|failed to find '\.BTF' ELF section in vmlinux/,
      inOrder(
        /(?<!FAILED: )load BTF from vmlinux: |\/sys\/kernel\/btf\/vmlinux/,
        /No such file|No data available/,
      ),
    ),
    causes: ["explain.btf_missing", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: anyOf(
      /invalid BPF filesystem path|error: map not found: \/sys\/fs\/bpf/,
      inOrder(/bpf-foreign: /, missing),
    ),
    causes: ["explain.bpffs_place", "explain.pin_mode"],
    strength: 2,
  },
  {
    find: inOrder(/\bpin\w{0,4}\b|obj_?pin/i, /file exists|EEXIST|os error 17\b/i),
    causes: ["explain.pin_exists"],
    strength: 2,
  },
  {
    // An old loader creates probes in tracefs, if the kernel has no PMU for them.
    find: inOrder(/failed to open '\/sys\/bus\/event_source\/devices\/[ku]probe\/type'/, missing),
    causes: ["explain.probe_answer"],
    strength: 2,
    says: () => "the kernel has no perf events for probes, so libbpf creates them in tracefs",
  },
  {
    find: inOrder(/perf (?:ring|buffer|event reader)/i, /can't mmap|\bmmap\b/, eperm),
    causes: ["explain.memlock", "explain.perf_event"],
    strength: 2,
    says: () =>
      "the ring of perf events exceeds kernel.perf_event_mlock_kb and RLIMIT_MEMLOCK, and the process lacks CAP_IPC_LOCK",
  },
  {
    // A sysctl that refuses, and a limit other than that of locked memory, are no matter of bpf().
    find: anyOf(
      inOrder(/sysctl: setting key \\?"/, eperm),
      inOrder(/setting rlimit type (?!8\b)\d/, eperm),
    ),
    causes: [],
    strength: 1,
  },
  {
    find: /(?:[Pp]rogram s|S)ection '[^']{0,64}' not found in ELF file/,
    causes: ["explain.object"],
    strength: 3,
    says: () => "the object has no section of this name",
  },
  {
    // iproute2 prints this after each failure: a line before it has the reason.
    find: /Error fetching program\/map!/,
    causes: ["explain.object"],
    strength: 1,
    says: () => "the loader does not find the program or map, or could not load it",
  },
  {
    // A file that is no pin, or a namespace, is no matter of bpf(): without causes, the answer is "cannot tell".
    // /dev/bpf is the packet filter of BSD and macOS.
    find: /(?:open (?!\/sys\/)|exec )[^:\s]{1,200}: (?:permission denied|operation not permitted)|\/dev\/bpf|attach to \w{1,8} namespace|\bptrace\b/,
    causes: [],
    strength: 1,
  },
  {
    find: anyOf(
      inOrder(
        /memlock rlimit: |rlimit memlock: |\bsetrlimit\b|resource limit: |setting rlimit type 8\b/i,
        eperm,
      ),
      /\bsetrlimit\S{0,2} failed/i,
    ),
    causes: ["explain.rlimit_refused", "explain.memlock"],
    strength: 2,
  },
];

/** Texts about attaching. */
const attachmentRules: readonly Rule[] = [
  {
    find: anyOf(
      /Kernel error message: (?:Parent Qdisc|Cannot find specified (?:qdisc|filter))/,
      inOrder(/attaching ebpf program to tc\b/i, invalid),
    ),
    causes: ["explain.attach_target", "explain.kernel_config"],
    strength: 3,
    says: () =>
      "the interface has no clsact qdisc for the program: tc qdisc add dev IF clsact creates it",
  },
  {
    // libxdp loads the program when it attaches it.
    find: inOrder(/attach XDP program on iface/i, eacces),
    causes: ["explain.verifier", "explain.verifier_capability"],
    strength: 1,
  },
  {
    find: /XDP dispatcher version \d+ higher than supported/,
    causes: ["explain.object"],
    strength: 2,
    says: () => "a newer libxdp has attached its dispatcher, which this version does not know",
  },
  {
    find: /Exclusivity flag on, cannot modify/,
    causes: ["explain.probe_answer"],
    strength: 2,
    says: () => "the qdisc exists already, which does no harm",
  },
  {
    find: inOrder(/Kernel error message: /, /filter|classifier|chain|handle/i),
    causes: ["explain.attach_target", "explain.kernel_config"],
    strength: 2,
    says: () => "the kernel refuses the queueing discipline or filter that tc programs attach to",
  },
  {
    find: /We have an error talking to the kernel/,
    causes: ["explain.kernel_config", "explain.kernel_old", "explain.attach_target"],
    strength: 1,
    says: () => "the kernel lacks the classifier or queueing discipline that tc asks for",
  },
  {
    // libbpf writes this for lsm, fentry and fexit only: the others name their target.
    find: anyOf(
      inOrder(/prog '[^']*': failed to attach: /, busy),
      inOrder(/attach non-struct_ops BPF programs|attach (?:lsm|fentry|fexit|fmod_ret): /i, busy),
    ),
    causes: ["explain.kernel_config", "explain.busy", "explain.attach_unsupported"],
    strength: 3,
    says: () =>
      "the kernel cannot patch the function of an lsm or fentry program: built without CONFIG_FUNCTION_TRACER, or another program holds the function",
  },
  {
    find: inOrder(/attach(?:ed|ing)? XDP|create link|netlink message/i, busy),
    causes: ["explain.busy"],
    strength: 2,
  },
  {
    find: /prog 'sd_\w+': failed to attach to cgroup: Bad file descriptor/,
    causes: ["explain.probe_answer"],
    strength: 2,
  },
  {
    find: inOrder(
      /create bpf (?:perf link|link for perf_event)|failed to attach to tracepoint |PERF_EVENT_IOC_SET_BPF/i,
      eacces,
    ),
    causes: ["explain.tracepoint_record", "explain.selinux"],
    strength: 2,
  },
  {
    find: inOrder(/kprobe_events|uprobe_events/, busy),
    causes: ["explain.busy"],
    strength: 2,
    says: () => "another process has the list of probes open, or uses the probe",
  },
  {
    find: anyOf(
      inOrder(/perf_event_open\([^)]{0,64}events\/[uk]probes\//, invalid),
      inOrder(/write\(\d+, "[pr]:kprobes\//, invalid),
      /Could not resolve symbol|No probes to attach|elf: failed to find symbol/,
      /Failed to attach BPF to [uk](?:ret)?probe/,
    ),
    causes: ["explain.attach_target", "explain.object"],
    strength: 2,
  },
  {
    find: /tracepoint not found/,
    causes: ["explain.tracefs", "explain.attach_target", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: inOrder(/PERF_EVENT_IOC_SET_BPF|setting perf event bpf program/, invalid),
    causes: ["explain.attach_unsupported", "explain.kernel_old"],
    strength: 2,
    says: () =>
      "the kernel does not accept this program for this event: another program type, or bpf_override_return at a function that permits none",
  },
  {
    find: /`perf_event_open` failed\s*$/,
    causes: ["explain.perf_event", "explain.attach_target"],
    strength: 1,
  },
  {
    find: /device cgroup rules are not supported in rootless mode/,
    causes: ["explain.device_cgroup"],
    strength: 3,
    says: () =>
      "a rootless container cannot have device rules: they need a BPF program of the host",
  },
  {
    find: new RegExp(`bwrap: .{0,40}RTM_NEWADDR: (?:${EPERM}|${EACCES})`, "i"),
    causes: ["explain.apparmor_userns"],
    strength: 2,
  },
];

/** Texts that name their cause, or a call and its errno: before rules that see less. */
export const preciseRules: readonly Rule[] = [...programRules, ...objectRules, ...attachmentRules];
