// SPDX-License-Identifier: MIT
import { helpersOf, kernelFieldNames } from "@bpf-token/object";
import { attrLayout, type BpfCmdName, errnoName, Insn, newestRelease } from "@bpf-token/uapi";
import { hasTokenFlag } from "../replay/translate.js";
import { attrIn, commandIn, fieldsIn } from "./call-text.js";
import type { RecordedCall, RecordedInstructions } from "./recorded-call.js";
import type { TracedCall } from "./traced-call.js";

const INSN = 8;
const LOAD_64 = 0x18;

/** The contents of a bpf() call; undefined for another call. */
export function fromRecording(
  event: TracedCall | undefined,
): Omit<RecordedCall, "number" | "line"> | undefined {
  if (event?.name !== "bpf") return undefined;
  const command = commandIn(event);
  const values = fieldsIn(event);
  const number = (name: string): number | undefined => {
    const value = values[name];
    return typeof value === "number" ? value : undefined;
  };
  const text = (name: string): string => {
    const value = values[name];
    return typeof value === "string" ? value.replaceAll(/[^ -~]/g, "?") : "";
  };
  return {
    command: command ?? String(Number(event.args[0])),
    token: hasTokenFlag(event),
    errno: event.result < 0 ? (errnoName(event.result) ?? String(-event.result)) : "",
    type: typeIn(event, number(command === "MAP_CREATE" ? "map_type" : "prog_type")),
    attach: number("expected_attach_type") ?? 0,
    name: text(command === "MAP_CREATE" ? "map_name" : "prog_name"),
    size: number("insn_cnt") ?? 0,
    instructions: instructionsOf(event, number("insn_cnt") ?? 0),
    ...(command === "BTF_LOAD" && {
      kernelFields: hasKernelFields(event, number("btf_size") ?? 0),
    }),
    log: event.log ?? "",
    seccomp: event.seccomp === true,
  };
}

/** No type is 0, so a call with it lacks its type if it is cut. */
const typeIn = ({ incomplete }: TracedCall, type: number | undefined): number | undefined =>
  type === 0 && incomplete !== undefined ? undefined : type;

/** The instructions of a PROG_LOAD; undefined if the recording lacks them. Of some, the helpers are known. */
export function instructionsOf(event: TracedCall, count: number): RecordedInstructions | undefined {
  if (commandIn(event) !== "PROG_LOAD") return undefined;
  const to = memoryAt(event, "PROG_LOAD", "insns");
  if (to === undefined || to.length === 0) return undefined;
  const { bytes, ...found } = instructionsIn(to.slice(0, count * INSN));
  return bytes?.length === count * INSN ? { ...found, bytes } : found;
}

/** The memory that a field of a call points to; undefined if it was not recorded. */
function memoryAt(event: TracedCall, cmd: BpfCmdName, field: string): Uint8Array | undefined {
  const at = attrLayout(cmd, newestRelease).fields.find(({ name }) => name === field)?.offset;
  const to = attrIn(event)?.pointers?.find(({ offset }) => offset === at)?.to;
  return to instanceof Uint8Array ? to : undefined;
}

/** What instructions contain. Clears the fds of maps, which differ between equal loads. */
export function instructionsIn(bytes: Uint8Array): RecordedInstructions {
  for (let at = 0; at + INSN <= bytes.length; at += INSN) {
    if (bytes[at] !== LOAD_64) continue;
    const kind = (bytes[at + 1] ?? 0) >> 4;
    const isMap = kind === Insn.PSEUDO_MAP_FD || kind === Insn.PSEUDO_MAP_VALUE;
    if (isMap) bytes.fill(0, at + 4, at + INSN);
    at += INSN;
  }
  return { helpers: helpersOf(bytes), callback: loadsAddress(bytes, Insn.PSEUDO_FUNC), bytes };
}

/** Whether the complete types have a name that each map value with a field of the kernel has. */
export const namesKernelField = (text: string): boolean =>
  kernelFieldNames.some((name) => text.includes(name));

function hasKernelFields(event: TracedCall, size: number): boolean {
  const to = memoryAt(event, "BTF_LOAD", "btf");
  if (to === undefined || size === 0 || to.length < size) return true;
  return namesKernelField(new TextDecoder("latin1").decode(to));
}

/** Whether instructions load an address of a kind, such as `Insn.PSEUDO_MAP_VALUE`. */
export function loadsAddress(insns: Uint8Array, kind: number): boolean {
  for (let at = 0; at + INSN <= insns.length; at += INSN) {
    if (insns[at] !== LOAD_64) continue;
    if ((insns[at + 1] ?? 0) >> 4 === kind) return true;
    at += INSN;
  }
  return false;
}
