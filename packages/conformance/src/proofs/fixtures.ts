// SPDX-License-Identifier: MIT
// Common setup and helpers of the proofs.
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

/** A container with an open, delegated BPF filesystem. */
export interface Container {
  readonly app: Task;
  readonly bpffs: number;
  /** Calls TOKEN_CREATE in the container. */
  create(): number;
}

/** Creates a task in its own user namespace, and a BPF filesystem that delegates to it. */
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

/** All delegations that the proofs need. */
export const fullDelegation = {
  delegate_cmds: "any",
  delegate_maps: "any",
  delegate_progs: "any",
  delegate_attachs: "any",
} as const;

/** BPF_F_TOKEN_FD: the token field is set. */
export const TOKEN_FD = 0x10000;

/** MAP_CREATE of a stack, with or without a token. */
export function stack(task: Task, token?: number): number {
  const map = { map_type: MapType.STACK, value_size: 8, max_entries: 1 };
  const with_ = token === undefined ? {} : { map_flags: TOKEN_FD, map_token_fd: token };
  return bpf(task, "MAP_CREATE", { ...map, ...with_ });
}

/** `r0 = 0; exit`. */
const RETURN_0 = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

/** PROG_LOAD of an XDP program, with or without a token. */
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

/** Records every call of some hooks, in order; every hook permits. */
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
