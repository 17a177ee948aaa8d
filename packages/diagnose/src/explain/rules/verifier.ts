// SPDX-License-Identifier: MIT
import { anyOf, inOrder, quoted, type Rule } from "./rule.js";

const PROBE_READ = /bpf_probe_read(?:_kernel|_str|_kernel_str)?(?:#|\b)|#(?:4|45|113|115)\b/;

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
    find: /(?:program of this type )?cannot use helper (\S+)/,
    causes: ["explain.verifier_capability", "explain.helper"],
    strength: 3,
    says: ([, name]) =>
      `this program type cannot call ${quoted(name)}, or not with the capabilities of the caller`,
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
    find: anyOf(
      inOrder(/pointer (?:arithmetic|comparison)/, / prohibited/),
      /prohibited for !root|leaks addr|R\d+ (?:bitwise operator|has pointer with unsupported)|attempt to corrupt spilled pointer|tried to (?:add|sub|mul) from different/,
    ),
    causes: ["explain.verifier_capability", "explain.verifier"],
    strength: 3,
    says: ([text]) => `the verifier refuses pointer operations ("${quoted(text)}")`,
  },
  {
    find: /allowed for (?:root|CAP_BPF)|function calls to other bpf functions are allowed|back-edge from insn/,
    causes: ["explain.verifier_capability", "explain.kernel_old"],
    strength: 3,
    says: () =>
      "the verifier permits loops and function calls only with CAP_BPF, and from Linux 5.3 on",
  },
  {
    find: /GPL[- ]?(?:restricted|only|compatible)|from (?:a )?non-GPL compatible/i,
    causes: ["explain.license"],
    strength: 3,
  },
  {
    find: /BPF program is too large|jumps is too complex|too many (?:subprogs|states)|combined stack size|processed 1000001 insns|call stack of \d+ frames is too deep/,
    causes: ["explain.program_size"],
    strength: 3,
  },
  {
    find: /invalid (?:mem access|bpf_context access|access to (?:packet|map value|memory)|indirect (?:read|access)|(?:read|write) (?:from|to) stack|stack type)|R\d+ !read_ok|(?:last insn is not an exit|unreachable insn|jump out of range)|unbounded (?:min|memory)|min value is (?:negative|outside)|type=[^\s=]+ expected=|Unreleased reference|infinite loop detected|dereference of modified|math between|R\d+ (?:max|min) value is|invalid size of register|misaligned/,
    causes: ["explain.verifier"],
    strength: 3,
    says: ([text]) => `the verifier rejects the program: ${quoted(text)}`,
  },
];
