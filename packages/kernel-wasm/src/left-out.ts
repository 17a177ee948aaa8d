// SPDX-License-Identifier: GPL-2.0-only

/** Something that real kernels do and the model, on purpose, does not. */
export interface LeftOut {
  /** Rules of docs/spec that are not carried out because of it; empty where no rule tells of it. */
  readonly rules: readonly string[];
  /** What it is, in a few words. */
  readonly what: string;
  /** Why it is left out, and what the model answers instead. */
  readonly reason: string;
}

/** What the model leaves out on purpose. */
export const leftOut: readonly LeftOut[] = [
  {
    rules: [],
    what: "threads, and processes that share a root directory or a table of descriptors",
    reason:
      "Each process has its own of everything, so the part of UN-11 that is about them never refuses.",
  },
  {
    rules: [],
    what: "the verifier's following of values",
    reason:
      "A program is followed to the first jump or call that depends on something; what lies behind is accepted, and the call says so (prog.load.not_verified).",
  },
  {
    rules: ["PL-05"],
    what: "processors without cheap unaligned access",
    reason: "The model is of x86-64, where BPF_F_ANY_ALIGNMENT asks for nothing.",
  },
  {
    rules: ["PL-15"],
    what: "signatures of programs",
    reason:
      "It takes keyrings and PKCS#7. From 6.18 on a program with a signature is answered with NotModelledError.",
  },
  {
    rules: ["VF-07"],
    what: "ways that a processor may take by mistake (Spectre)",
    reason: "They are followed by tracking values, which the model does not do.",
  },
  {
    rules: ["VF-10", "VF-11"],
    what: "machine code of programs: symbols, blinding, memory limit, devices that run programs",
    reason:
      "No machine code is made here, and nothing offloads. prog_ifindex and functions of the kernel are answered with NotModelledError.",
  },
];
