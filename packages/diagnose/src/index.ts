// SPDX-License-Identifier: MIT

/**
 * Says why a process cannot create or use a BPF token, and what to change. The facts come from
 * `/proc` (`@bpf-token/diagnose/node`) or from a report of another machine.
 *
 * @packageDocumentation
 */
export { type DiagnoseOptions, diagnose } from "./doctor/doctor.js";
export type { Confidence, Diagnosis, Finding, Lack, Severity } from "./doctor/finding.js";
export { isGvisor } from "./doctor/gvisor.js";
export { placeText } from "./doctor/mount-text.js";
export { type ObservedProcess, ProcessObserver } from "./doctor/observer.js";
export type { TrialAnswer } from "./doctor/trial.js";
export { callText } from "./evidence/call-text.js";
export { RecordedCallReader } from "./evidence/reader.js";
export type {
  RecordedCall,
  RecordedCalls,
  RecordedInstructions,
} from "./evidence/recorded-call.js";
export { RecordingError, RecordingParser, TRACE_SCHEMA } from "./evidence/recording.js";
export type { TracedCall, TracedFile, TraceEvent } from "./evidence/traced-call.js";
export { ownNetwork } from "./explain/causes/netns.js";
export {
  type Candidate,
  type CauseId,
  type CauseKind,
  type CauseText,
  causeText,
  type EvidenceLine,
  type ExcludedCause,
  type ExplainOptions,
  type Explanation,
  explainErrno,
  explainText,
  findingIds,
  findingText,
  ownCauses,
  type RefusedCall,
  TextExplainer,
} from "./explain/index.js";
export {
  type BpffsFact,
  FACTS_SCHEMA,
  type Facts,
  FactsError,
  type ManagerFact,
  parseFacts,
  type RunscFact,
  type SeccompFact,
  type UnknownFact,
} from "./facts.js";
export type {
  CapabilityReach,
  HostSnapshot,
  MountView,
  OpenToken,
  ProcessName,
  ProcessSet,
} from "./host.js";
export { lockdownIn, managerIn, statusField } from "./proc.js";
export { redact } from "./redact.js";
export type { CallFinding, Outcome } from "./replay/call-finding.js";
export { judgeAnswer } from "./replay/judge.js";
export type { ModelAnswer } from "./replay/perform.js";
export { type Attempt, CallReplay, type CallReplayOptions, replayCalls } from "./replay/replay.js";
