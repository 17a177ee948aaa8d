// SPDX-License-Identifier: MIT

/**
 * Tests of BPF programs: loads an object, runs its programs on packets, and looks at maps, variables,
 * events and the source lines that ran.
 *
 * @packageDocumentation
 */

export { type BranchCoverage, type LineCoverage, lcov, mergeCoverage } from "./coverage.js";
export type {
  Element,
  Expected,
  ExpectedEvents,
  Named,
  Placed,
  StateOf,
  TestCase,
  TestFile,
  TestProblem,
  TestStep,
} from "./file/file.js";
export type { Files } from "./file/read-bytes.js";
export { readTestFile } from "./file/read-file.js";
export type { ExpectedState, TestElements, TestState } from "./file/test-state.js";
export {
  fuzzProgram,
  type ProgramFuzzFinding,
  type ProgramFuzzOptions,
  type ProgramFuzzResult,
} from "./fuzz.js";
export {
  type NotLoaded,
  runTestFileInWorker,
  type TestFileRequest,
  testFileRequest,
} from "./in-worker.js";
export {
  type IstanbulBranch,
  type IstanbulFile,
  type IstanbulRange,
  istanbul,
} from "./istanbul.js";
export { loadForTest, type TestLoadOptions } from "./load.js";
export {
  type MatcherResult,
  matchers,
  type ProgramMatchers,
  type VerifierBudget,
} from "./matchers.js";
export type {
  EthernetLayer,
  IcmpLayer,
  Ipv4Layer,
  Ipv6Layer,
  Layer,
  PayloadLayer,
  TcpLayer,
  Truncation,
  UdpLayer,
  VlanLayer,
} from "./packet/layers.js";
export { packet } from "./packet/packet.js";
export {
  type RunFileOptions,
  runTestFile,
  type TestEvent,
  type TestResult,
} from "./run-file.js";
export { CannotRunError } from "./runnable.js";
export { TestObject, type TestRun, type TestRunInput } from "./test-object.js";
export { type Plain, ValueError } from "./values.js";
