// SPDX-License-Identifier: MIT
// Situations in which people meet BPF tokens, each as a state.
import { defaultState, type TryState, withMask } from "../state/try-state.js";

/** Where people meet the situations of a group. */
export const presetGroups = {
  incus: "Incus and LXD",
  systemd: "systemd",
  containers: "Docker, Podman and Kubernetes",
  mount: "Mount options",
  loaders: "Loaders and programs",
  learn: "To learn",
} as const;
/** A name of {@link presetGroups}. */
export type PresetGroup = keyof typeof presetGroups;

/** A situation, by the name that users would give it. */
export interface Preset {
  /** A stable name for links and tests. */
  readonly id: string;
  readonly group: PresetGroup;
  readonly title: string;
  /** What the page says about it, in one or two sentences. */
  readonly text: string;
  readonly state: TryState;
}

const base: TryState = defaultState;
const xdp: TryState = { ...base, action: "prog" };
const none = { cmds: "", maps: "", progs: "", attachs: "" };
const all = { cmds: "any", maps: "any", progs: "any", attachs: "any" };

function preset(
  id: string,
  group: PresetGroup,
  title: string,
  text: string,
  state: TryState,
): Preset {
  return { id, group, title, text, state };
}

/** The situations, in the order in which a container meets them. */
export const presets: readonly Preset[] = [
  preset(
    "map-type",
    "learn",
    "A map type is missing in the policy",
    "Everything is set up, but delegate_maps has only array. The program creates a hash map.",
    base,
  ),
  preset(
    "works",
    "learn",
    "A complete delegation",
    "Every mask and capability fits. The XDP program loads.",
    xdp,
  ),
  preset(
    "incus-xdp",
    "incus",
    "Incus: XDP program gets EPERM",
    "The masks allow reading and linking, but not prog_load. Such a token loads no program.",
    {
      ...xdp,
      masks: { ...base.masks, cmds: "map_create:btf_load:obj_get:link_create" },
      dialect: "incus",
    },
  ),
  preset(
    "lxd-btf",
    "incus",
    "LXD: BTF_LOAD gets EPERM",
    "The walkthrough delegates map_create and prog_load, but not btf_load. libbpf then reports that the kernel does not support BTF.",
    { ...withMask(base, "cmds", "map_create:prog_load"), action: "btf", dialect: "lxd" },
  ),
  preset(
    "rootless-mount",
    "containers",
    "Rootless: the container mounts a bpffs itself",
    "Only the host may set delegate options. Root in a container is not enough.",
    { ...base, action: "token", delegator: "container" },
  ),
  preset(
    "bind-mount",
    "containers",
    "Docker: /sys/fs/bpf of the host as a bind mount",
    "The mount belongs to the host's user namespace, whatever it delegates.",
    { ...base, action: "token", owner: "host", masks: all, dialect: "docker" },
  ),
  preset(
    "no-mount-namespace",
    "systemd",
    "systemd: DelegateNamespaces=mnt is missing",
    "The user namespace is new, but the mount namespace still belongs to the host.",
    { ...base, action: "token", place: "nomnt" },
  ),
  preset(
    "option-typo",
    "mount",
    "Mount option delegate_attaches",
    "The kernel ignores unknown options, so the mount succeeds and delegates no attach type.",
    { ...xdp, masks: { ...base.masks, attachs: "" } },
  ),
  preset(
    "comma",
    "mount",
    "mount -o delegate_cmds=prog_load,map_create",
    "A comma ends a mount option. The kernel sees only prog_load, and ignores the rest.",
    { ...withMask(base, "cmds", "prog_load"), map: "ARRAY", dialect: "kernel" },
  ),
  preset(
    "prefix",
    "mount",
    "A name with its prefix: BPF_PROG_LOAD",
    "The kernel knows the name as prog_load. The container does not start.",
    { ...withMask(xdp, "cmds", "map_create:BPF_PROG_LOAD") },
  ),
  preset(
    "newer-names",
    "mount",
    "A policy for a newer kernel",
    "Linux 6.12 has no map type insn_array, so it refuses the whole option.",
    { ...withMask(base, "maps", "array:hash:insn_array"), release: "6.12" },
  ),
  preset(
    "fsmount-fd",
    "loaders",
    "The file descriptor of fsmount()",
    "fsmount() returns an O_PATH file descriptor. BPF_TOKEN_CREATE needs an opened directory.",
    { ...base, action: "token", fd: "path" },
  ),
  preset(
    "subdirectory",
    "loaders",
    "A subdirectory of the bpffs",
    "LIBBPF_BPF_TOKEN_PATH names a directory below the mount.",
    { ...base, action: "token", fd: "below" },
  ),
  preset(
    "host-root",
    "learn",
    "An experiment as root on the host",
    "The kernel creates no tokens in the initial user namespace. Root needs none.",
    { ...base, map: "ARRAY", place: "host", owner: "host" },
  ),
  preset(
    "nothing-delegated",
    "containers",
    "A bpffs without delegate options",
    "libbpf prints error -2, which reads like a missing file.",
    { ...base, action: "token", masks: none },
  ),
  preset(
    "sys-admin",
    "containers",
    "CAP_SYS_ADMIN, but not CAP_BPF",
    "The runtime drops capabilities that it does not know. Creating a token needs CAP_BPF itself.",
    { ...base, action: "token", caps: ["SYS_ADMIN"] },
  ),
  preset(
    "nested",
    "containers",
    "A user namespace inside the container",
    "The program runs one user namespace deeper than the one that owns the bpffs.",
    { ...base, action: "token", place: "nested" },
  ),
  preset(
    "no-token",
    "loaders",
    "A library that does not use tokens",
    "cilium/ebpf before 0.22: everything is delegated, but the call passes no token.",
    { ...base, map: "ARRAY", masks: all, token: false },
  ),
  preset(
    "no-flag",
    "loaders",
    "A token without BPF_F_TOKEN_FD",
    "The call has a token file descriptor, but not the flag. The kernel does not read the field.",
    { ...base, map: "ARRAY", flag: false },
  ),
  preset(
    "drops-cap",
    "loaders",
    "CAP_BPF dropped after the token was created",
    "A token replaces the namespace of the check, not the capability. The call needs CAP_BPF again.",
    { ...base, map: "ARRAY", creator: "helper", caps: ["NET_ADMIN"] },
  ),
  preset(
    "net-admin",
    "systemd",
    "XDP without CAP_NET_ADMIN",
    "The token allows the program. Network programs also need CAP_NET_ADMIN in the container.",
    { ...xdp, caps: ["BPF"] },
  ),
  preset(
    "libbpf-probe",
    "loaders",
    "libbpf: could not load trivial BPF program",
    "The policy allows only XDP. libbpf first loads a socket filter to probe the kernel.",
    {
      ...withMask(xdp, "progs", "xdp"),
      prog: "SOCKET_FILTER",
      attach: "CGROUP_INET_INGRESS",
    },
  ),
  preset(
    "libbpf-attach",
    "loaders",
    "libbpf: the attach type is lost",
    "libbpf probes attach types with a cgroup_sock program. If that fails, it loads XDP with attach type 0.",
    { ...withMask(xdp, "attachs", "xdp"), attach: "CGROUP_INET_INGRESS" },
  ),
  preset(
    "kprobe",
    "loaders",
    "A kprobe without delegate_attachs",
    "Programs without an attach type have number 0, which is cgroup_inet_ingress.",
    {
      ...xdp,
      prog: "KPROBE",
      attach: "CGROUP_INET_INGRESS",
      caps: ["BPF", "PERFMON"],
      masks: { ...base.masks, progs: "kprobe", attachs: "" },
    },
  ),
  preset(
    "sysctl",
    "learn",
    "unprivileged_bpf_disabled=0",
    "Without the sysctl, some maps need no privilege. A queue still does, and its token does not allow it.",
    { ...base, sysctl: "0", map: "QUEUE" },
  ),
  preset(
    "lsm",
    "learn",
    "An LSM refuses the token",
    "SELinux since 7.0 and BPF LSM programs can refuse. The kernel returns only their errno.",
    { ...base, action: "token", lsm: "bpf_token_create" },
  ),
];
