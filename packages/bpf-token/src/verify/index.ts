// SPDX-License-Identifier: MIT

/**
 * The verdicts of Linux's own verifier on the programs of an object.
 *
 * @packageDocumentation
 */
export { compareVerdicts, type VerdictDifference } from "./compare.js";
export { type NoToken, type VerifyRequest, verifyInWorker, verifyRequest } from "./in-worker.js";
export type { LeastCapability } from "./least.js";
export type { MapContents, MapElement } from "./maps.js";
export {
  type TestRunOutcome,
  type TestRunRequest,
  testRunInWorker,
  testRunRequest,
} from "./test-run.js";
export { type ProgramVerdict, type VerifyOptions, verifyObject } from "./verify.js";
