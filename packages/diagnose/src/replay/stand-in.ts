// SPDX-License-Identifier: MIT
import { raw, type Task } from "@bpf-token/syscall";
import { AT, attrLayout, BpfCmd, type BpfCmdName, O } from "@bpf-token/uapi";
import type { TracedFile } from "./traced-call.js";

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

/** r0 = 0; exit. */
export const trivial: Uint8Array = new Uint8Array([
  0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0,
]);

/** The first task creates the object, because it may. */
function fromInit(task: Task, cmd: BpfCmdName, values: object): number | undefined {
  const { init } = task.kernel;
  const attr = attrLayout(cmd, "7.3").encode(values);
  try {
    const fd = raw.bpf(init, BpfCmd[cmd], attr, attr.bytes.length);
    if (fd < 0) return undefined;
    const sent = init.sendFd(fd, task);
    raw.close(init, fd);
    return opened(sent);
  } catch {
    // The model has no objects of this type.
    return undefined;
  }
}

const opened = (fd: number): number | undefined => (fd < 0 ? undefined : fd);
