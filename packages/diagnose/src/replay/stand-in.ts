// SPDX-License-Identifier: MIT
import { axisNames, parseTokenMasks } from "@bpf-token/delegation";
import { raw, type Task } from "@bpf-token/syscall";
import { AT, attrLayout, BpfCmd, type BpfCmdName, O } from "@bpf-token/uapi";
import { commandIn } from "../evidence/call-text.js";
import type { TracedCall, TracedFile } from "../evidence/traced-call.js";
import type { ModelProcess } from "./processes.js";
import { field, hasTokenFlag, TOKEN_FD, tokenFd } from "./translate.js";

/**
 * Opens a file of a kind in a task of the model. The calls that follow check the kind; of a map they
 * also read type and sizes, which fdinfo has.
 *
 * @returns the file descriptor; undefined if the model cannot create such a file.
 */
export function standIn(task: Task, { kind, fdinfo = "" }: TracedFile): number | undefined {
  const number = (name: string): number => {
    const text = new RegExp(`^${name}:\\s*(\\w+)$`, "m").exec(fdinfo)?.[1];
    return text === undefined ? 0 : Number(text);
  };
  switch (kind) {
    case "other":
      return opened(raw.openat(task, AT.FDCWD, "/dev/null", O.RDONLY | O.CLOEXEC, 0));
    case "map":
      return fromInit(task, "MAP_CREATE", {
        map_type: number("map_type"),
        key_size: number("key_size"),
        value_size: number("value_size"),
        max_entries: number("max_entries"),
        map_flags: number("map_flags"),
      });
    case "prog":
      return fromInit(task, "PROG_LOAD", {
        prog_type: number("prog_type"),
        insns: trivial,
        insn_cnt: 2,
        license: "GPL",
      });
    default:
      return undefined;
  }
}

/**
 * Creates what a successful call created, for a call that the model does not have or refuses: a map or
 * program of the same type, with the same token.
 *
 * @returns the file descriptor; undefined if the model cannot create such a file.
 */
export function standInFor({ task, fds }: ModelProcess, call: TracedCall): number | undefined {
  const command = commandIn(call);
  const token = hasTokenFlag(call) ? fds.get(tokenFd(call)) : undefined;
  const copied = (names: readonly string[]): Readonly<Record<string, number>> =>
    Object.fromEntries(names.map((name) => [name, field(call, name)]));
  const create = (cmd: BpfCmdName, values: object, own: object): number | undefined =>
    (token === undefined ? undefined : created(task, cmd, { ...values, ...own })) ??
    fromInit(task, cmd, values);
  if (command === "MAP_CREATE") {
    const sizes = copied(["map_type", "key_size", "value_size", "max_entries"]);
    return create(command, sizes, { map_flags: TOKEN_FD, map_token_fd: token });
  }
  if (command === "PROG_LOAD") {
    const types = copied(["prog_type", "expected_attach_type"]);
    const values = { ...types, insns: trivial, insn_cnt: 2, license: "GPL" };
    return create(command, values, { prog_flags: TOKEN_FD, prog_token_fd: token });
  }
  return undefined;
}

/** r0 = 0; exit. */
export const trivial: Uint8Array = new Uint8Array([
  0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0,
]);

/** The first task creates the object, because it may. */
function fromInit(task: Task, cmd: BpfCmdName, values: object): number | undefined {
  const { init } = task.kernel;
  const fd = created(init, cmd, values);
  if (fd === undefined) return undefined;
  const sent = init.sendFd(fd, task);
  raw.close(init, fd);
  return opened(sent);
}

function created(task: Task, cmd: BpfCmdName, values: object): number | undefined {
  try {
    const attr = attrLayout(cmd, "7.3").encode(values);
    return opened(raw.bpf(task, BpfCmd[cmd], attr, attr.bytes.length));
  } catch {
    // The model has no objects of this type, or a recording has sizes that no object can have.
    return undefined;
  }
}

const opened = (fd: number): number | undefined => (fd < 0 ? undefined : fd);

/** The delegate options that give a token these masks; undefined if the text has no masks. */
export function tokenDelegates(fdinfo: string): Readonly<Record<string, string>> | undefined {
  const masks = parseTokenMasks(fdinfo);
  if (masks === undefined) return undefined;
  const given = axisNames.filter((axis) => masks[axis] !== 0n);
  return Object.fromEntries(
    given.map((axis) => [`delegate_${axis}`, `0x${masks[axis].toString(16)}`]),
  );
}

/** The model's name of each kind of file. */
export const modelKinds: Readonly<Record<TracedFile["kind"], string>> = {
  bpffs: "dir",
  token: "token",
  map: "map",
  prog: "prog",
  btf: "btf",
  link: "link",
  other: "null",
  closed: "",
};
