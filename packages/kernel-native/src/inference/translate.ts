// SPDX-License-Identifier: MIT
import type { FlatArg } from "@bpf-token/syscall";
import {
  attrLayout,
  BAD_ADDRESS,
  FsconfigCmd,
  isFdField,
  type Mem,
  objectOf,
  type PointerSlot,
  type SyscallArg,
} from "@bpf-token/uapi";
import { commandOf, type ModelTask, type NumberMap, word } from "./number-map.js";
import type { RecordedCall } from "./recorder.js";

/** A call uses an fd that the model does not have, because an earlier call failed there. */
export class MissingFd extends Error {
  readonly fd: number;

  constructor(fd: number) {
    super(`fd ${fd} is missing`);
    this.fd = fd;
  }
}

/**
 * Translates the arguments of a recorded call to the model's numbers. Numbers in nested memory (fds
 * in maps, instructions and arrays) stay unchanged.
 *
 * @throws MissingFd
 */
export function translate(
  call: RecordedCall,
  modelTask: ModelTask,
  numbers: NumberMap,
): SyscallArg[] {
  const { name } = call.entry;
  if (name === "bpf") translateAttr(call, modelTask, numbers);
  else if (name === "capget" || name === "capset") translateHeader(call, numbers);
  const memory = call.segments.map(({ bytes, copyBack }): Mem & { pointers: PointerSlot[] } => ({
    bytes,
    dir: copyBack ? "inout" : "in",
    pointers: [],
  }));
  const pointTo = (arg: FlatArg): Exclude<SyscallArg, number | bigint> => {
    if (arg.kind === "bad") return BAD_ADDRESS;
    return arg.kind === "seg" ? (memory[arg.segment] ?? null) : null;
  };
  for (const { segment, offset, to } of call.fixups) {
    memory[segment]?.pointers.push({ offset, to: pointTo(to) });
  }
  return call.args.map((arg, i): SyscallArg => {
    if (arg.kind === "num") return numberFor(call, i, arg.value, modelTask, numbers);
    const isPath = call.entry.args[i]?.kind === "str" && arg.kind === "seg";
    if (!isPath) return pointTo(arg);
    return translatePath(memory[arg.segment]?.bytes ?? new Uint8Array(), modelTask, numbers);
  });
}

function numberFor(
  { entry, args }: RecordedCall,
  i: number,
  value: number | bigint,
  modelTask: ModelTask,
  numbers: NumberMap,
): number | bigint {
  const spec = entry.args[i];
  if (spec?.kind === "fd") return fdFor(modelTask, value);
  if (spec?.name === "pid") return numbers.pid(Number(value));
  const [, cmd] = args;
  if (entry.name !== "fsconfig" || spec?.name !== "aux" || cmd?.kind !== "num") return value;
  const { SET_PATH, SET_PATH_EMPTY, SET_FD } = FsconfigCmd;
  const takesFd = [SET_PATH, SET_PATH_EMPTY, SET_FD].some((c) => c === Number(cmd.value));
  return takesFd ? fdFor(modelTask, value) : value;
}

/**
 * Returns the model's number of an fd.
 *
 * @throws MissingFd
 */
export function fdFor({ fds }: ModelTask, value: number | bigint): number | bigint {
  const real = Number(value);
  if (!fds.has(real)) return value;
  const model = fds.get(real);
  if (model === undefined) throw new MissingFd(real);
  return model;
}

/** The header of capget(2) and capset(2) has the pid of a task. */
function translateHeader(call: RecordedCall, numbers: NumberMap): void {
  const [header] = call.args;
  const bytes = header?.kind === "seg" ? call.segments[header.segment]?.bytes : undefined;
  if (bytes === undefined || bytes.length < PID_END) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setInt32(PID_AT, numbers.pid(word(bytes, PID_AT)), true);
}

const PID_AT = 4;
const PID_END = 8;

/** Translates pids, fds and object ids of the attr, in place. */
function translateAttr(call: RecordedCall, modelTask: ModelTask, numbers: NumberMap): void {
  const [, attr] = call.args;
  const cmd = commandOf(call);
  const bytes = attr?.kind === "seg" ? call.segments[attr.segment]?.bytes : undefined;
  if (cmd === undefined || bytes === undefined) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const { name, offset, size } of fieldsOf(cmd, numbers)) {
    if (size !== 4 || offset + 4 > bytes.length) continue;
    const kind = objectOf(name);
    const real = word(bytes, offset);
    if (/(?:^|\.)pid$/.test(name)) view.setInt32(offset, numbers.pid(real), true);
    else if (isFdField(name)) view.setInt32(offset, Number(fdFor(modelTask, real)), true);
    else if (kind !== undefined) view.setInt32(offset, numbers.object(kind, real), true);
  }
}

function fieldsOf(
  cmd: Parameters<typeof attrLayout>[0],
  { release }: NumberMap,
): ReturnType<typeof attrLayout>["fields"] {
  try {
    return attrLayout(cmd, release).fields;
  } catch (error) {
    // The release has no such command, so there are no fields to translate.
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/**
 * Translates `/proc/PID/…` and `/proc/self/fdinfo/FD`. Other paths stay unchanged, also `01`, which
 * procfs does not accept as a number.
 */
function translatePath(bytes: Uint8Array, modelTask: ModelTask, numbers: NumberMap): SyscallArg {
  const text = new TextDecoder("latin1").decode(bytes);
  const found = /^\/proc\/([1-9]\d*|self)(?:(\/fd|\/fdinfo)\/(0|[1-9]\d*))?(?=[/\0])/.exec(text);
  if (found === null) return { bytes, dir: "in" };
  const [all, who = "", folder, fd] = found;
  const owner = who === "self" ? modelTask : numbers.tasks.get(Number(who));
  const pid = who === "self" ? who : numbers.pid(Number(who));
  const file = fd === undefined || owner === undefined ? fd : fdFor(owner, Number(fd));
  const path = `/proc/${pid}${folder === undefined ? "" : `${folder}/${file}`}${text.slice(all.length)}`;
  return { bytes: Uint8Array.from(path, (letter) => letter.charCodeAt(0)), dir: "in" };
}
