// SPDX-License-Identifier: MIT
import { anyOf, inOrder, quoted, type Rule } from "./rule.js";

/** Texts that name what the machine lacks: a release, an option of the kernel, BTF, headers, a mount. */
export const machineRules: readonly Rule[] = [
  {
    find: /\bBTF search failed\b|\bkernel btf file does not exist\b/i,
    causes: ["explain.btf_missing", "explain.kernel_config"],
    strength: 2,
  },
  {
    // Android's loader prints the result -1 of its own function as an errno.
    find: /\bbpfloader\b.{0,20}: Failed to load object: /,
    causes: ["explain.kernel_config", "explain.kernel_old"],
    strength: 2,
    says: () =>
      "bpfloader of Android prints EPERM after each failure: lines of LibBpfLoader before it have the reason",
  },
  {
    find: anyOf(
      /CONFIG_DEBUG_INFO_BTF\b.{0,60}(?:not |missing|undefined|disabled|=n\b)|\b(?:no|missing|find) (?:kernel |vmlinux )?BTF\b(?! id\b)|\bBTF (?:is |information )?(?:not (?:supported|found|available|present|enabled)|missing|required|unavailable)/i,
      inOrder(/\bBTF\b/, /CONFIG_DEBUG_INFO_BTF\b/),
    ),
    causes: ["explain.btf_missing", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: /(?<!# )\bCONFIG_[A-Z0-9_]{2,40}\b.{0,40}\b(?:undefined|not (?:set|enabled|found|defined)|missing|disabled|required)|\b(?:enable|missing|without|requires?|needs?|compiled? with|buil[dt] with|check|not have|lacks?)\b.{0,60}\bCONFIG_[A-Z0-9_]{2,40}/i,
    causes: ["explain.kernel_config", "explain.kernel_old"],
    strength: 2,
  },
  {
    find: /Missing Kernel Config|kernel config options? not found|BPF LSM\b.{0,40}not (?:enabled|supported)|TC classifier not found/i,
    causes: ["explain.kernel_config", "explain.kernel_old"],
    strength: 2,
  },
  {
    find: /kernel (?:does ?n[o']t|cannot) support (?:the )?(?:(?:e?bpf )?helper )?`?bpf_\w/i,
    causes: ["explain.helper", "explain.kernel_old"],
    strength: 2,
  },
  {
    find: /\bELF\b.{0,40}\b(?:invalid|not|bad|unexpected|error|wrong)\b|(?:pars\w{0,3}|invalid|bad|not a valid) .{0,30}(?:\bELF\b|e?BPF object)|guess program type/i,
    causes: ["explain.object", "explain.compile"],
    strength: 2,
  },
  {
    find: /unknown filesystem type '?(?:debugfs|tracefs)/,
    causes: ["explain.tracefs", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: /unknown filesystem type '?(?:bpf|cgroup2)/,
    causes: ["explain.kernel_config", "explain.kernel_old"],
    strength: 2,
  },
  {
    find: /unknown tracepoint|tracepoint '?[\w:]{1,80}'? (?:not found|does not exist)|\/events\/[\w-]{1,64}\/[\w-]{1,64} not found/i,
    causes: ["explain.attach_target", "explain.tracefs"],
    strength: 2,
  },
  {
    find: anyOf(
      inOrder(/extern \(func ksym\) '([^']{1,80})'/, /incompatible/),
      /malformed .{0,20}kfunc|kfunc prototype/,
    ),
    causes: ["explain.kfunc", "explain.kernel_config"],
    strength: 2,
    says: ([, name]) =>
      `the kernel has ${quoted(name) || "a kernel function"} with other arguments than the program expects`,
  },
  {
    find: /\.?BTF header\b|(?:pars|read|decod|unmarshal)\w{0,4} .{0,24}\.?BTF\b.{0,40}: .{0,80}(?:magic|trail|unsupported|unexpected|unknown|invalid)/i,
    causes: ["explain.btf_newer", "explain.btf_missing"],
    strength: 2,
    says: () => "the loader cannot read the BTF of this kernel: it is newer than the loader",
  },
  {
    find: /\b(?:mount .{0,40}|chdir\()(?:\/usr\/src|\/lib\/modules)|\b(?:kernel|linux)[ -]headers?\b.{0,40}(?:not (?:be )?found|missing|not installed|required)|\b(?:no|find|missing|install) (?:the )?(?:kernel|linux)[ -]headers/i,
    causes: ["explain.headers"],
    strength: 2,
  },
  {
    find: /\b(?:kernel|linux)\b[^.;]{0,60}(?:too old|older than v?\d|at least v?\d|or (?:newer|later|higher|above)\b|must be|>= ?v?\d)|(?:requir|need|minim|at least)\w{0,4}\b[^.;]{0,40}\bkernel\b[^.;]{0,30}\d|\bkernel\b.{0,60}\b(?:requires?|needs?) v?\d\.\d/i,
    causes: ["explain.kernel_old"],
    strength: 2,
  },
];
