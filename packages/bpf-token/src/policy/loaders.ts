// SPDX-License-Identifier: MIT

/** What a policy must know about a loader. */
export interface LoaderInfo {
  /** The loader in prose: `libbpf 1.5`. */
  readonly title: string;
  /** Which calls a loader makes before it loads the object. */
  readonly probes: "none" | "libbpf" | "libbpf-head";
  /** Whether it loads the object without types if BTF_LOAD is refused. */
  readonly btf: "optional" | "needed";
  /** Whether it loads XDP programs as extensions (freplace) of a dispatcher, which it loads first. */
  readonly dispatcher?: boolean;
  /** What to know about its version. */
  readonly notes: readonly string[];
}

/** The oldest version that passes the token to BPF_BTF_GET_FD_BY_ID is 1.6. */
const withoutBtfById =
  "Before 1.6, libbpf passes no token to BPF_BTF_GET_FD_BY_ID, so it cannot load programs of type ext (freplace).";

const libbpf = (version: string, notes: readonly string[] = []): LoaderInfo => ({
  title: `libbpf ${version}`,
  ...{ probes: "libbpf", btf: "optional" },
  notes,
});

const netlink = (program: string): string =>
  `${program} attaches by netlink, for which no token helps: it needs CAP_NET_ADMIN in the user namespace that owns the network namespace. With PrivateUsers= and the host's network namespace it gets EPERM; give the container a network namespace of its own (PrivateNetwork=yes).`;

/** The words for `--loader`. `libbpf` stands for 1.4 to 1.7. */
export type PolicyLoader =
  | "libbpf"
  | "libbpf@1.4"
  | "libbpf@1.5"
  | "libbpf@1.6"
  | "libbpf@1.7"
  | "libbpf@head"
  | "libxdp"
  | "bpftool"
  | "tc"
  | "bpf-token"
  | "cilium";

/**
 * The loaders that {@link policyOf} knows, by the word for `--loader`.
 *
 * @example
 * ```ts
 * policyLoaders["libbpf@1.5"].title; // "libbpf 1.5"
 * ```
 */
export const policyLoaders: Readonly<Record<PolicyLoader, LoaderInfo>> = {
  libbpf: libbpf("1.4 to 1.7"),
  "libbpf@1.4": libbpf("1.4", [withoutBtfById]),
  "libbpf@1.5": libbpf("1.5", [withoutBtfById]),
  "libbpf@1.6": libbpf("1.6"),
  "libbpf@1.7": libbpf("1.7"),
  "libbpf@head": {
    title: "libbpf after 1.7",
    ...{ probes: "libbpf-head", btf: "optional" },
    notes: ["libbpf after 1.7 no longer loads a test program before each object."],
  },
  libxdp: {
    ...libbpf("1.4 to 1.7", [
      withoutBtfById,
      "libxdp loads each XDP program as an extension (freplace) of its dispatcher. LIBXDP_SKIP_DISPATCHER=1 loads the program alone: then take the policy for libbpf. Computed from what libxdp 1.5 loads, not run.",
      netlink("xdp-loader"),
    ]),
    ...{ title: "libxdp 1.5", dispatcher: true },
  },
  bpftool: {
    ...libbpf("1.4 to 1.7", [
      "Only 'bpftool prog load' and 'loadall' use a token. bpftool 7.5 makes no first probe, so it needs less.",
      netlink("bpftool net attach"),
    ]),
    title: "bpftool",
  },
  tc: {
    ...libbpf("1.4 to 1.7", [
      "tc uses tokens if iproute2 was built with libbpf ('tc -V' prints its version). Not run.",
      netlink("tc"),
    ]),
    title: "tc",
  },
  "bpf-token": {
    title: "bpf-token's own loader",
    ...{ probes: "none", btf: "needed" },
    notes: [],
  },
  cilium: {
    title: "cilium/ebpf 0.22",
    ...{ probes: "none", btf: "optional" },
    notes: [
      "cilium/ebpf uses tokens since 0.22. The policy has what the object needs; the feature probes of cilium/ebpf were not measured.",
      "cilium/ebpf passes no token to BPF_BTF_GET_FD_BY_ID.",
    ],
  },
};
