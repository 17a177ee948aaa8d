// SPDX-License-Identifier: MIT
// The checks of each stage in the order of the kernel, with a short name for the page.
import { type CheckId, checkById } from "@bpf-token/uapi";
import type { Action } from "../state/try-state.js";

/** A stage of a run: mounting the BPF filesystem, then an action. */
export type Stage = "mount" | Action;

/** One check of a stage. */
export interface StageCheck {
  readonly id: CheckId;
  /** What the kernel tests, as a question that "yes" answers well. */
  readonly label: string;
  /** When the check takes place: always, only with a token, or only if an LSM is set to refuse. */
  readonly when: "always" | "token" | "lsm";
}

type Row = readonly [id: CheckId, label: string, when?: StageCheck["when"]];

const lsmBpf: Row = ["lsm.bpf", "LSM: hook bpf allows the command", "lsm"];
const lsmCapable: Row = ["lsm.bpf_token_capable", "LSM: hook bpf_token_capable allows", "lsm"];

/** The two checks by which every command with a token begins. */
function tokenRows(command: string): readonly Row[] {
  return [
    ["token.dropped.cmd", `token allows ${command}`, "token"],
    ["lsm.bpf_token_cmd", "LSM: hook bpf_token_cmd allows", "lsm"],
    ["token.dropped.lsm", "LSM: the token stays in use", "lsm"],
  ];
}

const rows: Readonly<Record<Stage, readonly Row[]>> = {
  mount: [
    ["fsopen.may_mount", "CAP_SYS_ADMIN over the mount namespace"],
    ["fsconfig.value", "option at most 255 characters long"],
    ["option.delegate.item", "every name is known to this kernel"],
    ["option.delegate.range", "numbers fit in 64 bits"],
    ["option.delegate.capable", "caller that sets delegate_* has CAP_SYS_ADMIN on the host"],
    ["fsconfig.create.capable", "it has CAP_SYS_ADMIN in the bpffs's user namespace"],
    ["bpffs.fill.capable", "caller that creates the filesystem has CAP_SYS_ADMIN on the host"],
  ],
  token: [
    lsmBpf,
    ["token.create.fd", "file descriptor is open, without O_PATH"],
    ["token.create.root", "it is the root directory of a filesystem"],
    ["token.create.bpffs", "the filesystem is a bpffs"],
    ["token.create.userns", "caller is in the user namespace that owns the bpffs"],
    ["token.create.capable", "caller has CAP_BPF in that namespace"],
    ["token.create.init_ns", "that namespace is not the initial one"],
    ["token.create.delegation", "the bpffs delegates something"],
    ["lsm.bpf_token_create", "LSM: hook bpf_token_create allows", "lsm"],
  ],
  map: [
    lsmBpf,
    ["map.create.type", "kernel has the map type"],
    ...tokenRows("the command map_create"),
    ["token.dropped.map", "token allows the map type", "token"],
    lsmCapable,
    ["map.create.sysctl", "CAP_BPF, if unprivileged_bpf_disabled is set"],
    ["map.create.capable", "capability for the map type"],
    ["lsm.bpf_map_create", "LSM: hook bpf_map_create allows", "lsm"],
  ],
  prog: [
    lsmBpf,
    ...tokenRows("the command prog_load"),
    ["token.dropped.prog", "token allows the program type", "token"],
    ["token.dropped.attach", "token allows the attach type", "token"],
    lsmCapable,
    ["prog.load.sysctl", "CAP_BPF, if unprivileged_bpf_disabled is set"],
    ["prog.load.bpf", "CAP_BPF, for most program types"],
    ["prog.load.net_admin", "CAP_NET_ADMIN, for network programs"],
    ["prog.load.perfmon", "CAP_PERFMON, for tracing programs"],
    ["prog.load.attach_type", "attach type fits the program type"],
    ["prog.load.type", "kernel has the program type"],
    ["lsm.bpf_prog_load", "LSM: hook bpf_prog_load allows", "lsm"],
  ],
  btf: [lsmBpf, ...tokenRows("the command btf_load"), lsmCapable, ["btf.load.capable", "CAP_BPF"]],
};

/** Returns the checks of a stage in the order of the kernel. */
export function checksOf(stage: Stage): readonly StageCheck[] {
  return rows[stage].map(([id, label, when = "always"]) => ({ id, label, when }));
}

/** Returns the kernel function of a check: `bpf_token_create() in kernel/bpf/token.c`. */
export function placeOf(id: string): string {
  const check = checkById(id);
  return check === undefined ? "" : `${check.func}() in ${check.file}`;
}
