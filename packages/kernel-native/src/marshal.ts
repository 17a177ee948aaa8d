// SPDX-License-Identifier: MIT
import { copyBack, type FlatArg, type FlatCall } from "@bpf-token/syscall";
import {
  ArgKind,
  argLayout,
  callLayout,
  fixupLayout,
  Limit,
  segmentLayout,
} from "./generated/protocol.js";

const TWO_32 = 2 ** 32;

/**
 * Returns the size of a call in the protocol, in bytes.
 *
 * @throws RangeError if the call exceeds the executor's limits for memory, segments or pointers.
 */
export function callSize(call: FlatCall): number {
  const { segments, fixups } = call;
  if (segments.length > Limit.SEGMENTS || fixups.length > Limit.FIXUPS) {
    const limits = `${Limit.SEGMENTS} segments of memory and ${Limit.FIXUPS} pointers`;
    throw new RangeError(`${call.entry.name}: a call on the native backend has at most ${limits}`);
  }
  const memory = segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
  const size =
    callLayout.size +
    call.args.length * argLayout.size +
    segments.length * segmentLayout.size +
    fixups.length * fixupLayout.size +
    memory;
  if (size > Limit.PAYLOAD) {
    const most = `${Limit.PAYLOAD / 2 ** 20} MiB of memory`;
    throw new RangeError(`${call.entry.name}: a call on the native backend has at most ${most}`);
  }
  return size;
}

/**
 * Writes a call in the format of the protocol: head, arguments, segment sizes, pointers, memory.
 */
export function writeCall(call: FlatCall, to: Buffer, start: number): void {
  const { args, segments, fixups } = call;
  to.writeUInt32LE(call.entry.nr, start + callLayout.nr);
  to.writeUInt32LE(args.length, start + callLayout.nargs);
  to.writeUInt32LE(segments.length, start + callLayout.nsegs);
  to.writeUInt32LE(fixups.length, start + callLayout.nfixups);
  let at = start + callLayout.size;
  for (const arg of args) {
    writeArg(arg, to, at + argLayout.kind, at + argLayout.seg, at + argLayout.value);
    at += argLayout.size;
  }
  for (const segment of segments) {
    to.writeUInt32LE(segment.bytes.length, at + segmentLayout.length);
    to.writeUInt32LE(segment.copyBack ? 1 : 0, at + segmentLayout.copyBack);
    at += segmentLayout.size;
  }
  for (const fixup of fixups) {
    to.writeUInt32LE(fixup.segment, at + fixupLayout.segment);
    to.writeUInt32LE(fixup.offset, at + fixupLayout.offset);
    writeArg(fixup.to, to, at + fixupLayout.kind, at + fixupLayout.seg, at + fixupLayout.value);
    at += fixupLayout.size;
  }
  for (const { bytes } of segments) {
    to.set(bytes, at);
    at += bytes.length;
  }
}

function writeArg(arg: FlatArg, to: Buffer, kind: number, seg: number, value: number): void {
  to.writeUInt32LE(ArgKind.NUM, kind);
  to.writeUInt32LE(0, seg);
  write64(to, value, arg.kind === "num" ? arg.value : 0);
  if (arg.kind === "bad") to.writeUInt32LE(ArgKind.BAD, kind);
  if (arg.kind === "seg") {
    to.writeUInt32LE(ArgKind.SEG, kind);
    to.writeUInt32LE(arg.segment, seg);
  }
}

/** Writes a 64-bit word in two's complement. Numbers avoid the slower BigInt conversion. */
function write64(to: Buffer, at: number, value: number | bigint): void {
  if (typeof value === "bigint") {
    to.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    return;
  }
  to.writeUInt32LE(value >>> 0, at);
  to.writeUInt32LE(Math.floor(value / TWO_32) >>> 0, at + 4);
}

/** Copies what the kernel wrote, segment after segment, back into the caller's memory. */
export function readBack(call: FlatCall, payload: Buffer): void {
  let at = 0;
  for (const [index, segment] of call.segments.entries()) {
    copyBack(call, index, payload, at);
    if (segment.copyBack) at += segment.bytes.length;
  }
}
