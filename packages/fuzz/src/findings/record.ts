// SPDX-License-Identifier: MIT
import type { FindingKind } from "../engine/finding.js";
import type { Parting } from "./parting.js";

/**
 * The names of the files in the folder of a finding. `scenario` reproduces the difference; `sequence` only
 * shows the calls, and the bytes in `input` reproduce it.
 *
 * @example
 * ```ts
 * readFileSync(join(folder, findingNames.input));
 * ```
 */
export const findingNames = {
  record: "finding.json",
  input: "input.bin",
  scenario: "scenario.yaml",
  sequence: "sequence.yaml",
  summary: "README.md",
  program: "repro.c",
} as const;

/** A finding as data: the file `finding.json`. */
export interface FindingRecord {
  readonly format: 1;
  readonly subjects: readonly string[];
  readonly kind: FindingKind;
  readonly subject: string;
  readonly message: string;
  /** What reproduces the finding: the scenario, or only the input bytes. */
  readonly reproducedBy: "scenario" | "bytes";
  /** Whether sequences have no faults and no LSM answers, as with a real kernel. Then bytes mean other calls. */
  readonly confined: boolean;
  /** The build of the generator. In another one, the same bytes may be another sequence. */
  readonly generator: string;
  /** The command that found it. */
  readonly command: string;
  readonly parting?: Parting;
}
