// SPDX-License-Identifier: MIT
import type { ProgramFrame, ProgramThread } from "@bpf-token/kernel-native/program";

/** Columns of a line, without those in front of it. */
const WIDTH = 76;
/** Columns of the name of a file, at most. */
const FILE_WIDTH = 40;

/** The lines about the stack of a program, without their first indentation. */
export function stackLines({ pid, tid, name, frames }: ProgramThread): readonly string[] {
  const where = tid === pid ? `process ${pid}` : `thread ${tid} of process ${pid}`;
  if (frames.length === 0) return [`in ${where} (${name}), whose stack cannot be read`];
  const lines = frames.map((frame) => `  ${frame.reliable ? "" : "? "}${frameText(frame)}`);
  if (frames.every(({ reliable }) => reliable)) return [`in ${where} (${name}):`, ...lines];
  return [
    `in ${where} (${name}):`,
    ...lines,
    "  ? without unwind information: a return address on the stack, which an",
    "    earlier call may have left there",
  ];
}

/** A frame as `function+0x1d (file)`, or as `file+0x1d`. */
function frameText({ file, offset, symbol, reliable }: ProgramFrame): string {
  const short = shorten(file.slice(file.lastIndexOf("/") + 1), FILE_WIDTH);
  if (symbol === undefined) return `${short}+0x${offset.toString(16)}`;
  const rest = `+0x${symbol.offset.toString(16)} (${short})`;
  return shorten(symbol.name, WIDTH - rest.length - (reliable ? 0 : 2)) + rest;
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
