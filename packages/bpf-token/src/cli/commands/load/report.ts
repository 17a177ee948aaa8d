// SPDX-License-Identifier: MIT
import {
  type Collection,
  explainLog,
  type LoadError,
  type Missing,
  type Plan,
  type VerifierDiagnosis,
  verifierLogOf,
} from "@bpf-token/loader";
import type { ObjectSpec } from "@bpf-token/object";
import { typeName } from "../../../inspect/type-name.js";

/** The fields of `bpf-token load --json`. */
export interface LoadReport {
  readonly file: string;
  /** The kernel of `--subject`: `the BPF subsystem of Linux 7.3.4`. */
  readonly kernel?: string;
  readonly loaded: boolean;
  /** The token that the load used, and why it used no other one. */
  readonly token?: {
    readonly path: string | null;
    readonly allows: string | null;
    readonly reasons: readonly { readonly path: string; readonly reason: string }[];
  };
  readonly maps?: readonly { readonly name: string; readonly type: string; readonly id: number }[];
  readonly programs?: readonly {
    readonly name: string;
    readonly type: string;
    readonly id: number;
    readonly tag: string;
  }[];
  readonly notes: readonly { readonly subject: string; readonly text: string }[];
  readonly error?: ErrorReport;
}

/** Why the kernel or the loader refused the object. */
export interface ErrorReport {
  readonly phase: string;
  readonly subject: string;
  readonly reason: string;
  readonly code: string | null;
  /** All that is missing; empty if a permission is not the reason. */
  readonly missing: readonly Missing[];
  /** The verifier's reason and the log around it; empty if the verifier did not run. */
  readonly verifier: string;
  /** The kernel's explanation, since Linux 7.3. */
  readonly diagnosis: VerifierDiagnosis | null;
  readonly log: string;
}

/** The fields of `bpf-token load --dry-run --json`: the calls in order. */
export interface PlanReport {
  readonly file: string;
  readonly calls: readonly {
    readonly cmd: string;
    readonly subject: string;
    /** The kernel feature that libbpf probes with this call. */
    readonly feature?: string;
    readonly attr: Readonly<Record<string, unknown>>;
  }[];
  readonly notes: readonly { readonly subject: string; readonly text: string }[];
  readonly error?: string;
}

/** Reports an object that was loaded. */
export function loadedReport(file: string, loaded: Collection): LoadReport {
  const { used, reasons } = loaded.token;
  return {
    file,
    loaded: true,
    token: {
      path: used?.path ?? null,
      allows: used?.mountOptions ?? null,
      reasons: reasons.map(({ path, reason }) => ({ path, reason })),
    },
    maps: [...loaded.maps.values()].map((map) => {
      return { name: map.name, type: typeName("bpf_map_type", map.spec.type), id: map.info().id };
    }),
    programs: [...loaded.programs.values()].map((program) => {
      const { id, tag } = program.info();
      const type = typeName("bpf_prog_type", program.spec.type);
      return { name: program.name, type, id, tag: hex(tag as Uint8Array) };
    }),
    notes: loaded.notes,
  };
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reports an object that was not loaded. */
export function refusedReport(
  file: string,
  object: ObjectSpec,
  error: LoadError,
  steps: number,
): LoadReport {
  const { phase, subject, reason, missing, log } = error;
  const verifier = verifierLogOf(error, object);
  return {
    file,
    loaded: false,
    notes: [],
    error: {
      phase,
      subject,
      reason,
      code: error.code ?? null,
      missing,
      verifier: verifier === undefined ? "" : explainLog(verifier, object, { steps }),
      diagnosis: verifier?.diagnosis ?? null,
      log,
    },
  };
}

/** Reports the calls of a dry run. */
export function planReport(file: string, { calls, notes, failure }: Plan): PlanReport {
  return {
    file,
    calls: calls.map(({ cmd, subject, feature, attr }) => {
      const tried = feature === undefined ? {} : { feature };
      return { cmd, subject, ...tried, attr: shortAttr(attr) };
    }),
    notes,
    ...(failure === undefined ? {} : { error: failure.message }),
  };
}

/** The fields that are not zero. Memory is shown as its size. */
function shortAttr(attr: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = Object.entries(attr).flatMap(([name, value]) => {
    const bytes = bytesOf(value);
    if (bytes !== undefined) return [[name, `${bytes.length} bytes`] as const];
    if (value === 0 || value === 0n || value === "" || value === null || value === undefined)
      return [];
    return [[name, typeof value === "bigint" ? `${value}` : value] as const];
  });
  return Object.fromEntries(shown);
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  const inner = (value as { readonly bytes?: unknown } | null)?.bytes;
  return inner instanceof Uint8Array ? inner : undefined;
}
