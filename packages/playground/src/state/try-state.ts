// SPDX-License-Identifier: MIT
import { axisNames, type DelegationAxis, type Dialect } from "@bpf-token/delegation";
import {
  AttachType,
  type AttachTypeName,
  type KernelRelease,
  kernelReleases,
  MapType,
  type MapTypeName,
  ProgType,
  type ProgTypeName,
} from "@bpf-token/uapi";

/** The releases of Linux that the page offers: those with tokens. */
export const releases: readonly KernelRelease[] = kernelReleases.filter((name) => /^\d/.test(name));

/** The capabilities that bpf() checks. */
export const capabilities = ["BPF", "NET_ADMIN", "PERFMON", "SYS_ADMIN"] as const;
/** One of {@link capabilities}. */
export type StateCapability = (typeof capabilities)[number];

/** What the program asks the kernel for. */
export const actions = ["token", "map", "prog", "btf"] as const;
/** One of {@link actions}. */
export type Action = (typeof actions)[number];

/** The namespaces of the program. */
export const places = ["container", "nomnt", "nested", "host"] as const;
/** One of {@link places}. */
export type Place = (typeof places)[number];

/** Who makes a call: the host in the initial user namespace, or the container. */
export const sides = ["container", "host"] as const;
/** One of {@link sides}. */
export type Side = (typeof sides)[number];

/** What the file descriptor that BPF_TOKEN_CREATE gets refers to. */
export const fdKinds = ["root", "path", "below", "other"] as const;
/** One of {@link fdKinds}. */
export type FdKind = (typeof fdKinds)[number];

/** Who creates the token: the program itself, or a helper with all capabilities in the container. */
export const creators = ["self", "helper"] as const;
/** One of {@link creators}. */
export type Creator = (typeof creators)[number];

/** The LSM hook that refuses, or `none`. */
export const lsmAnswers = [
  "none",
  "bpf",
  "bpf_token_create",
  "bpf_token_cmd",
  "bpf_token_capable",
  "bpf_map_create",
  "bpf_prog_load",
] as const;
/** One of {@link lsmAnswers}. */
export type LsmChoice = (typeof lsmAnswers)[number];

/** The values of kernel.unprivileged_bpf_disabled. */
export const sysctls = ["0", "1", "2"] as const;
/** One of {@link sysctls}. */
export type Sysctl = (typeof sysctls)[number];

/** Program types that load without a target function or structure of the kernel. */
const needTarget: readonly string[] = ["UNSPEC", "TRACING", "LSM", "EXT", "STRUCT_OPS"];
/** The map types that the page offers. A struct_ops map needs a structure of the running kernel. */
export const mapTypeNames: readonly MapTypeName[] = names(MapType, ["UNSPEC", "STRUCT_OPS"]);
/** The program types that the page offers. */
export const progTypeNames: readonly ProgTypeName[] = names(ProgType, needTarget);
/** The attach types that the page offers. */
export const attachTypeNames: readonly AttachTypeName[] = names(AttachType, []);

function names<Name extends string>(
  values: Readonly<Record<Name, number>>,
  without: readonly string[],
): readonly Name[] {
  return (Object.keys(values) as Name[]).filter((name) => !without.includes(name));
}

/** Everything that decides the answer. The page, a link and the model all use this value. */
export interface TryState {
  readonly release: KernelRelease;
  /** The four mount options, as the kernel gets them. An empty text: the option is not set. */
  readonly masks: Readonly<Record<DelegationAxis, string>>;
  /** The effective capabilities of the program, in its user namespace. */
  readonly caps: readonly StateCapability[];
  readonly place: Place;
  /** Who calls fsopen(), so that its user namespace owns the BPF filesystem. */
  readonly owner: Side;
  /** Who sets the options and creates the filesystem. */
  readonly delegator: Side;
  readonly fd: FdKind;
  readonly creator: Creator;
  readonly sysctl: Sysctl;
  readonly lsm: LsmChoice;
  /** Whether the program creates a token and passes it. */
  readonly token: boolean;
  /** Whether the call has BPF_F_TOKEN_FD. */
  readonly flag: boolean;
  readonly action: Action;
  readonly map: MapTypeName;
  readonly prog: ProgTypeName;
  readonly attach: AttachTypeName;
  /** The program in whose syntax the page writes the settings. It decides nothing. */
  readonly dialect: Dialect;
}

/**
 * The state of a page without a link: one permission is missing. The masks are complete for an XDP program
 * with an array map and libbpf, whose tests need the other program types and attach types.
 */
export const defaultState: TryState = {
  release: "7.3",
  masks: {
    cmds: "map_create:prog_load:btf_load",
    maps: "array",
    progs: "socket_filter:xdp:cgroup_sock",
    attachs: "cgroup_inet_ingress:cgroup_inet_sock_create:xdp",
  },
  caps: ["BPF", "NET_ADMIN"],
  place: "container",
  owner: "container",
  delegator: "host",
  fd: "root",
  creator: "self",
  sysctl: "2",
  lsm: "none",
  token: true,
  flag: true,
  action: "map",
  map: "HASH",
  prog: "XDP",
  attach: "XDP",
  dialect: "systemd",
};

/** Returns a copy of a state with another text for one mask. */
export function withMask(state: TryState, axis: DelegationAxis, text: string): TryState {
  return { ...state, masks: { ...state.masks, [axis]: text } };
}

export { axisNames };
