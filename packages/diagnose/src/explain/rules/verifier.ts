// SPDX-License-Identifier: MIT
import { permissionMessage } from "../permission-message.js";
import { anyOf, type Finder, quoted, type Rule } from "./rule.js";

const PROBE_READ = /bpf_probe_read(?:_kernel|_str|_kernel_str)?(?:#|\b)|#(?:4|45|113|115)\b/;

/** Helpers that CAP_PERFMON opens to most program types: measured with ten types on Linux 6.18. */
const FOR_CAP_PERFMON =
  "copy_from_user(?:_task)?|find_vma|get_branch_snapshot|get_current_(?:comm|task(?:_btf)?)|get_task_stack|(?:per|this)_cpu_ptr|perf_event_read(?:_value)?|probe_read(?:_kernel|_user)?(?:_str)?|send_signal(?:_thread)?|skc_to_\\w{1,24}|snprintf(?:_btf)?|task_pt_regs|trace_v?printk";

/** Finds a measured message: its text, how many programs CAP_PERFMON cured, and of how many. */
const measured = (fits: (always: number) => boolean): Finder => ({
  exec(line) {
    const found = permissionMessage(line);
    if (found === undefined || !fits(found.always)) return null;
    return [found.text, String(found.cured), String(found.cured + found.always)];
  },
});

/** Messages of the verifier that need more than "change the program". */
export const verifierRules: readonly Rule[] = [
  {
    find: /(?:program of this type )?cannot use helper (bpf_probe_(?:read|write_user)\S*)/,
    causes: ["doctor.lockdown", "explain.verifier_capability", "explain.helper"],
    strength: 3,
    says: ([, name]) =>
      `the kernel does not offer ${quoted(name)} to this program: lockdown, a missing CAP_PERFMON, or a program type without it`,
  },
  {
    find: /(?:unknown func|cannot use helper) (bpf_override_return)\b/,
    causes: ["explain.kernel_config", "explain.helper"],
    strength: 3,
    says: () =>
      "the kernel offers bpf_override_return to programs of kprobes only, and only with CONFIG_BPF_KPROBE_OVERRIDE",
  },
  {
    find: new RegExp(`cannot use helper (bpf_(?:${FOR_CAP_PERFMON})#\\d+)`),
    causes: ["explain.verifier_capability", "explain.helper"],
    strength: 3,
    says: ([, name]) =>
      `this program type cannot call ${quoted(name)}, or not with the capabilities of the caller`,
  },
  {
    find: /cannot use helper (\S+)/,
    causes: ["explain.helper", "explain.verifier_capability"],
    strength: 3,
    says: ([, name]) => `this program type cannot call ${quoted(name)}`,
    fix: ["call the helper in a program of a type that has it, or build without the helper"],
  },
  {
    find: /unknown func (bpf_\w+)#?\d*/,
    causes: ["explain.helper", "explain.verifier_capability", "doctor.lockdown"],
    strength: 3,
    says: ([text, name]) =>
      PROBE_READ.test(text ?? "")
        ? `the kernel does not offer ${quoted(name)} to this program`
        : `the kernel does not have ${quoted(name)} for this program type`,
  },
  {
    find: /invalid func (?:unknown#)?(\d+)/,
    causes: ["explain.helper"],
    strength: 3,
    says: ([, number]) => `the kernel does not have the helper function number ${number}`,
  },
  {
    find: /prohibited for !root|leaks addr|R\d+ has pointer with unsupported|tried to (?:add|sub|mul) from different/,
    causes: ["explain.verifier_capability", "explain.verifier"],
    strength: 3,
    says: ([text]) =>
      `the verifier refuses pointer operations without CAP_PERFMON ("${quoted(text)}")`,
  },
  {
    find: /allowed for (?:root|CAP_BPF)|function calls to other bpf functions are allowed/,
    causes: ["verify.call.capable", "explain.kernel_old"],
    strength: 3,
    capability: "BPF",
    says: () => "the verifier permits function calls only with CAP_BPF",
  },
  {
    // Few types can be loaded without CAP_BPF.
    find: /back-edge from insn/,
    causes: ["explain.kernel_old", "verify.back_edge"],
    strength: 3,
    capability: "BPF",
    says: () => "the verifier permits loops from Linux 5.3 on, and only with CAP_BPF",
  },
  {
    find: /Attaching \S{1,40} to (\S{1,40} )?function '([^']{1,128})' is rejected/,
    causes: ["explain.attach_target"],
    strength: 3,
    says: ([, kind, name]) =>
      `the kernel permits no program of this type at ${quoted(name)}, a ${quoted(kind)} function`,
    fix: ["attach to another function: to its caller, or with fentry or kprobe to the same one"],
  },
  {
    find: /GPL[- ](?:restricted|only|compatible) (?:func|helper|kfunc|program)|from (?:a )?non-GPL compatible/i,
    causes: ["explain.license"],
    strength: 2,
  },
  {
    find: /BPF program is too large|Program\s{1,8}too large|jumps is too complex|too many (?:subprogs|states)|combined stack size|processed 1000001 insns|call stack of \d+ frames is too deep/,
    causes: ["explain.program_size"],
    strength: 3,
  },
  {
    find: measured((always) => always === 0),
    causes: ["explain.verifier_capability", "explain.verifier"],
    strength: 3,
    says: ([text]) => `the verifier refuses this to a caller without CAP_PERFMON: ${quoted(text)}`,
  },
  {
    find: measured((always) => always > 0),
    causes: ["explain.verifier", "explain.verifier_capability"],
    strength: 3,
    says: ([text, cured, all]) =>
      `the verifier rejects the program: ${quoted(text)} (of ${all} test programs with this message, CAP_PERFMON cured ${cured})`,
  },
  {
    find: /invalid (?:mem access|bpf_context access|access to (?:packet(?! at PC)|map value|memory)|indirect (?:read|access)|(?:read|write) (?:from|to) stack|stack type)|R\d+ !read_ok|pointer arithmetic on \S+ prohibited|R\d+ bitwise operator|(?:last insn is not an exit|unreachable insn|jump out of range)|unbounded (?:min|memory)|min value is (?:negative|outside)|type=(?!ctx expected=fp)[^\s=]+ expected=|Unreleased reference|infinite loop detected at insn|dereference of modified|math between|R\d+ (?:max|min) value is|invalid size of register|misaligned (?:packet|stack|value|context|access|pointer)|access beyond (?:the end of (?:member )?)?\w{1,64}/,
    causes: ["explain.verifier"],
    strength: 3,
    says: ([text]) => `the verifier rejects the program: ${quoted(text)}`,
  },
  {
    // The words of the verifier for registers, arguments and references, where no log is around them.
    find: anyOf(
      /\bR\d{1,2} (?=[a-z]).{0,80}\b(?:not|prohibited|must|should|invalid|unbounded|outside|expected|doesn't|has|pointer)\b/,
      /(?<!Unrecognized )\barg#\d.{0,80}\b(?:must|expected|should|not allowed)\b/,
      /program exit the register|expected (?:a )?pointer to|tail_calls are not allowed|callbacks? (?:is|are) not allowed|BPF_(?:XADD|ATOMIC|LD_\w{3}|CALL|EXIT) .{0,60}(?:not allowed|reserved|invalid)|cannot (?:pass|write into|overwrite|return stack)|reference has not been acquired|\bdynptr\b|verifier bug|same insn cannot be used/,
    ),
    causes: ["explain.verifier", "explain.verifier_capability"],
    strength: 2,
    says: ([text]) => `the verifier rejects the program: ${quoted(text)}`,
  },
  {
    find: /\bverifier (?:output|error|reject|fail)|rejected by (?:the )?(?:\w{1,8} )?verifier/i,
    causes: ["explain.verifier", "explain.verifier_capability"],
    strength: 1,
  },
];
