// SPDX-License-Identifier: MIT
// Runs a program once on a packet, in Linux's own interpreter.
import { TimeLimitError } from "@bpf-token/kernel-bpf";
import { expected, processOf, type VerifyQuestion } from "./answer.js";
import { kernelOf, thread } from "./kernel.js";
import { formatBytes } from "./packet.js";
import { PacketTextError, readPacketText } from "./packet-text.js";
import type { RunRequest, RunResult, RunStep } from "./run-request.js";

/** A program, and the packet that it gets. */
export interface RunQuestion extends Omit<VerifyQuestion, "least"> {
  readonly program: string;
  /** Hexadecimal digits, or headers as in a file of tests. */
  readonly packet: string;
}

/** What the program did, or why it did not run. */
export type RunAnswer =
  | {
      readonly kind: "ran";
      readonly program: string;
      readonly returned: number;
      /** The name of the action that the value means; empty for other program types. */
      readonly action: string;
      readonly instructions: number | undefined;
      readonly packet: PacketView;
      readonly maps: RunResult["maps"];
      readonly lines: RunResult["lines"];
      /** How many source lines the object has for the program, and how many of them ran. */
      readonly total: number;
      readonly covered: number;
    }
  | { readonly kind: "error"; readonly program: string; readonly message: string };

/** The packet before and after a run. */
export interface PacketView {
  readonly size: number;
  readonly sizeBefore: number;
  /** The first and the last byte that differ; undefined if none does. */
  readonly changed: readonly [first: number, last: number] | undefined;
  /** The packet afterwards, in rows of hexadecimal digits; empty if it is the same. */
  readonly rows: readonly string[];
  /** How many more rows there are. */
  readonly more: number;
}

const MOST_ROWS = 100;
/** The most source lines that the page shows. */
const MOST_LINES = 2000;

/** Loads the program and runs it. */
export async function runAnswer(question: RunQuestion): Promise<RunAnswer> {
  const { program } = question;
  const failed = (message: string): RunAnswer => ({ kind: "error", program, message });
  let isLoaded = false;
  try {
    const { bytes: object, file: name } = question;
    const packet = readPacketText(question.packet);
    const kernel = await kernelOf(question.kernel);
    const request = { kernel, object, name, program, packet, ...processOf(question) };
    let answer = failed("the thread gave no result");
    for await (const each of thread().run(request satisfies RunRequest)) {
      const step = each as RunStep;
      if (step === "loaded") isLoaded = true;
      else answer = "failed" in step ? failed(step.failed) : answerOf(program, step);
    }
    return answer;
  } catch (error) {
    if (error instanceof PacketTextError) return failed(error.message);
    if (!(error instanceof TimeLimitError)) return failed(expected(error));
    const seconds = error.limit / 1000;
    return failed(
      isLoaded
        ? `the program did not end within ${seconds} s, so the page stopped it. Bound its loops, or choose a packet with which it ends`
        : `the load of the program did not end within ${seconds} s, so the page stopped it`,
    );
  }
}

function answerOf(program: string, result: RunResult): RunAnswer {
  const { returned, action = "", instructions, maps, lines } = result;
  return {
    ...{ kind: "ran", program, returned, action, instructions, maps },
    packet: packetView(result.sent, result.packet),
    lines: lines.slice(0, MOST_LINES),
    total: lines.length,
    covered: lines.filter(({ ran }) => ran > 0).length,
  };
}

/** Compares a packet with what it was. */
export function packetView(before: Uint8Array, after: Uint8Array): PacketView {
  const differs = (byte: number, i: number): boolean => byte !== before[i];
  const first = after.findIndex(differs);
  const sizes = { size: after.length, sizeBefore: before.length };
  if (first < 0 && after.length === before.length)
    return { ...sizes, changed: undefined, rows: [], more: 0 };
  const rows = formatBytes(after);
  return {
    ...sizes,
    changed: first < 0 ? undefined : [first, after.findLastIndex(differs)],
    rows: rows.slice(0, MOST_ROWS),
    more: Math.max(0, rows.length - MOST_ROWS),
  };
}
