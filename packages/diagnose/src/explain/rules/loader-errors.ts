// SPDX-License-Identifier: MIT
// Texts that loaders have for one errno or check of their own, read in their sources.
import { noAccess } from "./refused.js";
import { eperm, inOrder, quoted, type Rule } from "./rule.js";

/** An error of libbpf's own, 4000 to 4013 (libbpf_errno.c): by its text, or by its number in a text about BPF. */
const libbpfError = (text: RegExp, number: string, causes: Rule["causes"]): readonly Rule[] => [
  { find: text, causes, strength: 2 },
  {
    find: new RegExp(`(?:\\berror |\\bfailed |[:(] ?)-?${number}\\b`),
    causes,
    strength: 2,
    onlyForBpf: true,
  },
];
const libbpfErrors: readonly Rule[] = [
  ...libbpfError(/BPF object format invalid|Something wrong in libelf/, "400[01]", [
    "explain.object",
  ]),
  ...libbpfError(/Kernel verifier blocks program loading/, "4007", [
    "explain.verifier",
    "explain.verifier_capability",
  ]),
  ...libbpfError(/Kernel doesn't support this program type/, "4010", [
    "explain.kernel_config",
    "explain.kernel_old",
  ]),
];

/** Texts about attaching. */
const attaching: readonly Rule[] = [
  {
    // cilium/ebpf: the BTF of the kernel has no btf_trace_NAME, bpf_lsm_NAME or function NAME.
    find: /\b(raw_tp|fentry|fexit|fmod_ret) (\S{1,128}) not supported|: (\S{1,128}) (LSM hook|iterator) not supported/,
    causes: ["explain.attach_target", "explain.kernel_old", "explain.kernel_config"],
    strength: 3,
    says: ([, kind, name, other, what]) =>
      `the kernel's BTF has no ${quoted(kind ?? what)} target ${quoted(name ?? other)}`,
  },
  {
    // BCC writes this for XDP only.
    find: inOrder(/bpf: Attaching prog to \S{1,16}: /, /not supported|Invalid argument/i),
    causes: ["explain.xdp_driver", "explain.xdp_mtu"],
    strength: 2,
  },
  {
    find: inOrder(/bpf: Attaching prog to \S{1,16}: /, eperm),
    causes: ["doctor.netns", "doctor.seccomp"],
    strength: 3,
  },
  {
    // strace: tracefs has no function of this name.
    find: inOrder(/write\(\d+, "[pr]\d{0,9}:[ku]probes\//, /-1 ENOENT\b/),
    causes: ["explain.attach_target"],
    strength: 3,
    says: () => "the kernel has no function of the name that the program writes to tracefs",
  },
];

/** Texts about objects, their types and their maps. */
const objects: readonly Rule[] = [
  {
    find: /\bcorrupted (?:\S{1,24} )?(?:section|symbol table)\b/,
    causes: ["explain.object"],
    strength: 2,
    says: () =>
      "libbpf cannot read a section of the object file: another compiler or loader made it for itself",
    onlyForBpf: true,
  },
  {
    // The kernel's check of the BTF of an object; each release knows more kinds.
    find: /^\s*\[\d+\] (?:Invalid kind:\d+|.{0,120} vlen != 0$)/,
    causes: ["explain.btf_upload"],
    strength: 2,
    says: () => "the kernel does not know a kind of type in the BTF of the object: it is too old",
  },
  {
    find: /addr_space_cast insn can only \w.{0,80}/,
    causes: ["explain.verifier"],
    strength: 2,
    says: ([text]) => `the verifier rejects the program: ${quoted(text)}`,
  },
  {
    find: /\bno (?:more )?(?:space|room)(?: left)? in (?:the )?(?:e?bpf )?map\b|\bmap (?:\S{1,64} )?is full\b/i,
    causes: ["map.elem.full"],
    strength: 2,
    onlyForBpf: true,
  },
  {
    find: inOrder(/populat\w{1,4} (?:the )?(?:program|map)\b/i, eperm),
    causes: ["explain.every_command", "map.frozen", ...noAccess],
    strength: 2,
    onlyForBpf: true,
  },
];

/** All rules of this file: before the general ones. */
export const loaderErrorRules: readonly Rule[] = [...libbpfErrors, ...attaching, ...objects];
