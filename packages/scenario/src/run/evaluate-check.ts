// SPDX-License-Identifier: MIT
import type { DecisionStep, Refusal } from "@bpf-token/syscall";
import { looksLikeBufferValue } from "../language/buffers.js";
import type { Check, Expectation, Step, Value } from "../language/model.js";
import { newestFitting } from "../language/release-range.js";
import type { Verdict } from "../trace/trace.js";
import type { Env } from "./env.js";
import type { StepAnswer } from "./expand.js";
import { makeMemory, toHex } from "./memory.js";
import { digits, quote } from "./render.js";
import { resolveNumber, resolveText } from "./resolve.js";
import { errnoText } from "./run-event.js";

/** The result of a step, and the kernel's decisions about it. */
export interface StepOutcome {
  readonly answer: StepAnswer;
  readonly decisions: readonly DecisionStep[];
  readonly refusal: Refusal | undefined;
}

/** Returns the check of a step for a kernel; undefined if the step has none for that release. */
export function checkFor(expect: Expectation | undefined, kernel: string): Check | undefined {
  if (expect === undefined) return NOTHING;
  if (!("releases" in expect)) return expect;
  const release = newestFitting(Object.keys(expect.releases), kernel);
  return release === undefined ? undefined : expect.releases[release];
}

/** The default check: the answer must be ≥ 0. */
const NOTHING: Check = {};

/** A cache, because a scenario may run many times. */
const described = new WeakMap<Check, string>();

/** Describes a check in a few words. */
export function describeCheck(check: Check): string {
  const known = described.get(check);
  if (known !== undefined) return known;
  const text = formatCheck(check);
  described.set(check, text);
  return text;
}

function formatCheck(check: Check): string {
  const { errno, value, check: id, decisions } = check;
  const head = errno ?? (value === undefined ? "ok" : String(value));
  const by = id === undefined ? "" : ` by ${id}`;
  const after = decisions === undefined ? "" : ` after ${decisions.join(", ")}`;
  const more = [
    ...(check.text === undefined ? [] : [`the text ${quote(check.text)}`]),
    ...(check.contains ?? []).map((piece) => quote(piece)),
    ...(check.lacks ?? []).map((piece) => `no ${quote(piece)}`),
    ...(check.matches ?? []).map((pattern) => `/${pattern}/`),
    ...Object.keys(check.out ?? {}).map((name) => `the given ${name}`),
  ];
  return `${head}${by}${after}${more.length === 0 ? "" : ` with ${more.join(", ")}`}`;
}

/** Returns whether the outcome of a step meets the check. */
export function evaluateCheck(check: Check, outcome: StepOutcome, step: Step, env: Env): Verdict {
  const expected = describeCheck(check);
  const why =
    evaluateNumber(check, outcome.answer.value, env) ??
    (env.kernel.features.refusals ? evaluateDecisions(check, outcome) : undefined) ??
    evaluateText(check, outcome.answer.text ?? "", env) ??
    evaluateMemory(check, outcome.answer, step, env);
  return why === undefined ? { expected, met: true } : { expected, met: false, why };
}

function evaluateNumber(check: Check, result: number, env: Env): string | undefined {
  const got = (): string => `the answer was ${result < 0 ? errnoText(result) : digits(result)}`;
  if (check.errno !== undefined) return errnoText(result) === check.errno ? undefined : got();
  if (check.value === undefined) return result >= 0 ? undefined : got();
  const wanted = resolveNumber(check.value, [], env);
  return BigInt(wanted) === BigInt(result) ? undefined : `${got()}, not ${digits(wanted)}`;
}

function evaluateDecisions(check: Check, { decisions, refusal }: StepOutcome): string | undefined {
  if (check.check !== undefined && refusal?.check !== check.check) {
    return refusal === undefined
      ? "the kernel named no refusing check"
      : `the refusing check was ${refusal.check}`;
  }
  let from = 0;
  for (const wanted of check.decisions ?? []) {
    const found = decisions.findIndex((step, i) => i >= from && step.check === wanted);
    if (found < 0) {
      const made = decisions.map((step) => step.check).join(", ");
      return `${wanted} did not decide; ${made === "" ? "no check did" : `these checks did: ${made}`}`;
    }
    from = found + 1;
  }
  return undefined;
}

function evaluateText(check: Check, text: string, env: Env): string | undefined {
  const resolved = (piece: string): string => resolveText(piece, env);
  if (check.text !== undefined && text !== resolved(check.text))
    return `the text was ${quote(text)}`;
  const missing = check.contains?.find((piece) => !text.includes(resolved(piece)));
  if (missing !== undefined)
    return `the text does not contain ${quote(resolved(missing))}: ${quote(text)}`;
  const extra = check.lacks?.find((piece) => text.includes(resolved(piece)));
  if (extra !== undefined) return `the text contains ${quote(resolved(extra))}`;
  const other = check.matches?.find((pattern) => !new RegExp(pattern, "m").test(text));
  return other === undefined ? undefined : `the text does not match /${other}/: ${quote(text)}`;
}

function evaluateMemory(
  check: Check,
  answer: StepAnswer,
  step: Step,
  env: Env,
): string | undefined {
  for (const [name, wanted] of Object.entries(check.out ?? {})) {
    const memory = answer.memory?.get(name);
    if (memory === undefined) return `${step.call} has no memory for ${name}`;
    if (looksLikeBufferValue(wanted)) {
      const hex = toHex(makeMemory(wanted, env).bytes);
      if (toHex(memory.bytes) !== hex) return `${name} is ${toHex(memory.bytes)}, not ${hex}`;
      continue;
    }
    if (memory.layout === undefined) {
      return `the structure of ${name} is unknown; give it as { struct: … }`;
    }
    const fields = memory.layout.decode(memory.bytes);
    for (const [field, value] of Object.entries(wanted as Record<string, Value>)) {
      if (!Object.hasOwn(fields, field)) return `${memory.layout.name} has no field ${field}`;
      if (!sameField(fields[field], value, env)) {
        return `${name}.${field} is ${showField(fields[field])}, not ${showField(value)}`;
      }
    }
  }
  return undefined;
}

function sameField(got: unknown, wanted: Value, env: Env): boolean {
  if (typeof got === "number" || typeof got === "bigint") {
    return BigInt(got) === BigInt(resolveNumber(wanted, [], env));
  }
  if (typeof got === "string") return got === resolveText(String(wanted), env);
  return got instanceof Uint8Array && toHex(got) === String(wanted).replace(/\s+/g, "");
}

function showField(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return digits(value);
  return value instanceof Uint8Array ? toHex(value) : quote(String(value));
}
