// SPDX-License-Identifier: MIT
import {
  AttachType,
  attrLayout,
  BpfCmd,
  type BpfCmdName,
  errnoName,
  FsconfigCmd,
  MapType,
  type Mem,
  ProgType,
  type SyscallArg,
} from "@bpf-token/uapi";
import { newestRelease } from "@bpf-token/uapi/names";
import type { TracedCall } from "./traced-call.js";

/** The commands of bpf() by their numbers. */
export const commandNames: ReadonlyMap<number, BpfCmdName> = new Map(
  (Object.keys(BpfCmd) as BpfCmdName[]).map((name) => [BpfCmd[name], name]),
);

/** Bit of the command that announces two more arguments of bpf(), since Linux 7.2. */
const COMMON_ATTRS = 1 << 16;

/** The command of a bpf() call without prefix; undefined for another call or an unknown number. */
export function commandIn({ name, args: [cmd] }: TracedCall): BpfCmdName | undefined {
  const isNumber = typeof cmd === "number" || typeof cmd === "bigint";
  return name === "bpf" && isNumber ? commandNames.get(Number(cmd) & ~COMMON_ATTRS) : undefined;
}

/** The attr of a bpf() call; undefined if the call has none. */
export function attrIn({ args: [, attr] }: TracedCall): Mem | undefined {
  if (attr instanceof Uint8Array) return { bytes: attr };
  return typeof attr === "object" && attr !== null ? attr : undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** The fields of a bpf() call's attr; empty if the call has no attr or an unknown command. */
export function fieldsIn(call: TracedCall): Values {
  const cmd = commandIn(call);
  const attr = attrIn(call);
  if (cmd === undefined || attr === undefined) return {};
  return attrLayout(cmd, newestRelease).decode(attr.bytes) as Values;
}

/**
 * Formats a call with its result, in the manner of strace.
 *
 * @example
 * ```ts
 * callText(call); // "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH}, 168) = -1 EPERM"
 * ```
 */
export function callText(call: TracedCall): string {
  return `${call.text ?? formatCall(call)} = ${resultText(call.result)}`;
}

/** Formats a return value: `3`, `-1 EPERM`. */
export function resultText(result: number): string {
  return result >= 0 ? `${result}` : `-1 ${errnoName(result) ?? `error ${-result}`}`;
}

function formatCall(call: TracedCall): string {
  const cmd = commandIn(call);
  if (cmd !== undefined) {
    const size = call.args[2];
    const end = typeof size === "number" || typeof size === "bigint" ? `, ${size}` : "";
    return `bpf(BPF_${cmd}, ${attrText(call, cmd)}${end})`;
  }
  return `${call.name}(${call.args.map((arg, i) => argText(call.name, i, arg)).join(", ")})`;
}

/** The fields that are not 0, as strace prints them. A program may try a command that its kernel lacks. */
function attrText(call: TracedCall, cmd: BpfCmdName): string {
  const attr = attrIn(call);
  if (attr === undefined) return "NULL";
  const layout = attrLayout(cmd, newestRelease);
  const values = layout.decode(attr.bytes) as Values;
  const pointers = new Map(attr.pointers?.map(({ offset, to }) => [offset, to]));
  const parts = layout.fields.flatMap(({ name, type, offset }) => {
    if (type === "ptr") {
      const to = pointers.get(offset);
      if (to === undefined || to === null) return [];
      return [`${name}=${typeof to === "symbol" ? "(unreadable)" : pointerText(name, to)}`];
    }
    const value = values[name];
    if (value === 0 || value === 0n || value === "" || value === undefined) return [];
    return [`${name}=${valueText(name, value)}`];
  });
  return `{${parts.join(", ")}}`;
}

const enums: Readonly<Record<string, readonly [string, Readonly<Record<string, number>>]>> = {
  map_type: ["BPF_MAP_TYPE_", MapType],
  prog_type: ["BPF_PROG_TYPE_", ProgType],
  expected_attach_type: ["BPF_", AttachType],
  attach_type: ["BPF_", AttachType],
};

function valueText(name: string, value: unknown): string {
  const [prefix, members] = enums[name] ?? [];
  const member = Object.entries(members ?? {}).find(([, number]) => number === value)?.[0];
  if (member !== undefined) return `${prefix}${member}`;
  if (typeof value === "string") return quoted(value);
  const isNumber = typeof value === "number" || typeof value === "bigint";
  return isNumber && /flags$/.test(name) ? `0x${value.toString(16)}` : String(value);
}

/** Text fields in full; other memory by its size. */
function pointerText(name: string, to: Exclude<Mem | Uint8Array | string, symbol>): string {
  if (typeof to === "string") return quoted(to);
  const bytes = to instanceof Uint8Array ? to : to.bytes;
  if (!/^(license|pathname|name)$/.test(name)) return `[${bytes.length} bytes]`;
  return quoted(new TextDecoder().decode(bytes).replace(/\0.*$/s, ""));
}

const quoted = (text: string): string => JSON.stringify(text);

function argText(name: string, i: number, arg: SyscallArg): string {
  if (name === "fsconfig" && i === 1) {
    const cmd = Object.entries(FsconfigCmd).find(([, number]) => number === Number(arg))?.[0];
    if (cmd !== undefined) return `FSCONFIG_${cmd}`;
  }
  if (arg === null) return "NULL";
  if (typeof arg === "string") return quoted(arg);
  if (typeof arg === "symbol") return "(unreadable)";
  if (typeof arg !== "object") return arg === -100 ? "AT_FDCWD" : String(arg);
  const bytes = arg instanceof Uint8Array ? arg : arg.bytes;
  return `[${bytes.length} bytes]`;
}
