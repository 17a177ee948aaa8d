// SPDX-License-Identifier: MIT

export type { Purpose } from "./calls/steps.js";
/**
 * Loads BPF objects on any kernel of this project, through a BPF token where one is available.
 *
 * @packageDocumentation
 */
export type { Events } from "./events/events.js";
export { eventCodec, eventsOf } from "./events/events-of.js";
export { PerfBuffer, type PerfBufferOptions } from "./events/perf-buffer.js";
export { RingBuffer, type RingBufferOptions } from "./events/ring-buffer.js";
export type { WaitOptions } from "./events/waiter.js";
export { attach } from "./links/attach.js";
export { AttachError } from "./links/error.js";
export { iterate, readIterator } from "./links/iterate.js";
export { Link, type LinkInfo } from "./links/link.js";
export type { AttachOptions } from "./links/options.js";
export { openPerfEvent, type PerfEventOptions } from "./links/perf-event.js";
export { attachToSocket, SocketFilter } from "./links/socket.js";
export {
  type Axis,
  LoadError,
  type LoadPhase,
  type LoadPlace,
  type Missing,
} from "./load/errors.js";
export type { LoadOptions } from "./load/options.js";
export type { LoadNote, TokenAllows } from "./load/session.js";
export {
  type DiagnosisPlace,
  type VerifierDiagnosis,
  verifierCategories,
} from "./log/diagnosis.js";
export { type ExplainOptions, explainLog, verifierLogOf } from "./log/explain.js";
export {
  readVerifierLog,
  type SourceLine,
  type VerifierLog,
  type VerifierStep,
} from "./log/verifier-log.js";
export { Collection, type UsedToken } from "./objects/collection.js";
export type { MapInfo, ProgramInfo } from "./objects/info.js";
export { BpfMap, type WriteMode } from "./objects/map.js";
export { canMap, type MappingTask } from "./objects/memory.js";
export { Program } from "./objects/program.js";
export type { TestInput, TestResult } from "./objects/test-run.js";
export {
  type EditableVariables,
  type VariableSpec,
  type VariableStore,
  Variables,
  variablesOf,
} from "./objects/variables.js";
export type { BtfFeature, LibbpfFeature, ProgramFeature } from "./plan/libbpf/samples.js";
export { type Plan, type PlannedCall, type PlanOptions, plan } from "./plan/plan.js";
export type { Support } from "./probes/btf.js";
export { type FeatureSupport, probeFeatures } from "./probes/features.js";
export { type WithTokenOptions, withToken } from "./testing/with-token.js";
export { TOKEN_PATH_VARIABLE, type TokenReason } from "./token/discover.js";
export { findToken, Token } from "./token/token.js";
