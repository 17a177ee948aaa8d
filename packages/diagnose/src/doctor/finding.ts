// SPDX-License-Identifier: MIT
import type { NeedAxis } from "@bpf-token/object";

/** How much a finding matters: an error stops the program, a note only explains. */
export type Severity = "error" | "warning" | "note";

/**
 * How sure a finding is. `certain`: the facts decide. `likely`: the facts fit, and one that would
 * decide could not be read. `possible`: something that the facts cannot show, such as the rules of a
 * seccomp filter.
 */
export type Confidence = "certain" | "likely" | "possible";

/** What a finding says is missing: a bit of a delegate mask, or a capability. */
export interface Lack {
  /** The mask, or `caps` for a capability. */
  readonly axis: NeedAxis;
  /** The bit in the mask, or the number of the capability. */
  readonly bit: number;
  /** Name as in a mount option, such as `map_create`; of a capability `bpf`, `net_admin`. */
  readonly name: string;
}

/** One reason why bpf() calls of a process are refused, or may be. */
export interface Finding {
  /** A check id of docs/checks.md, or an id that starts with `doctor.`; stable. */
  readonly id: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** What is wrong, in one sentence without a full stop. */
  readonly cause: string;
  /** The facts that show it. */
  readonly evidence: readonly string[];
  /** What to change, one step or setting per line. */
  readonly fix: readonly string[];
  /** What is missing, as data: the fix adds it. Absent if it is neither a bit nor a capability. */
  readonly lacks?: readonly Lack[];
}

/** The answer of {@link diagnose}. */
export interface Diagnosis {
  /** The answer in one sentence. */
  readonly verdict: string;
  /** Whether no finding is an error. */
  readonly ok: boolean;
  /** The release of the model that judged. */
  readonly release: string;
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** The BPF filesystem that a token can be created from, and what such a token allows. */
  readonly token?: {
    readonly path: string;
    readonly allows: Readonly<Record<string, string>>;
  };
  /** If the run of the process was recorded: how many bpf() calls it made, and calls were refused. */
  readonly calls?: { readonly made: number; readonly refused: number };
  /** If it was tried: the answers of the running kernel and the predictions. */
  readonly trial?: readonly {
    /** `TOKEN_CREATE from /sys/fs/bpf`, `load xdp.bpf.o with a token from /sys/fs/bpf`. */
    readonly what: string;
    /** `ok`, an errno, or `refused` if the loader refuses. */
    readonly kernel: string;
    /** Why an object was not loaded; else empty. */
    readonly reason: string;
    /** `ok`, an errno, or `refused`; undefined if the facts do not decide. */
    readonly predicted: string | undefined;
  }[];
}
