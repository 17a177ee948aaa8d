// SPDX-License-Identifier: MIT
import { bpf, check, type FdLike, fdOf, type Task } from "@bpf-token/syscall";
import { type Decoded, type StructByName, structLayout } from "@bpf-token/uapi";

/** What the kernel reports about a map, with the kernel's names. Returned by `BpfMap.info()`. */
export type MapInfo = Decoded<StructByName["bpf_map_info"]>;

/** What the kernel reports about a program, in its names. Returned by `Program.info()`. */
export type ProgramInfo = Decoded<StructByName["bpf_prog_info"]>;

/** Calls BPF_OBJ_GET_INFO_BY_FD. */
export function infoOf<N extends "bpf_map_info" | "bpf_prog_info">(
  task: Task,
  fd: FdLike,
  name: N,
): Decoded<StructByName[N]> {
  const layout = structLayout(name);
  const bytes = new Uint8Array(layout.size);
  const attr = { bpf_fd: fdOf(fd), info_len: bytes.length, info: { bytes } };
  const call = { syscall: "bpf", cmd: "BPF_OBJ_GET_INFO_BY_FD" };
  check(task, call, bpf(task, "OBJ_GET_INFO_BY_FD", attr));
  return layout.decode(bytes) as Decoded<StructByName[N]>;
}
