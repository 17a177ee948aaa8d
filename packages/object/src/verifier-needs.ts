// SPDX-License-Identifier: MIT
import { Capability, type KernelRelease, releaseCode } from "@bpf-token/uapi";
import { type Need, objectNeeds } from "./needs.js";
import { type PerfmonUse, perfmonUses } from "./registers/index.js";
import type { ObjectSpec, ProgramSpec } from "./spec.js";

/** A capability that the verifier requires for the instructions of an object. */
export interface VerifierNeed extends Need {
  /** `computed`: the verifier refuses the object without it. `assumed`: this cannot be excluded. */
  readonly basis: "computed" | "assumed";
}

/** Options of {@link verifierNeeds}. */
export interface VerifierNeedsOptions {
  /** Selects the programs to load. Default: programs with `autoload`. */
  readonly wanted?: (program: ProgramSpec) => boolean;
  /** The release whose verifier counts. Default: any. */
  readonly release?: KernelRelease;
}

/**
 * Computes the capabilities that only the verifier requires: CAP_PERFMON, if `perfmonUses()` finds a use.
 * Together with `objectNeeds()` these are all needs of an object.
 *
 * @returns an empty list if `objectNeeds()` has the capability already.
 * @example
 * ```ts
 * const needs = [...objectNeeds(object).needs, ...verifierNeeds(object)];
 * ```
 */
export function verifierNeeds(
  object: ObjectSpec,
  options: VerifierNeedsOptions = {},
): readonly VerifierNeed[] {
  const { wanted = ({ autoload }: ProgramSpec): boolean => autoload, release } = options;
  if (objectNeeds(object, { wanted }).capabilities.includes("perfmon")) return [];
  const programs = object.programs.filter(wanted);
  return perfmonNeed(
    programs.map((program) => ({ program, uses: perfmonUses(object, program) })),
    ({ program, use }) => placeOf(program, use),
    release,
  );
}

/**
 * Joins what `perfmonUses()` found in several programs: only what is sure, if anything is.
 *
 * @param place - says which program it is and what it does.
 * @example
 * ```ts
 * perfmonNeed([{ name: "count", uses }], ({ name, use }) => `${name}: ${use.text}`);
 * ```
 */
export function perfmonNeed<T extends { readonly uses: readonly PerfmonUse[] }>(
  programs: readonly T[],
  place: (found: T & { readonly use: PerfmonUse }) => string,
  release?: KernelRelease,
): readonly VerifierNeed[] {
  const found = programs.flatMap((one) => {
    const use = one.uses.find((each) => isRefused(each, release));
    return use === undefined ? [] : [{ ...one, use }];
  });
  const sure = found.filter(({ use }) => use.sure);
  const because = (sure.length > 0 ? sure : found).map(place);
  if (because.length === 0) return [];
  const basis = sure.length > 0 ? "computed" : "assumed";
  return [{ axis: "caps", name: "perfmon", bit: Capability.PERFMON, because, basis }];
}

/** Whether the release refuses it; without a release, whether any does. */
function isRefused({ until }: PerfmonUse, release: KernelRelease | undefined): boolean {
  if (until === undefined || release === undefined) return true;
  return releaseCode(release) < releaseCode(until as KernelRelease);
}

/** `program count, instruction 12 of parse() (count.c:30): r1 -= r2 subtracts …`. */
function placeOf({ name }: ProgramSpec, { insn, text, source, ...use }: PerfmonUse): string {
  const inFunction = use.function === name || use.function === "" ? "" : ` of ${use.function}()`;
  const line = source === "" ? "" : ` (${source})`;
  return `program ${name}, instruction ${insn}${inFunction}${line}: ${text}`;
}
