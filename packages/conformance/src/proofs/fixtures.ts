// SPDX-License-Identifier: MIT
// What proofs start from, and what they write down.
import {
  bpf,
  delegateBpffs,
  type LsmHook,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { AttachType, MapType, ProgType } from "@bpf-token/uapi";
import type { HookCall, ModelKernel } from "./proof.js";

/** A container, with a delegated BPF FS open in it. */
export interface Container {
  readonly app: Task;
  readonly bpffs: number;
  /** TOKEN_CREATE in it. */
  create(): number;
}

/** Makes a user namespace of its own for a task, and a BPF FS that delegates to it. */
export function container(
  kernel: ModelKernel,
  masks: Parameters<typeof delegateBpffs>[2] = { delegate_cmds: "any" },
): Container {
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app);
  const { fd } = delegateBpffs(app, kernel.init, masks);
  return { app, bpffs: fd, create: () => bpf(app, "TOKEN_CREATE", { bpffs_fd: fd }) };
}

/** Every delegation that proofs need. */
export const fullDelegation = {
  delegate_cmds: "any",
  delegate_maps: "any",
  delegate_progs: "any",
  delegate_attachs: "any",
} as const;

/** BPF_F_TOKEN_FD: the descriptor of a token is given. */
export const TOKEN_FD = 0x10000;

/** MAP_CREATE of a stack, with a token or without. */
export function stack(task: Task, token?: number): number {
  const map = { map_type: MapType.STACK, value_size: 8, max_entries: 1 };
  const with_ = token === undefined ? {} : { map_flags: TOKEN_FD, map_token_fd: token };
  return bpf(task, "MAP_CREATE", { ...map, ...with_ });
}

/** `r0 = 0; exit`. */
const RETURN_0 = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

/** PROG_LOAD of an XDP program, with a token or without. */
export function xdp(task: Task, token?: number): number {
  const program = {
    prog_type: ProgType.XDP,
    expected_attach_type: AttachType.XDP,
    insn_cnt: 2,
    insns: { bytes: RETURN_0, dir: "in" },
    license: "GPL",
  } as const;
  const with_ = token === undefined ? {} : { prog_flags: TOKEN_FD, prog_token_fd: token };
  return bpf(task, "PROG_LOAD", { ...program, ...with_ });
}

/** Every question to some hooks, in order, all of them allowed. */
export function recordHooks(kernel: ModelKernel, ...hooks: readonly LsmHook[]): HookCall[] {
  const calls: HookCall[] = [];
  for (const hook of hooks) {
    kernel.lsm.on(hook, (call) => {
      calls.push(call);
      return 0;
    });
  }
  return calls;
}
