// SPDX-License-Identifier: MIT

/** One call that was replayed on a model, with both answers. */
export interface ReplayStep {
  /** Position among the recorded calls and operations, from 0. */
  readonly index: number;
  /** The call and its caller: `bpf(BPF_MAP_CREATE) by task 5`. */
  readonly call: string;
  /** The real kernel's answer: the name of an errno, or a number. */
  readonly real: string;
  /** The model's answer. */
  readonly model: string;
}

/** The model and the real kernel answer differently, so one of them has an unexpected behaviour. */
export interface ReplayDivergence {
  /** The refused call that `Task.refusal()` was to explain. */
  readonly at: ReplayStep;
  /** The first call with different answers. If it is an earlier call, it is the likely cause. */
  readonly first: ReplayStep;
}

/** Why the backend cannot name the check that refused a call. */
export interface Unexplained {
  /** The cause, in one sentence. */
  readonly reason: string;
  /** Present if the cause is that the model answers differently from the kernel. */
  readonly divergence?: ReplayDivergence;
}
