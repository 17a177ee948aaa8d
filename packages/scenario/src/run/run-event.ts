// SPDX-License-Identifier: MIT
import { KernelLostError, NotModelledError, SafetyError, type Task } from "@bpf-token/syscall";
import { type ErrnoName, errnoName } from "@bpf-token/uapi";
import type { Step } from "../language/model.js";
import type { EventOutcome, MemoryChange, TraceEvent } from "../trace/trace.js";
import { Blocked, type Env } from "./env.js";
import { type Fields, type Memory, sameBytes, toHex } from "./memory.js";
import type { PlainCall } from "./plain-call.js";
import { renderCall } from "./render.js";

/** A mutable event. */
export type EventDraft = { -readonly [K in keyof TraceEvent]: TraceEvent[K] };

/** Returns the errno name of a negative return value. */
export function errnoText(result: number): ErrnoName | `E${number}` {
  return errnoName(result) ?? `E${Math.abs(result)}`;
}

/** Converts an exception of a call to an outcome and a reason. */
export function outcomeOf(error: unknown): { outcome: EventOutcome; reason: string } {
  const reason = oneLine(error instanceof Error ? error.message : String(error));
  if (error instanceof Blocked) return { outcome: "blocked", reason };
  if (error instanceof NotModelledError) return { outcome: "not-modelled", reason };
  if (error instanceof SafetyError) return { outcome: "kept-away", reason };
  if (error instanceof KernelLostError) return { outcome: "lost", reason };
  return { outcome: "misuse", reason };
}

function oneLine(text: string): string {
  return text.replace(/(?<!\s)\s*\n\s*/g, " ");
}

/** Creates the event of a call that was not made. */
export function idleEvent(
  step: Step,
  at: number,
  outcome: EventOutcome,
  reason: string | undefined,
): EventDraft {
  const { by, call } = step;
  const event = draft(step, at, by, call, [], call, outcome);
  if (reason !== undefined) event.reason = reason;
  return event;
}

/** Creates the common fields of an event. Avoids spreading, because this runs for every call. */
function draft(
  { at: place }: Step,
  step: number,
  task: string,
  call: string,
  args: EventDraft["args"],
  text: string,
  outcome: EventOutcome,
): EventDraft {
  const returns = "number";
  if (place === undefined) return { index: 0, step, task, call, args, text, outcome, returns };
  return { index: 0, step, line: place.line, task, call, args, text, outcome, returns };
}

/** A buffer for copies of a call's memory, one piece after another. */
let before = new Uint8Array(4096);

/** Copies the memory of a call before it is made. */
function remember(memory: PlainCall["memory"]): void {
  let size = 0;
  for (const { bytes } of memory.values()) size += bytes.length;
  if (size > before.length) before = new Uint8Array(2 * size);
  let at = 0;
  for (const { bytes } of memory.values()) {
    before.set(bytes, at);
    at += bytes.length;
  }
}

/** Returns the changed memory. No other copy may be made between the copy and this call. */
function changesOf(memory: PlainCall["memory"]): MemoryChange[] {
  const changes: MemoryChange[] = [];
  let at = 0;
  for (const [name, changed] of memory) {
    const { length } = changed.bytes;
    if (!sameBytes(changed.bytes, before.subarray(at, at + length))) {
      changes.push(change(name, changed));
    }
    at += length;
  }
  return changes;
}

/** Makes one call and records its result; never throws. */
export function perform(call: PlainCall, step: Step, at: number, env: Env): EventDraft {
  const { name, args, memory } = call;
  if (memory.size > 0) remember(memory);
  const event = draft(step, at, call.task, name, args, renderCall(name, args), "answered");
  event.returns = call.returns;
  if (step.call !== name) event.part = step.call;
  if (call.cleanup) event.cleanup = true;
  try {
    const result = call.perform();
    event.result = result;
    if (result < 0) event.errno = errnoText(result);
  } catch (error) {
    return Object.assign(event, outcomeOf(error));
  }
  const changes = memory.size === 0 ? [] : changesOf(memory);
  if (changes.length > 0) event.memory = changes;
  if (!call.quiet) addDecisions(event, call.task, env);
  return event;
}

/** Adds the kernel's decisions. A task that has just exited has none. */
function addDecisions(event: EventDraft, name: string, env: Env): void {
  let task: Task;
  try {
    task = env.task(name);
    const decisions = task.decisions();
    if (decisions.length > 0) event.decisions = decisions;
    const refusal = task.refusal();
    if (refusal !== undefined) event.refusal = refusal;
    if (event.errno === undefined || refusal !== undefined) return;
    const unexplained = task.unexplained?.();
    if (unexplained !== undefined) event.unexplained = unexplained;
  } catch (error) {
    if (!(error instanceof Blocked)) event.reason = outcomeOf(error).reason;
  }
}

function change(name: string, { bytes, layout }: Memory): MemoryChange {
  const hex = toHex(bytes);
  if (layout === undefined) return { name, hex };
  return { name, hex, struct: layout.name, fields: plainFields(bytes, layout) };
}

function plainFields(bytes: Uint8Array, layout: Fields): Record<string, number | string> {
  const fields: Record<string, number | string> = {};
  for (const [field, value] of Object.entries(layout.decode(bytes))) {
    if (typeof value === "bigint") {
      fields[field] = Number.isSafeInteger(Number(value))
        ? Number(value)
        : `0x${value.toString(16)}`;
    } else if (typeof value === "number" || typeof value === "string") fields[field] = value;
    else if (value instanceof Uint8Array) fields[field] = toHex(value);
    else fields[field] = String(value);
  }
  return fields;
}
