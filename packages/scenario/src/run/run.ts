// SPDX-License-Identifier: MIT
import { assertOptions, type Kernel, releaseOf, type SysctlName } from "@bpf-token/syscall";
import type { Scenario, Step } from "../language/model.js";
import { unmetNeed } from "../language/release-range.js";
import type { Trace, TraceEvent, TraceOutcome } from "../trace/trace.js";
import { featuresOf, undoControls } from "./controls.js";
import { Blocked, Env, type Missing } from "./env.js";
import { checkFor, describeCheck, evaluateCheck } from "./evaluate-check.js";
import { type Expansion, expand, type StepAnswer } from "./expand.js";
import { type EventDraft, idleEvent, outcomeOf, perform } from "./run-event.js";

/** Options of {@link run}. */
export interface RunOptions {
  /** Receives every event in order, at the end of its step. */
  readonly onStep?: (event: TraceEvent) => void;
}

/**
 * Runs a scenario on a kernel, step by step, in new tasks, and ends the tasks afterwards.
 *
 * Failures of a kernel or a backend, such as an unmodelled call or a lost kernel, are events of the
 * trace; `run` does not throw them.
 *
 * @throws what `onStep` throws, after it has ended the tasks; TypeError for an unknown option.
 * @example
 * ```ts
 * const { outcome, events } = run(createKernel({ release: "6.18" }), parseScenario(text));
 * ```
 */
export function run(kernel: Kernel, scenario: Scenario, options: RunOptions = {}): Trace {
  assertOptions("run", options, ["onStep"]);
  const unfit = skipReason(kernel, scenario);
  if (unfit !== undefined) return trace(kernel, scenario, "skipped", [], unfit);
  let env: Env;
  let undo: (() => void) | undefined;
  try {
    env = new Env(kernel);
    const prepared = prepareSysctl(kernel, scenario);
    if (typeof prepared === "string") return trace(kernel, scenario, "skipped", [], prepared);
    undo = prepared;
    env.addTask(scenario.tasks[0]?.name ?? "main", kernel.init.fork());
  } catch (error) {
    undo?.();
    return trace(kernel, scenario, "unknown", [], outcomeOf(error).reason);
  }
  const runner = new Runner(env, options);
  try {
    for (const [at, step] of scenario.steps.entries()) {
      if (!runner.step(step, at)) break;
    }
  } finally {
    quietly(() => undoControls(kernel, scenario));
    endTasks(env);
    undo();
  }
  return trace(kernel, scenario, ...runner.conclusion());
}

function trace(
  kernel: Kernel,
  scenario: Scenario,
  outcome: TraceOutcome,
  events: readonly TraceEvent[],
  reason?: string,
): Trace {
  const { backend, release } = kernel;
  const head = { format: 1, scenario: scenario.name, backend, release, outcome } as const;
  return { ...head, ...(reason === undefined ? {} : { reason }), events };
}

/** Returns why a scenario cannot run on a kernel. */
function skipReason(kernel: Kernel, scenario: Scenario): string | undefined {
  const { backends } = scenario;
  if (backends !== undefined && !isForBackend(backends, kernel.backend)) {
    return `applies only to ${backends.join(", ")}, not to the ${kernel.backend} backend`;
  }
  try {
    releaseOf(kernel);
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
  const features = [...(scenario.needs?.features ?? []), ...featuresOf(scenario)];
  return unmetNeed({ ...scenario.needs, features }, kernel);
}

/**
 * A scenario for `guest` runs on every guest and on Linux's own BPF subsystem, which no one else
 * uses either. One for the model also runs on upstream modules.
 */
function isForBackend(backends: readonly string[], backend: string): boolean {
  const [kind = backend] = backend.split(":");
  const alike = { upstream: ["model"], bpf: ["guest"] }[kind] ?? [];
  const names = [backend, kind, ...alike];
  return names.some((name) => backends.includes(name));
}

/** Sets the sysctls that a scenario needs; returns the reason if the kernel does not allow it. */
function prepareSysctl(kernel: Kernel, scenario: Scenario): string | (() => void) {
  const changes: [SysctlName, number][] = [];
  const undo = (): void => {
    for (const [name, value] of changes.reverse()) {
      quietly(() => kernel.writeSysctl(kernel.init, name, value));
    }
  };
  for (const [key, wanted] of Object.entries(scenario.sysctl ?? {})) {
    const name = key as SysctlName;
    const is = kernel.readSysctl(name);
    if (is === wanted) continue;
    const written = kernel.features.sysctl && kernel.writeSysctl(kernel.init, name, wanted) >= 0;
    if (!written) {
      undo();
      return `needs ${name} = ${wanted}, here it is ${is}`;
    }
    changes.push([name, is]);
  }
  return undo;
}

function endTasks(env: Env): void {
  for (const task of env.tasks()) quietly(() => task.close());
  quietly(() => env.kernel.settle());
}

/** Cleans up, and ignores a lost kernel, which the trace reports already. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {}
}

class Runner {
  readonly #env: Env;
  readonly #options: RunOptions;
  readonly #events: TraceEvent[] = [];
  #unmet = false;
  #unknownReason: string | undefined;

  constructor(env: Env, options: RunOptions) {
    this.#env = env;
    this.#options = options;
  }

  conclusion(): [TraceOutcome, readonly TraceEvent[], string?] {
    if (this.#unmet) return ["failed", this.#events];
    if (this.#unknownReason !== undefined) return ["unknown", this.#events, this.#unknownReason];
    // Nothing was tested, so nothing passed.
    const idle = this.#events.every(({ outcome }) => outcome === "skipped");
    if (idle) return ["skipped", this.#events, this.#events[0]?.reason ?? "it has no steps"];
    return ["passed", this.#events];
  }

  /** Runs one step; returns false if no further step can run. */
  step(step: Step, at: number): boolean {
    const unmet = unmetNeed(step.needs, this.#env.kernel);
    if (unmet !== undefined) {
      this.#miss(step, at, "failed");
      this.#emit(step, [idleEvent(step, at, "skipped", unmet)]);
      return true;
    }
    const done = runStep(step, at, this.#env);
    this.#conclude(step, at, done);
    this.#emit(step, done.events);
    return !done.events.some((event) => event.outcome === "lost");
  }

  #conclude(step: Step, at: number, { events, answer, because }: StepResult): void {
    const last = events.findLast((event) => !event.cleanup) ?? events.at(-1);
    if (last === undefined) return;
    const check = checkFor(step.expect, this.#env.kernel.release);
    if (answer !== undefined) this.#answered(step, at, last, answer);
    else this.#miss(step, at, because);
    if (because === "unknown" && answer === undefined) {
      this.#unknownReason ??= `step ${at + 1}: ${last.reason ?? last.outcome}`;
    } else if (check !== undefined) {
      last.verdict =
        answer === undefined
          ? { expected: describeCheck(check), met: false, why: last.reason ?? last.outcome }
          : evaluateSafely(check, last, answer, step, this.#env);
      if (!last.verdict.met) this.#unmet = true;
    }
  }

  #answered(step: Step, at: number, last: EventDraft, answer: StepAnswer): void {
    if (answer.text !== undefined) last.output = answer.text;
    if (answer.path !== undefined) last.outputOf = answer.path;
    if (answer.value !== last.result) last.answer = answer.value;
    if (answer.returns !== undefined && last.part === undefined) last.returns = answer.returns;
    if (answer.value < 0) this.#miss(step, at, "failed");
    if (step.as === undefined) return;
    last.as = step.as;
    if (answer.value < 0) return;
    this.#env.keep(step.as, { value: answer.value, memory: answer.memory ?? new Map() });
  }

  /** Records the answers that a step did not produce, for later steps. */
  #miss(step: Step, at: number, because: Missing): void {
    if (step.as !== undefined) this.#env.miss(step.as, at, because);
    if (step.call === "fork") this.#env.miss(String(step.args.task), at, because);
  }

  #emit(step: Step, events: readonly EventDraft[]): void {
    const [first] = events;
    if (first !== undefined && step.say !== undefined) first.say = step.say;
    for (const event of events) {
      event.index = this.#events.length;
      this.#events.push(event);
      this.#options.onStep?.(event);
    }
  }
}

/** Runs the calls of one step. */
interface StepResult {
  readonly events: EventDraft[];
  /** The answer of the step; undefined if there is none. */
  readonly answer: StepAnswer | undefined;
  /** Why there is no answer. */
  readonly because: Missing;
}

function runStep(step: Step, at: number, env: Env): StepResult {
  const events: EventDraft[] = [];
  let expansion: Expansion;
  let answer: StepAnswer | undefined;
  let because: Missing = "failed";
  let stopped = false;
  const stop = (event: EventDraft, cause: Missing): void => {
    stopped = true;
    because = cause;
    events.push(event);
  };
  try {
    expansion = expand(step, env);
    let turn = expansion.next();
    while (!turn.done) {
      const event = perform(turn.value, step, at, env);
      const { outcome, result } = event;
      if (outcome === "answered") {
        events.push(event);
        turn = expansion.next(result ?? 0);
        continue;
      }
      stop(event, outcome === "misuse" ? "failed" : "unknown");
      if (outcome === "lost") break;
      turn = expansion.return({ value: -1 });
    }
    if (turn.done && !stopped) answer = turn.value;
  } catch (error) {
    const { outcome, reason } = outcomeOf(error);
    stop(idleEvent(step, at, outcome, reason), error instanceof Blocked ? error.because : "failed");
  }
  // A shorthand that makes no call still needs an event.
  if (events.length === 0)
    events.push({ ...idleEvent(step, at, "answered", undefined), result: 0 });
  return { events, answer, because };
}

/** Evaluates a check. It is unmet if it refers to an answer that does not exist. */
function evaluateSafely(
  check: Parameters<typeof evaluateCheck>[0],
  last: EventDraft,
  answer: StepAnswer,
  step: Step,
  env: Env,
): ReturnType<typeof evaluateCheck> {
  const decisions = last.decisions ?? [];
  try {
    return evaluateCheck(check, { answer, decisions, refusal: last.refusal }, step, env);
  } catch (error) {
    return { expected: describeCheck(check), met: false, why: outcomeOf(error).reason };
  }
}
