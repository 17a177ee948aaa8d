// SPDX-License-Identifier: MIT
import { bpf, check, type FdLike, fdOf, type Task } from "@bpf-token/syscall";
import { type Decoded, type StructByName, structLayout } from "@bpf-token/uapi";

/** What a kernel tells of a map; the names are the kernel's. */
export type MapInfo = Decoded<StructByName["bpf_map_info"]>;

/** What a kernel tells of a program; the names are the kernel's. */
export type ProgramInfo = Decoded<StructByName["bpf_prog_info"]>;

/** Asks what is behind a descriptor, BPF_OBJ_GET_INFO_BY_FD. */
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
