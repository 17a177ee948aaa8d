// SPDX-License-Identifier: MIT
import { anyOf, denied, inOrder, type Rule } from "./rule.js";

/** Error 524, which C libraries have no name for. */
const notSupported = /(?:-524\b|error 524|errno 524|ENOTSUPP)/;
const noMemory = /cannot allocate memory|\bENOMEM\b|os error 12\b|(?:: ?|\()-12\b/i;

/** Texts about limits of memory and of the JIT compiler, and about containers without root. */
export const limitRules: readonly Rule[] = [
  {
    find: inOrder(/seccomp/i, notSupported),
    causes: ["explain.jit_limit", "explain.kernel_config"],
    strength: 2,
    says: () =>
      "the kernel cannot compile a seccomp filter: the memory of the JIT compiler is used up (net.core.bpf_jit_limit)",
  },
  {
    find: inOrder(/\bload(?!er)/i, notSupported),
    causes: ["explain.jit_limit", "explain.attach_unsupported"],
    strength: 2,
  },
  {
    find: /kptr_restrict\b.{0,20}\bnet\.core\.bpf_jit_harden/,
    causes: ["explain.kptr", "explain.jit_harden"],
    strength: 2,
  },
  {
    find: /insufficient permissions, unsupported kernel, or JIT compiler disabled/,
    causes: ["bpf.admin", "explain.kptr", "explain.jit_harden", "explain.kernel_config"],
    strength: 2,
    says: () =>
      "the kernel hides the compiled program: the caller lacks a capability, or a setting of the JIT compiler hides it",
  },
  {
    // The driver: no memory for its rings, or too few queues.
    find: inOrder(
      /\battach\w{0,3} [^:]{0,60}\bXDP\b|\bXDP\b.{0,60}\b(?:attach|interface|device)/i,
      noMemory,
    ),
    causes: ["explain.memory_cgroup", "explain.xdp_driver"],
    strength: 2,
  },
  {
    find: inOrder(/\bmaps?\b|\be?bpf|\bprog(?:ram)?\b/i, noMemory),
    causes: ["explain.memory_cgroup", "explain.map_definition", "explain.memlock"],
    strength: 2,
  },
  {
    find: anyOf(
      inOrder(/\brootless(?:kit)?\b/i, denied),
      inOrder(/\brootless(?:kit)?\b/i, /not supported|cannot|requires? root/i),
      inOrder(/newuidmap|newgidmap/i, /permitted|denied|failed|not found/i),
    ),
    causes: ["explain.rootless_container", "explain.apparmor_userns", "doctor.seccomp"],
    strength: 2,
  },
  {
    find: /path \S{0,200}\/bpf\S{0,200} is mounted on \S{1,400} but it is not a shared (?:or slave )?mount/,
    causes: ["explain.shared_mount"],
    strength: 3,
  },
];
