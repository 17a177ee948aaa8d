// SPDX-License-Identifier: MIT

/** What the instructions of a recorded program contain. */
export interface RecordedInstructions {
  /** The ids of the helpers that they call, as in `HelperId`. */
  readonly helpers: readonly number[];
  /** Whether they load the address of a function, for a callback. */
  readonly callback: boolean;
  /** Eight bytes for each, without fds of maps; undefined if the input lacks some of them. */
  readonly bytes?: Uint8Array;
}

/** A bpf() call of a recording or of a log of strace, as far as it decides about a delegation. */
export interface RecordedCall {
  /** Position among the bpf() calls, from 1. */
  readonly number: number;
  /** The line of the input on which it begins. */
  readonly line: number;
  /** The command without prefix, such as `MAP_CREATE`, or a number that no known kernel has. */
  readonly command: string;
  /** Whether it passes a token with BPF_F_TOKEN_FD. */
  readonly token: boolean;
  /** Name of the errno; empty if the call succeeded or never returned. */
  readonly errno: string;
  /** The map type or program type; undefined if the input lacks it. */
  readonly type: number | undefined;
  /** The expected attach type of PROG_LOAD; 0 if the call has none. */
  readonly attach: number;
  /** The name of the map or program; empty if it has none. */
  readonly name: string;
  /** The number of instructions of PROG_LOAD. */
  readonly size: number;
  /** The instructions of PROG_LOAD; undefined if the input lacks them. */
  readonly instructions: RecordedInstructions | undefined;
  /** Whether the types of BTF_LOAD may have fields of the kernel, or the input lacks some of them. */
  readonly kernelFields?: boolean;
  /** The log of the verifier; empty if the input has none. */
  readonly log: string;
  /** Whether a seccomp filter answered in place of the kernel. */
  readonly seccomp: boolean;
}

/** The bpf() calls of an input. Returned by `RecordedCallReader.finish`. */
export interface RecordedCalls {
  readonly calls: readonly RecordedCall[];
  /** Sentences about what the input lacks. */
  readonly notes: readonly string[];
}
