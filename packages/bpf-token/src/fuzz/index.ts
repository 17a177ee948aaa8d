// SPDX-License-Identifier: MIT

/**
 * Kernels compared by sequences of system calls: made out of bytes, by the million, on the model and
 * on the kernel's own text.
 *
 * @packageDocumentation
 */
export {
  type FindingKind,
  type FuzzOptions,
  type SequenceFinding,
  SequenceFuzzer,
  type SequenceSubject,
} from "./fuzzer.js";
export { scenarioOf } from "./scenario-of.js";
export { shrinkInput, shrinkScenario } from "./shrink.js";
export { callFloors, sum, type Tally } from "./tally.js";
