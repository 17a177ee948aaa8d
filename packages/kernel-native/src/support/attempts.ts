// SPDX-License-Identifier: MIT
import { bpf, raw, type Task } from "@bpf-token/syscall";
import {
  AT,
  BPF_F,
  type ErrnoName,
  errnoName,
  Insn,
  insn,
  MapType,
  O,
  ProgType,
} from "@bpf-token/uapi";
import type { VisibleBpffs } from "./machine.js";
import { intBtf } from "./maps.js";

/** Something that was tried: `ok`, or the kernel's refusal. */
export interface Attempt {
  /** For people: `create a map`. */
  readonly what: string;
  readonly answer: "ok" | ErrnoName | number;
}

/** What came of a BPF FS. */
export interface TokenAttempt extends VisibleBpffs {
  /** Whether a token could be made from it. */
  readonly token: Attempt["answer"];
  /** What could be done with it; empty without a token. */
  readonly attempts: readonly Attempt[];
}

const answerOf = (ret: number): Attempt["answer"] => (ret >= 0 ? "ok" : (errnoName(ret) ?? -ret));

/** Makes a map, loads programs and types, and lets go of them: what a task may do by itself. */
export function attempt(task: Task, token?: number): readonly Attempt[] {
  const flag = token === undefined ? 0 : BPF_F.TOKEN_FD;
  const program = (type: number): number => {
    const pass = insn(Insn.ALU64 | Insn.MOV | Insn.K);
    const bytes = Uint8Array.of(...pass, ...insn(Insn.JMP | Insn.EXIT));
    return bpf(task, "PROG_LOAD", {
      prog_type: type,
      insns: { bytes, dir: "in" },
      insn_cnt: 2,
      license: "GPL",
      ...(token === undefined ? {} : { prog_flags: flag, prog_token_fd: token }),
    });
  };
  const btf = intBtf();
  const tries: readonly (readonly [string, () => number])[] = [
    [
      "create an array map",
      () =>
        bpf(task, "MAP_CREATE", {
          map_type: MapType.ARRAY,
          key_size: 4,
          value_size: 4,
          max_entries: 1,
          ...(token === undefined ? {} : { map_flags: flag, map_token_fd: token }),
        }),
    ],
    ["load a socket filter", () => program(ProgType.SOCKET_FILTER)],
    ["load an XDP program", () => program(ProgType.XDP)],
    ["load a kprobe program", () => program(ProgType.KPROBE)],
    [
      "load type information",
      () =>
        bpf(task, "BTF_LOAD", {
          btf: { bytes: btf, dir: "in" },
          btf_size: btf.length,
          ...(token === undefined ? {} : { btf_flags: flag, btf_token_fd: token }),
        }),
    ],
  ];
  return tries.map(([what, make]) => {
    const ret = make();
    if (ret >= 0) raw.close(task, ret);
    return { what, answer: answerOf(ret) };
  });
}

/** Makes a token from a BPF FS, tries what it is good for, and lets go of it. */
export function attemptToken(task: Task, bpffs: VisibleBpffs): TokenAttempt {
  const flags = O.RDONLY | O.DIRECTORY | O.CLOEXEC;
  const root = raw.openat(task, AT.FDCWD, bpffs.path, flags, 0);
  if (root < 0) return { ...bpffs, token: answerOf(root), attempts: [] };
  const token = bpf(task, "TOKEN_CREATE", { bpffs_fd: root });
  const attempts = token < 0 ? [] : attempt(task, token);
  for (const fd of [root, token]) if (fd >= 0) raw.close(task, fd);
  return { ...bpffs, token: answerOf(token), attempts };
}
