// SPDX-License-Identifier: MIT
// The bpf() calls of the page.
import { intBtf, laterMapTypes, mapTypes } from "@bpf-token/conformance/matrix";
import { bpf, type Task } from "@bpf-token/syscall";
import { AttachType, BPF_F, type MapCreateAttr, MapType, ProgType } from "@bpf-token/uapi";
import type { Action, TryState } from "../state/try-state.js";

const attrOf: ReadonlyMap<number, Partial<MapCreateAttr>> = new Map(
  [...mapTypes, ...laterMapTypes].map(({ type, attr }) => [type, attr]),
);

/** `r0 = RETURNS; exit`. */
function program(returns: number): Uint8Array {
  return Uint8Array.of(0xb7, 0, 0, 0, returns, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
}

/**
 * Makes the call of an action.
 *
 * @param fd - for `token`, the BPF filesystem; else the token, or undefined for none.
 * @param objects - what {@link mapObjects} returned to this task.
 * @returns the kernel's number: a file descriptor, or `-errno`.
 * @example
 * ```ts
 * makeCall(task, "map", state, undefined, {}); // -1 (EPERM) in a container
 * ```
 */
export function makeCall(
  task: Task,
  action: Action,
  state: TryState,
  fd: number | undefined,
  objects: MapObjects,
): number {
  const flag = fd !== undefined && state.flag ? BPF_F.TOKEN_FD : 0;
  switch (action) {
    case "token":
      return bpf(task, "TOKEN_CREATE", { bpffs_fd: fd ?? -1 });
    case "map":
      return createMap(task, MapType[state.map], flag, fd, objects);
    case "prog":
      return loadProgram(task, state, flag, fd);
    case "btf": {
      const btf = { bytes: intBtf, dir: "in" as const };
      const token = fd === undefined ? {} : { btf_token_fd: fd, btf_flags: flag };
      return bpf(task, "BTF_LOAD", { btf, btf_size: intBtf.length, ...token });
    }
  }
}

function createMap(
  task: Task,
  type: number,
  flag: number,
  fd: number | undefined,
  objects: MapObjects,
): number {
  const attr = attrOf.get(type) ?? { key_size: 4, value_size: 4, max_entries: 1 };
  return bpf(task, "MAP_CREATE", {
    ...objects,
    ...attr,
    map_type: type,
    map_flags: ((attr.map_flags ?? 0) | flag) >>> 0,
    ...(fd === undefined ? {} : { map_token_fd: fd }),
  });
}

/** File descriptors that some map types need in addition: BTF, or an inner map. */
export type MapObjects = Partial<MapCreateAttr>;

/**
 * Creates what a map type needs in addition, in a task with all capabilities, and passes it on.
 *
 * @example
 * ```ts
 * mapObjects(kernel.init, program, MapType.HASH_OF_MAPS); // { inner_map_fd: 3 }
 * ```
 */
export function mapObjects(from: Task, to: Task, type: number): MapObjects {
  if (type === MapType.ARRAY_OF_MAPS || type === MapType.HASH_OF_MAPS) {
    const inner = { map_type: MapType.ARRAY, key_size: 4, value_size: 4, max_entries: 1 };
    return { inner_map_fd: from.sendFd(bpf(from, "MAP_CREATE", inner), to) };
  }
  if (attrOf.get(type)?.btf_value_type_id === undefined) return {};
  const btf = { btf: { bytes: intBtf, dir: "in" as const }, btf_size: intBtf.length };
  return { btf_fd: from.sendFd(bpf(from, "BTF_LOAD", btf), to) };
}

function loadProgram(task: Task, state: TryState, flag: number, fd: number | undefined): number {
  const type = ProgType[state.prog];
  // The verifier requires this return value, and this flag.
  const insns = program(type === ProgType.CGROUP_SOCK_ADDR ? 1 : 0);
  const sleepable = type === ProgType.SYSCALL ? BPF_F.SLEEPABLE : 0;
  return bpf(task, "PROG_LOAD", {
    prog_type: type,
    expected_attach_type: AttachType[state.attach],
    insns: { bytes: insns, dir: "in" },
    insn_cnt: insns.length / 8,
    license: "GPL",
    prog_flags: (sleepable | flag) >>> 0,
    ...(fd === undefined ? {} : { prog_token_fd: fd }),
  });
}
