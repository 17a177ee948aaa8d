// SPDX-License-Identifier: MIT
import type { LineInfo } from "@bpf-token/object";

/** An instruction that the verifier looked at, as it wrote it down. */
export interface VerifierStep {
  /** Its number in the program. */
  readonly insn: number;
  /** As the kernel disassembles it. */
  readonly text: string;
  /** What registers and stack held afterwards, as far as it says so. */
  readonly state: string;
  /** The line of source that it is from, if that is known. */
  readonly source: SourceLine | undefined;
}

/** A line of a program's source. */
export interface SourceLine {
  /** Empty where the kernel does not tell (before Linux 6.8) and the object does not either. */
  readonly file: string;
  /** 0 where it is not told. */
  readonly line: number;
  readonly text: string;
}

/** What a verifier said of a program. */
export interface VerifierLog {
  /** What it found wrong, in its own words: mostly one line. */
  readonly message: string;
  /** What it looked at, in its order: an instruction comes again on every path. */
  readonly steps: readonly VerifierStep[];
  /** What the work was, the last line: `processed 13 insns …`. */
  readonly summary: string;
  /** All of it. */
  readonly whole: string;
}

/** `12: (85) call bpf_x#1   ; R0=…` */
const instruction = /^(\d+): \(([0-9a-f]{2})\) (.*?)(?:\s+; (.*))?$/;
/** `; text of the source @ file.c:12` */
const comment = /^; (.*?)(?: @ (\S+):(\d+))?$/;
/** What is neither an instruction nor of use to a reader of the message. */
const noise = [
  /^\d+: ?(R\d+(_\w+)?=|frame\d+|fp)/,
  /^(\s*R\d+(_\w+)?=|frame\d+:)/,
  /^from \d+ to \d+/,
  /^func#\d+ @\d+/,
  /^(mark_precise|last_idx|regs=|parent )/,
  /^(caller|callee|returning from callee|to caller at \d+):?/,
  /^(verification time|stack depth|propagating|Live regs before insn)/,
  /^\s+\d+: [.\d]{10}/,
  /^\d+: safe$/,
];
const summary = /^(processed \d+ insns|verification time|stack depth)/;

/**
 * Reads what the verifier wrote.
 *
 * @param whole - `LoadError.log`.
 * @param lines - where the program's instructions come from, as the object says it (`line_info`). The
 *   kernel writes the lines itself where it was given them; these are for programs that were loaded
 *   without.
 */
export function readVerifierLog(whole: string, lines: readonly LineInfo[] = []): VerifierLog {
  const steps: VerifierStep[] = [];
  let source: SourceLine | undefined;
  let message: string[] = [];
  let last = "";
  for (const row of whole.split("\n")) {
    const step = instruction.exec(row);
    const line = comment.exec(row);
    if (step !== null) {
      const insn = Number(step[1]);
      const known = source ?? sourceAt(lines, insn);
      steps.push({ insn, text: step[3] ?? "", state: step[4] ?? "", source: known });
      message = [];
    } else if (line !== null) {
      source = { file: line[2] ?? "", line: Number(line[3] ?? 0), text: (line[1] ?? "").trim() };
      message = [];
    } else if (summary.test(row)) last = row.startsWith("processed") ? row : last;
    else if (row.trim() !== "" && !noise.some((pattern) => pattern.test(row))) message.push(row);
  }
  return { message: message.join("\n"), steps, summary: last, whole };
}

/** The line of the last record that does not begin behind an instruction. */
function sourceAt(lines: readonly LineInfo[], insn: number): SourceLine | undefined {
  let found: LineInfo | undefined;
  for (const one of lines) if (one.offset <= insn) found = one;
  return found && { file: found.file, line: found.line, text: found.text.trim() };
}
