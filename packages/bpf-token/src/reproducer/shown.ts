// SPDX-License-Identifier: MIT
// Finds what a program can see of the difference between two recordings: an answer, bytes in memory, or a line
// of a text.
import { errnoName } from "@bpf-token/uapi";
import type { RecordedStep } from "./recording.js";
import { ReproducerRefused } from "./refusals.js";

/** What a kernel shows in the deciding step. */
export interface Expected {
  /** As text, for people. */
  readonly shown: string;
  readonly answer: number;
  /** The bytes, or the line of a text; undefined if the answer decides. */
  readonly bytes?: Uint8Array;
}

/** How the deciding step shows the difference. */
export interface Shown {
  readonly expected: readonly [Expected, Expected];
  /** Whether the bytes are a line anywhere in the memory. */
  readonly asText: boolean;
  readonly segment: number;
  readonly offset: number;
}

type Recordings = readonly [readonly RecordedStep[], readonly RecordedStep[]];
type Call = Extract<RecordedStep, { op: "call" }>;

/** How many differing bytes a program compares. */
const MOST = 64;

/**
 * Returns the first recorded step of a scenario's step that differs, and how.
 *
 * @throws ReproducerRefused if no program can see the difference.
 */
export function decidingStep(
  [a, b]: Recordings,
  step: number,
): { readonly at: number; readonly shown: Shown } {
  for (const [at, one] of a.entries()) {
    const other = b[at];
    if (other === undefined || one.step !== step) continue;
    const shown = differenceOf(one, other);
    if (shown !== undefined) return { at, shown };
  }
  throw new ReproducerRefused("the difference cannot be seen from outside of the kernel");
}

function differenceOf(a: RecordedStep, b: RecordedStep): Shown | undefined {
  if (a.ret === undefined || b.ret === undefined) {
    throw new ReproducerRefused(`'${a.text}' has no answer on one of the kernels`);
  }
  const memory = a.op === "call" && b.op === "call";
  if (memory && a.call.entry.name === "read" && a.ret > 0 && b.ret > 0) return lineOf(a, b);
  if (a.ret !== b.ret) {
    // A program only tells errnos from success, because numbers depend on the machine.
    if (a.ret >= 0 && b.ret >= 0) return undefined;
    return { expected: [answer(a.ret), answer(b.ret)], asText: false, segment: 0, offset: 0 };
  }
  return memory && a.ret >= 0 ? bytesOf(a, b) : undefined;
}

const answer = (ret: number): Expected => ({
  shown: (ret < 0 ? errnoName(-ret) : undefined) ?? "success",
  answer: ret,
});

/** The first line of a text that only one kernel has, on both sides. */
function lineOf(a: Call, b: Call): Shown | undefined {
  const [x, y] = [linesOf(a), linesOf(b)];
  const [one, other] = [x.find((line) => !y.includes(line)), y.find((line) => !x.includes(line))];
  if (one === undefined || other === undefined) return undefined;
  const expected = (line: string, { ret = 0 }: Call): Expected => ({
    shown: line,
    answer: ret,
    bytes: new TextEncoder().encode(`${line}\n`),
  });
  return { expected: [expected(one, a), expected(other, b)], asText: true, segment: 0, offset: 0 };
}

function linesOf({ call, ret = 0 }: Call): readonly string[] {
  const text = new TextDecoder("latin1").decode(call.segments[0]?.bytes.subarray(0, ret));
  // These depend on the machine.
  return text.split("\n").filter((line) => !/^(?:pos|flags|mnt_id|ino):/.test(line));
}

/** The first differing bytes of a segment that are no pointer. */
function bytesOf(a: Call, b: Call): Shown | undefined {
  for (const [segment, { bytes }] of a.call.segments.entries()) {
    const there = b.call.segments[segment]?.bytes ?? new Uint8Array();
    const pointers = a.call.fixups.filter((one) => one.segment === segment);
    const isApart = (i: number): boolean =>
      bytes[i] !== there[i] && !pointers.some(({ offset }) => i >= offset && i < offset + 8);
    const offset = bytes.findIndex((_, i) => isApart(i));
    if (offset < 0) continue;
    let end = offset + 1;
    while (end < bytes.length && end < offset + MOST && isApart(end)) end++;
    const expected = (all: Uint8Array, { ret = 0 }: Call): Expected => {
      const own = all.slice(offset, end);
      const hex = [...own].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
      return { shown: `byte ${offset}: ${hex}`, answer: ret, bytes: own };
    };
    return { expected: [expected(bytes, a), expected(there, b)], asText: false, segment, offset };
  }
  return undefined;
}
