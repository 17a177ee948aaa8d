// SPDX-License-Identifier: MIT
import { errnoName } from "@bpf-token/uapi";

/** A system call as strace prints it. */
export interface StraceCall {
  readonly pid: number | undefined;
  readonly name: string;
  /** The arguments as text. */
  readonly args: string;
  /** The result; undefined if the log does not have it (`= ?`). */
  readonly result: number | undefined;
  /** Name of the errno, or `errno 4000` for a number without a name; empty for success. */
  readonly errno: string;
}

/** A line of strace: a whole call, or one of the two parts of an interrupted one. */
export type StraceLine =
  | { readonly kind: "call"; readonly call: StraceCall }
  | { readonly kind: "begin"; readonly pid: number | undefined; readonly text: string }
  | {
      readonly kind: "end";
      readonly pid: number | undefined;
      readonly name: string;
      readonly text: string;
    };

/** strace prints the number of an errno that it does not know, and with `-e raw` of each. */
const numbered = /^ \(errno (\d{1,4})\)/;

/** Process id and time before a call: `[pid 12] `, `12    `, `12:01:02.5 `, `1700000000.5 `. */
const prefix =
  /^\s*(?:\[pid\s+(\d+)\]\s+|(\d+)\s+(?=[a-z<\d]))?(?:\d{2}:\d{2}:\d{2}(?:\.\d+)?\s+|\d+\.\d+\s+)?/;
const begun = /^([a-z_][\w]*)\((.*) <unfinished \.\.\.>\s*$/s;
const resumed = /^<\.\.\. (\w+) resumed>,? ?(.*)$/s;
const whole =
  /^([a-z_][\w]*)\((.*)\)\s+= (-?\d+|\?|0x[0-9a-f]+)(?:<[^>]*>)?(?: ([A-Z][A-Z0-9]+)(?: \(|$| )|( .*)|)/s;

/** Parses a line of strace; undefined if it is none. */
export function parseStraceLine(line: string): StraceLine | undefined {
  const start = prefix.exec(line);
  const pid = start?.[1] ?? start?.[2];
  const text = line.slice(start?.[0].length ?? 0);
  const who = pid === undefined ? undefined : Number(pid);
  const end = resumed.exec(text);
  if (end !== null) return { kind: "end", pid: who, name: end[1] ?? "", text: end[2] ?? "" };
  if (begun.test(text)) {
    return { kind: "begin", pid: who, text: text.replace(/ <unfinished \.\.\.>\s*$/, "") };
  }
  const call = whole.exec(text);
  if (call === null) return undefined;
  const [, name = "", args = "", result = "?", word = "", rest = ""] = call;
  const number = Number(numbered.exec(rest)?.[1] ?? 0);
  const answer =
    number === 0
      ? { result: result === "?" ? undefined : Number(result), errno: word }
      : { result: -number, errno: errnoName(number) ?? `errno ${number}` };
  return { kind: "call", call: { pid: who, name, args, ...answer } };
}

/** Returns the value of a field in the arguments: `field(args, "map_type")`. */
export function field(args: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}=("(?:[^"\\\\]|\\\\.)*"|\\{[^}]*\\}|[^,}]*)`).exec(args);
  return found?.[1]?.trim();
}
