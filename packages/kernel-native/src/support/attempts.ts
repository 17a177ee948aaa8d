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

/** One attempted operation and the kernel's answer. */
export interface Attempt {
  /** The operation, for messages: `create an array map`. */
  readonly what: string;
  readonly answer: "ok" | ErrnoName | number;
}

/** The attempts with a token from one BPF filesystem. */
export interface TokenAttempt extends VisibleBpffs {
  /** Whether a token could be created from it. */
  readonly token: Attempt["answer"];
  /** The attempts with that token; empty without one. */
  readonly attempts: readonly Attempt[];
}

const answerOf = (ret: number): Attempt["answer"] => (ret >= 0 ? "ok" : (errnoName(ret) ?? -ret));

/**
 * Creates a map and loads programs and BTF, and closes them at once. The results show what a task
 * may do.
 *
 * @param token - a token to use. Default: none.
 * @example
 * ```ts
 * for (const { what, answer } of attempt(currentTask())) console.log(what, answer);
 * ```
 */
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
      "load BTF",
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

/**
 * Creates a token from a BPF filesystem, tries the same operations with it, and closes it.
 *
 * @example
 * ```ts
 * const results = describeProcess().bpffs.map((bpffs) => attemptToken(currentTask(), bpffs));
 * ```
 */
export function attemptToken(task: Task, bpffs: VisibleBpffs): TokenAttempt {
  const flags = O.RDONLY | O.DIRECTORY | O.CLOEXEC;
  const root = raw.openat(task, AT.FDCWD, bpffs.path, flags, 0);
  if (root < 0) return { ...bpffs, token: answerOf(root), attempts: [] };
  const token = bpf(task, "TOKEN_CREATE", { bpffs_fd: root });
  const attempts = token < 0 ? [] : attempt(task, token);
  for (const fd of [root, token]) if (fd >= 0) raw.close(task, fd);
  return { ...bpffs, token: answerOf(token), attempts };
}
