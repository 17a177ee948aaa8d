// SPDX-License-Identifier: MIT
import {
  BPF_COMMON,
  BpfCmd,
  returnsFd,
  type SyscallArg,
  structLayout,
  syscallByName,
} from "@bpf-token/uapi";
import type { AnswerKind, CallSpec } from "../language/calls.js";
import { calls } from "../language/calls.js";
import { commandOf } from "../language/commands.js";
import type { Args } from "../language/model.js";
import type { ShownArg } from "../trace/trace.js";
import { encodeAttr } from "./encode-attr.js";
import type { Env } from "./env.js";
import { type Memory, pointTo } from "./memory.js";
import { renderArg, renderAttr, renderNumber, renderPointer } from "./render.js";
import { resolveNumber } from "./resolve.js";

/** A call with resolved arguments that has not been made yet. */
export interface PlainCall {
  /** The task that makes the call. */
  readonly task: string;
  readonly name: string;
  readonly args: readonly ShownArg[];
  readonly returns: AnswerKind;
  /** Memory that the kernel may write, by argument or field. */
  readonly memory: ReadonlyMap<string, Memory>;
  /** Whether the call only cleans up after a shorthand. */
  readonly cleanup?: true;
  /** Whether the call belongs to no task, so that no task records its decisions. */
  readonly quiet?: true;
  /** Makes the call. */
  perform(): number;
}

/**
 * Prepares a system call of the table.
 *
 * @throws Blocked if an argument needs an answer that does not exist.
 */
export function systemCall(env: Env, by: string, name: string, args: Args): PlainCall {
  const spec = calls.get(name);
  const entry = spec?.entry;
  if (spec === undefined || entry === undefined) throw new TypeError(`no system call '${name}'`);
  const task = env.task(by);
  if (name === "bpf") return bpfCall(env, by, args);
  let memory: Map<string, Memory> | undefined;
  const values = spec.params.map((param): SyscallArg => {
    const value = args[param.name];
    if (param.kind !== "pointer") {
      return resolveNumber(value, param.kind === "number" ? param.groups : [], env);
    }
    const { ptr, memory: piece } = pointTo(value, env, param.struct);
    if (piece !== undefined) {
      memory ??= new Map();
      memory.set(param.name, piece);
    }
    return ptr;
  });
  return {
    task: by,
    name,
    args: shown(spec, args, env),
    returns: spec.answer,
    memory: memory ?? NO_MEMORY,
    perform: () => task.syscall(entry.nr, ...values),
  };
}

function shown(spec: CallSpec, args: Args, env: Env): readonly ShownArg[] {
  return spec.params.map((param) => ({
    name: param.name,
    text: renderArg(param, args[param.name], env),
  }));
}

/** Commands of bpf() that return a file descriptor. */
const fdCommands: ReadonlySet<string> = new Set(Object.keys(BpfCmd).filter(returnsFd));
const NO_MEMORY: ReadonlyMap<string, Memory> = new Map();

function bpfCall(env: Env, by: string, args: Args): PlainCall {
  const task = env.task(by);
  const groups = calls.get("bpf")?.params[0];
  const group = groups?.kind === "number" ? groups.groups : [];
  const plain = resolveNumber(args.cmd, group, env);
  const number =
    args.common === undefined && args.common_size === undefined
      ? plain
      : Number(plain) | BPF_COMMON.ATTRS;
  const cmd = commandOf(typeof plain === "number" ? plain : null);
  const made = encodeAttr(args, cmd, env);
  const common = encodeCommon(args, env);
  const fd = cmd !== undefined && fdCommands.has(cmd);
  return {
    task: by,
    name: "bpf",
    args: [
      { name: "cmd", text: renderNumber(args.cmd, group, env) },
      renderAttr(args.attr, made, cmd, env),
      { name: "size", text: `${made.size}` },
      ...common.args,
    ],
    returns: fd ? "fd" : "number",
    memory: new Map([...made.memory, ...common.memory]),
    perform: () =>
      task.syscall(syscallByName.bpf.nr, number, made.ptr, made.size, ...common.values),
  };
}

interface CommonAttr {
  readonly args: readonly ShownArg[];
  readonly memory: ReadonlyMap<string, Memory>;
  readonly values: readonly SyscallArg[];
}

/** Encodes the common attributes of a bpf() step. They add their bit to the command. */
function encodeCommon({ common, common_size }: Args, env: Env): CommonAttr {
  if (common === undefined && common_size === undefined) {
    return { args: [], memory: NO_MEMORY, values: [] };
  }
  const { ptr, memory } = pointTo(common, env, "bpf_common_attr");
  const size =
    common_size === undefined
      ? (memory?.bytes.length ?? structLayout("bpf_common_attr").size)
      : resolveNumber(common_size, [], env);
  return {
    args: [
      { name: "common", text: renderPointer(common, env) },
      { name: "common_size", text: `${size}` },
    ],
    memory: new Map([
      ...(memory === undefined ? [] : [["common", memory] as const]),
      ...[...(memory?.inside ?? [])].map(([name, one]) => [`common.${name}`, one] as const),
    ]),
    values: [ptr, size],
  };
}

/** Prepares an operation that is not a system call. */
export function operation(
  task: string,
  name: string,
  args: readonly ShownArg[],
  perform: () => number,
  returns: AnswerKind = "number",
): PlainCall {
  return { task, name, args, returns, memory: NO_MEMORY, perform };
}

/** Marks an operation as one that belongs to no task. */
export function quiet(call: PlainCall): PlainCall {
  return { ...call, quiet: true };
}

/** Marks a call as one that only cleans up. */
export function asCleanup(call: PlainCall): PlainCall {
  return { ...call, cleanup: true };
}
