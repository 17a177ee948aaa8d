// SPDX-License-Identifier: MIT
import type { LineInfo } from "@bpf-token/object";
import {
  beginsDiagnosis,
  continuesDiagnosis,
  parseDiagnosis,
  type VerifierDiagnosis,
} from "./diagnosis.js";

/** An instruction that the verifier visited, as its log shows it. See {@link VerifierLog}. */
export interface VerifierStep {
  /** Index of the instruction in the program. */
  readonly insn: number;
  /** The instruction as the kernel disassembles it. */
  readonly text: string;
  /** Registers and stack after the instruction, as far as the log has them. */
  readonly state: string;
  /** The source line of the instruction, if known. */
  readonly source: SourceLine | undefined;
}

/** A source line of a program. See {@link VerifierStep}. */
export interface SourceLine {
  /** Empty if neither the kernel (before Linux 6.8) nor the object has the file name. */
  readonly file: string;
  /** 0 if unknown. */
  readonly line: number;
  /** The line itself. */
  readonly text: string;
}

/** A parsed verifier log. Returned by {@link readVerifierLog} and {@link verifierLogOf}. */
export interface VerifierLog {
  /** The verifier's error, usually one line. */
  readonly message: string;
  /** The kernel's explanation of the error. Since Linux 7.3; `undefined` if the log has none. */
  readonly diagnosis: VerifierDiagnosis | undefined;
  /** The visited instructions in order; an instruction appears once per path. */
  readonly steps: readonly VerifierStep[];
  /** The last line: `processed 13 insns …`. */
  readonly summary: string;
  /** The complete log. */
  readonly whole: string;
}

/** `12: (85) call bpf_x#1   ; R0=…` */
const instruction = /^(\d+): \([0-9a-f]{2}\) (.*)/;
/** `; text of the source @ file.c:12` */
const comment = /^; (.*?)(?: @ (\S+):(\d+))?$/;
/** Separates an instruction from the registers after it. */
function partsOf(body: string): Pick<VerifierStep, "text" | "state"> {
  const at = body.search(/\s; /);
  if (at === -1) return { text: body, state: "" };
  return { text: body.slice(0, at).trimEnd(), state: body.slice(at + 3) };
}

/** Lines that are neither instructions nor part of the error message. */
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
  /^(cur|old) state:/,
];
/** The kernel may print this at the end of the line of an instruction. */
const endless = /infinite loop detected at insn \d+$/;
const summary = /^(processed \d+ insns|verification time|stack depth)/;

/**
 * Parses a verifier log.
 *
 * @param whole - {@link LoadError.log}.
 * @param lines - the program's `line_info`, for programs that were loaded without it. With
 *   `line_info`, the kernel writes source lines into the log.
 * @example
 * ```ts
 * readVerifierLog(error.log).message; // "R0 !read_ok"
 * ```
 */
export function readVerifierLog(whole: string, lines: readonly LineInfo[] = []): VerifierLog {
  const steps: VerifierStep[] = [];
  let source: SourceLine | undefined;
  let message: string[] = [];
  let last = "";
  let diagnosis: string[] = [];
  const startOver = (): void => {
    message = [];
    diagnosis = [];
  };
  const { rows, blocks } = withoutDiagnoses(whole.split("\n"));
  for (const [i, row] of rows.entries()) {
    const step = instruction.exec(row);
    const line = comment.exec(row);
    const block = blocks.get(i);
    if (block !== undefined) diagnosis = block;
    else if (step !== null && endless.test(row)) message.push(endless.exec(row)?.[0] ?? row);
    else if (step !== null) {
      const insn = Number(step[1]);
      const known = source ?? sourceAt(lines, insn);
      steps.push({ insn, ...partsOf(step[2] ?? ""), source: known });
      startOver();
    } else if (line !== null) {
      source = { file: line[2] ?? "", line: Number(line[3] ?? 0), text: (line[1] ?? "").trim() };
      startOver();
    } else if (summary.test(row)) last = row.startsWith("processed") ? row : last;
    else if (row.trim() !== "" && !noise.some((pattern) => pattern.test(row))) message.push(row);
  }
  return {
    message: message.join("\n"),
    diagnosis: diagnosis.length === 0 ? undefined : parseDiagnosis(diagnosis),
    steps,
    summary: last,
    whole,
  };
}

/**
 * Takes diagnoses out of a log, because their lines look like others. A log has several if a path
 * that the verifier only considers for speculation was refused.
 *
 * @returns the log with one line in place of each diagnosis, and the diagnoses by that line.
 */
function withoutDiagnoses(all: readonly string[]): {
  readonly rows: readonly string[];
  readonly blocks: ReadonlyMap<number, string[]>;
} {
  const rows: string[] = [];
  const blocks = new Map<number, string[]>();
  let block: string[] | undefined;
  for (const row of all) {
    if (beginsDiagnosis(row)) {
      block = [row];
      blocks.set(rows.length, block);
      rows.push("");
    } else if (block !== undefined && continuesDiagnosis(row)) block.push(row);
    else {
      block = undefined;
      rows.push(row);
    }
  }
  return { rows, blocks };
}

/** Returns the source line of an instruction: that of the last record at or before it. */
function sourceAt(lines: readonly LineInfo[], insn: number): SourceLine | undefined {
  let found: LineInfo | undefined;
  for (const one of lines) if (one.offset <= insn) found = one;
  return found && { file: found.file, line: found.line, text: found.text.trim() };
}
