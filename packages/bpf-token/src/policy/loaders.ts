// SPDX-License-Identifier: MIT

/** What a policy must know about a loader. */
export interface LoaderInfo {
  /** The loader in prose: `libbpf 1.5`. */
  readonly title: string;
  /** Which calls a loader makes before it loads the object. */
  readonly probes: "none" | "libbpf" | "libbpf-head";
  /** Whether it loads the object without types if BTF_LOAD is refused. */
  readonly btf: "optional" | "needed";
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

/** The words for `--loader`. `libbpf` stands for 1.4 to 1.7. */
export type PolicyLoader =
  | "libbpf"
  | "libbpf@1.4"
  | "libbpf@1.5"
  | "libbpf@1.6"
  | "libbpf@1.7"
  | "libbpf@head"
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
