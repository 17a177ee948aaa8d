// SPDX-License-Identifier: MIT
import type { SourceLine } from "./verifier-log.js";

/**
 * The categories of {@link VerifierDiagnosis}. Since Linux 7.3. Source: kernel/bpf/diagnostics.c.
 *
 * @example
 * ```ts
 * verifierCategories.some((one) => one === diagnosis.category); // false: of a later kernel
 * ```
 */
export const verifierCategories = [
  "Register Type Safety",
  "Memory Safety",
  "Resource Lifetime Safety",
  "Call Type Safety",
  "Execution Context Safety",
  "Program Structure",
  "Policy",
] as const;

/** A category that this release knows. See {@link VerifierDiagnosis}. */
export type VerifierCategory = (typeof verifierCategories)[number];

/** An instruction that a diagnosis names. See {@link VerifierDiagnosis}. */
export interface DiagnosisPlace {
  /** Index of the instruction in the program; `undefined` if the log does not have it. */
  readonly insn: number | undefined;
  /** The instruction as the kernel disassembles it; empty if the log does not have it. */
  readonly instruction: string;
  /** The function that contains the instruction; empty if the program has no BTF. */
  readonly function: string;
  /** The source line; `undefined` if the program has no line_info. */
  readonly source: SourceLine | undefined;
  /** What happens here: `error`, `update`, `branch`, `acquired`, `invalidated` and others. */
  readonly label: string;
  /** The kernel's remark about this place. */
  readonly text: string;
}

/**
 * The block `Verification failed: …` of a verifier log. Since Linux 7.3, for many, but not for all
 * reasons; only if the program was loaded with bit 0 or 1 of `log_level`. See
 * {@link VerifierLog.diagnosis}.
 */
export interface VerifierDiagnosis {
  /** One of {@link verifierCategories}, or that of a later kernel. */
  readonly category: VerifierCategory | (string & {});
  /** The problem in a few words, such as `Access outside bounds`; may be empty. */
  readonly problem: string;
  /** The reason in full. */
  readonly reason: string;
  /** The instruction that the verifier refuses. */
  readonly at: DiagnosisPlace | undefined;
  /** What led to it, in the order of execution. */
  readonly causes: readonly DiagnosisPlace[];
  /** The kernel's remarks about causes that it does not show. */
  readonly omitted: readonly string[];
  /** Where the program acquired the lock that it holds. */
  readonly lock: DiagnosisPlace | undefined;
  /** How to change the program; may be empty. */
  readonly suggestion: string;
}

const heading = /^Verification failed: ([^:]+)(?:: (.*))?$/;
const section = /^([A-Z][A-Za-z ]*):$/;

/** Whether a line begins a diagnosis. */
export const beginsDiagnosis = (row: string): boolean => heading.test(row);

/**
 * Whether a line belongs to a diagnosis that has begun: all are indented, except titles and empty
 * lines.
 */
export const continuesDiagnosis = (row: string): boolean =>
  row.trim() === "" || row.startsWith("  ") || section.test(row);

/**
 * Parses a diagnosis.
 *
 * @param rows - its lines, from `Verification failed: …` on.
 */
export function parseDiagnosis(rows: readonly string[]): VerifierDiagnosis {
  const [head = "", ...rest] = rows;
  const [, category = "", problem = ""] = heading.exec(head) ?? [];
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const row of rest) {
    const title = section.exec(row)?.[1];
    if (title === undefined) {
      if (row.trim() !== "") current.push(row);
      continue;
    }
    current = sections.get(title) ?? [];
    sections.set(title, current);
  }
  const text = (title: string): string =>
    (sections.get(title) ?? []).map((row) => row.trim()).join(" ");
  const places = (title: string): Places => readPlaces(sections.get(title) ?? []);
  const path = places("Causal path");
  return {
    category,
    problem,
    reason: text("Reason"),
    at: places("At").places[0],
    causes: path.places,
    omitted: path.remarks,
    lock: places("Active lock").places[0],
    suggestion: text("Suggestion"),
  };
}

interface Places {
  readonly places: readonly DiagnosisPlace[];
  readonly remarks: readonly string[];
}

interface Draft {
  insn: number | undefined;
  instruction: string;
  function: string;
  file: string;
  line: number;
  text: string;
  remark: string[];
}

/** `function @ file.c:12:3`, or without the function. */
const sourcePlace = /^ {2}(?:(\S+) @ )?(\S.*):(\d+):\d+$/;
/** `insn 12`, if there is no source line. */
const plainPlace = /^ {2}insn (\d+)$/;
const context = /^ {2}(Source|Instruction) context:$/;
/** `>>> 12 | text`: the line of the place; others have no mark. */
const lane = /^ {2}(>>>| {3}) +(\d+) \| (.*)$/;
/** The first line of a remark, or a further one. */
const annotation = /^ {2,}\| +(?:\^-- )?(.*)/;
/** The opcode, which the kernel prints before each instruction. */
const opcode = /^\([0-9a-f]{2}\) /;

function readPlaces(rows: readonly string[]): Places {
  const drafts: Draft[] = [];
  const remarks: string[] = [];
  let instructions = false;
  for (const row of rows) {
    const begun = sourceDraft(row) ?? plainDraft(row);
    const draft = drafts.at(-1);
    if (begun !== undefined) {
      drafts.push(begun);
      instructions = false;
    } else if (context.test(row)) instructions = row.includes("Instruction");
    else if (draft === undefined || !readLane(draft, row, instructions)) remarks.push(row.trim());
  }
  return { places: drafts.map(finish), remarks };
}

const empty = { insn: undefined, instruction: "", function: "", file: "", line: 0, text: "" };

function sourceDraft(row: string): Draft | undefined {
  const found = sourcePlace.exec(row);
  if (found === null) return undefined;
  const [, name = "", file = "", line] = found;
  return { ...empty, function: name, file, line: Number(line), remark: [] };
}

function plainDraft(row: string): Draft | undefined {
  const insn = plainPlace.exec(row)?.[1];
  return insn === undefined ? undefined : { ...empty, insn: Number(insn), remark: [] };
}

/** @returns whether the line belongs to the place. */
function readLane(draft: Draft, row: string, instructions: boolean): boolean {
  const found = lane.exec(row);
  if (found !== null) {
    const [, mark, number, text = ""] = found;
    if (mark !== ">>>") return true;
    if (instructions) {
      draft.insn = Number(number);
      draft.instruction = text.replace(opcode, "");
    } else draft.text = text.trim();
    return true;
  }
  const remark = annotation.exec(row)?.[1];
  if (remark !== undefined) draft.remark.push(remark.trim());
  return remark !== undefined;
}

function finish({
  insn,
  instruction,
  function: name,
  file,
  line,
  text,
  remark,
}: Draft): DiagnosisPlace {
  const [, label = "", rest = ""] = /^([^:]*): (.*)$/s.exec(remark.join(" ")) ?? [];
  const source = file === "" ? undefined : { file, line, text };
  return { insn, instruction, function: name, source, label, text: rest };
}
