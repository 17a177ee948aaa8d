// SPDX-License-Identifier: MIT

/** A kernel, loader or manager: a column of the compatibility table. See {@link compatProducts}. */
export interface CompatProduct {
  readonly name: string;
  readonly type: "kernel" | "loader" | "manager" | "hook";
  /** The first versions that handle a delegation; `≤` where the tried version is the oldest known. */
  readonly since: readonly [string, ...string[]];
  /** Ids of {@link CompatTable.evidence}. */
  readonly evidence: readonly string[];
  readonly notes?: readonly string[];
}

/** How a cell of the compatibility table is known. */
export interface CompatEvidence {
  /** What was run or read. */
  readonly what: string;
  /** The version that was tried; none if only documentation was read. */
  readonly version?: string;
  /** `2026-11-27`. */
  readonly date: string;
  /** The page or tool of this repository. */
  readonly source: string;
  /** Rows that differ there for a known reason. */
  readonly except?: readonly string[];
}

/** The keys of {@link compatProducts}. */
export type CompatProductId =
  | "linux"
  | "libbpf"
  | "cilium_ebpf"
  | "systemd"
  | "incus"
  | "lxd"
  | "runc"
  | "crun";

/**
 * What is known about loaders and container managers, by its name in the compatibility table.
 *
 * @example
 * ```ts
 * compatProducts.systemd.since; // ["258"]
 * ```
 */
export const compatProducts: Readonly<Record<CompatProductId, CompatProduct>> = {
  linux: { name: "Linux", type: "kernel", since: ["6.9"], evidence: [] },
  libbpf: { name: "libbpf", type: "loader", since: ["1.4"], evidence: ["libbpf"] },
  cilium_ebpf: {
    name: "cilium/ebpf",
    type: "loader",
    since: ["0.22"],
    evidence: ["loaders"],
    notes: ["passes no token to BPF_BTF_GET_FD_BY_ID"],
  },
  systemd: {
    name: "systemd",
    type: "manager",
    since: ["258"],
    evidence: ["systemd"],
    notes: ["needs PrivateBPF=yes and PrivateUsers=", "ignores names that it does not know"],
  },
  incus: {
    name: "Incus",
    type: "manager",
    since: ["6.18"],
    evidence: ["incus"],
    notes: ["unprivileged containers only", "accepts the names that the kernel of the host has"],
  },
  lxd: {
    name: "LXD",
    type: "manager",
    since: ["6.4", "5.21.4"],
    evidence: ["lxd"],
    notes: ["unprivileged containers only", "accepts the names that the kernel of the host has"],
  },
  runc: {
    name: "bpf-token-hook with runc",
    type: "hook",
    since: ["≤1.1.15"],
    evidence: ["runc"],
    notes: ["the container needs a user namespace", "the allow-list of the host limits it"],
  },
  crun: {
    name: "bpf-token-hook with crun",
    type: "hook",
    since: ["≤1.21"],
    evidence: ["crun"],
    notes: ["the container needs a user namespace", "the allow-list of the host limits it"],
  },
};

/**
 * What was run or read about loaders and managers, with the day on which the repository recorded it.
 *
 * @example
 * ```ts
 * productEvidence.incus?.version; // "7.0.2"
 * ```
 */
export const productEvidence: Readonly<Record<string, CompatEvidence>> = {
  libbpf: {
    what: "loads of real objects, call by call",
    ...{ version: "1.5, 1.7", date: "2026-11-27", source: "npm run tool oracle" },
  },
  loaders: {
    what: "what the loader does, as the page says",
    ...{ date: "2026-11-27", source: "docs/eperm.md" },
  },
  systemd: {
    what: "a service in a guest",
    ...{ version: "262", date: "2026-11-27", source: "npm run tool managers" },
  },
  incus: {
    what: "a container in a guest",
    ...{ version: "7.0.2", date: "2026-11-27", source: "npm run tool managers" },
  },
  lxd: {
    what: "the documentation of LXD; not run",
    ...{ date: "2026-11-27", source: "docs/eperm.md" },
  },
  runc: {
    what: "a container with a user namespace",
    ...{ version: "1.1.15", date: "2026-11-27", source: "docs/kubernetes.md" },
  },
  crun: {
    what: "a container of Podman",
    ...{ version: "1.21", date: "2026-11-27", source: "docs/hook.md" },
  },
};
