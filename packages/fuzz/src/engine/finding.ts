// SPDX-License-Identifier: MIT
import { formatScenario, type Scenario } from "@bpf-token/scenario";

/**
 * What is wrong with a sequence: a call was answered otherwise; only functions of `token.c` that were
 * called directly differ, which is reported once per subject; objects are left over; or a kernel
 * trapped or was stopped in a loop, which is reported once per place.
 */
export type FindingKind = "differs" | "differs directly" | "leaks" | "crashes";

/** Bytes for which a subject does not do what the first subject does. */
export interface Finding {
  readonly input: Uint8Array;
  /** The subject that differs, or in which something is left over. */
  readonly subject: string;
  readonly kind: FindingKind;
  /** The difference, in one line. */
  readonly message: string;
  /** Why and where the subject crashed. */
  readonly crash?: string;
  /** The sequence as a scenario, where the comparison needed it. */
  readonly scenario?: Scenario;
}

/** A finding as small as possible. */
export interface MinimizedFinding {
  readonly input: Uint8Array;
  /** Only the steps that the difference needs, if the scenario reproduces it. */
  readonly scenario: Scenario;
  /** Whether running the scenario shows the difference; otherwise only the bytes do. */
  readonly reproduces: boolean;
  /** The first difference, or what is left over, in one line. */
  readonly message: string;
}

/** A finding as the text of a scenario file. */
export function findingText(
  { scenario, input, message }: MinimizedFinding,
  command: string,
): string {
  const base64 = btoa(String.fromCharCode(...input));
  const remarks = [`Found by: ${command}`, `Input: ${base64}`, message];
  return `${remarks.map((line) => `# ${line}`).join("\n")}\n${formatScenario(scenario)}`;
}
