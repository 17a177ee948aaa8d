// SPDX-License-Identifier: MIT

/** A step that a real kernel does not answer as the model of its release does, and why. */
export interface KnownDifference {
  /** Found in the message about it. */
  readonly step: RegExp;
  readonly why: string;
}

/** Differences of a kernel, by scenario. */
export type KnownDifferences = Readonly<Record<string, readonly KnownDifference[]>>;

/** Debian's kernel for User-mode Linux is built without these. */
const without = {
  xdpSockets: "it has no sockets of XDP (XDP_SOCKETS)",
  lsm: "it has no security modules written in BPF (BPF_LSM), and so nothing is kept at inodes",
  perf: "it has no performance events (PERF_EVENTS): no stacks, no kprobes, no files of events",
  jit: "it has no compiler of programs (BPF_JIT): no operations in BPF, no functions of the kernel",
} as const;

/** Neither of Debian's kernels that are guests is built for infrared. */
const lirc: KnownDifference = {
  step: /BPF_PROG_TYPE_LIRC_MODE2/,
  why: "it has no programs for infrared (BPF_LIRC_MODE2)",
};

/** Where the kernel has no BTF of its own, number 1 is that of the first who loads some. */
const firstBtf: KnownDifference = {
  step: /BPF_BTF_GET_FD_BY_ID, \{btf_id: 1\}/,
  why: "neither has BTF of the kernel, and number 1 was given away before",
};

/** What differs on Debian's kernel of Linux 6.12 in a virtual machine. */
export const cloudDifferences: KnownDifferences = {
  "attach-links.yaml": [lirc],
  "attach-targets.yaml": [
    {
      step: /BPF_PROG_DETACH.*BPF_TCX_INGRESS\}.*model ENODEV, guest:6\.12 EPERM$/,
      why: "who detaches from a network device without naming the program needs CAP_NET_ADMIN in the first user namespace: 6.12.118 has that, 6.12.113 does not, and which 6.18 does is not known",
    },
  ],
};

/** What differs on Debian's User-mode Linux. On the running kernel of the suite nothing does. */
export const umlDifferences: KnownDifferences = {
  "attach-links.yaml": [lirc],
  "attach-targets.yaml": [{ step: /BPF_STRUCT_OPS.*guest:uml EOPNOTSUPP$/, why: without.jit }],
  "gate-raw-tracepoint.yaml": [{ step: /BPF_PROG_TYPE_RAW_TRACEPOINT/, why: without.perf }],
  "map-create-order.yaml": [{ step: /BPF_MAP_TYPE_STRUCT_OPS.*map_name/, why: without.jit }],
  "prog-target.yaml": [firstBtf],
  "prog-verifier-attributes.yaml": [
    { step: /BPF_PROG_TYPE_KPROBE/, why: without.perf },
    { step: /BPF_PROG_TYPE_STRUCT_OPS/, why: without.jit },
  ],
  "prog-verifier.yaml": [{ step: /guest:uml ENOTSUPP$/, why: without.jit }],
  "selftest-obj-priv-btf-success.yaml": [
    { step: /BPF_(MAP|PROG)_TYPE_STRUCT_OPS/, why: without.jit },
  ],
  "selftest-obj-priv-prog.yaml": [{ step: /BPF_PROG_TYPE_KPROBE/, why: without.perf }],
};
