// SPDX-License-Identifier: MIT
import { stringify } from "yaml";
import { calls } from "../language/calls.js";
import type { Check, Expectation, Scenario, Step, TaskName, Value } from "../language/model.js";
import { besideBpf } from "./read-step.js";

/** A mapping to be written. */
type Out = Record<string, unknown>;

/**
 * Formats a scenario as YAML. {@link parseScenario} parses it to the same value, except for positions.
 *
 * @example
 * ```ts
 * writeFileSync("finding.yaml", formatScenario(scenario));
 * ```
 */
export function formatScenario(scenario: Scenario): string {
  const { name, about, rules, needs, sysctl, backends, tasks, steps } = scenario;
  const first = tasks[0]?.name ?? "main";
  const out: Out = { name };
  if (about !== undefined) out.about = about;
  if (rules.length > 0) out.rules = rules;
  if (needs !== undefined) out.needs = needs;
  if (sysctl !== undefined) out.sysctl = sysctl;
  if (backends !== undefined) out.backends = backends;
  out.tasks = formatTasks(tasks);
  out.steps = steps.map((step) => formatStep(step, first));
  return stringify(out, { lineWidth: 100, aliasDuplicateObjects: false, version: "1.2" });
}

function formatTasks(tasks: readonly TaskName[]): unknown {
  if (tasks.every((task) => task.about === undefined)) return tasks.map((task) => task.name);
  return Object.fromEntries(tasks.map(({ name, about }) => [name, about ?? null]));
}

function formatStep(step: Step, first: string): Out {
  const out: Out = {};
  if (step.by !== first) out.by = step.by;
  Object.assign(out, formatCall(step));
  if (step.as !== undefined) out.as = step.as;
  if (step.expect !== undefined) out.expect = formatExpectation(step.expect);
  if (step.needs !== undefined) out.needs = step.needs;
  if (step.say !== undefined) out.say = step.say;
  return out;
}

function formatCall({ call, args }: Step): Out {
  const names = Object.keys(args);
  if (call === "bpf" && !isMapping(args.cmd)) {
    const out: Out = { bpf: args.cmd };
    for (const key of besideBpf) if (key in args) out[key] = args[key];
    return out;
  }
  if (names.length === 0) return { [call]: null };
  const [first] = calls.get(call)?.params ?? [];
  // A number alone would set both ids.
  const only = call !== "become" && names.length === 1 && names[0] === first?.name;
  const value = only && first !== undefined ? args[first.name] : undefined;
  // The parser reads a mapping as named arguments, and an empty value as no argument.
  if (value === undefined || value === null || isMapping(value)) return { [call]: args };
  return { [call]: value };
}

function isMapping(value: Value | undefined): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function formatExpectation(expect: Expectation): unknown {
  if (!("releases" in expect)) return formatCheck(expect);
  const entries = Object.entries(expect.releases);
  return Object.fromEntries(entries.map(([release, check]) => [release, formatCheck(check)]));
}

function formatCheck(check: Check): unknown {
  const names = Object.keys(check);
  if (names.length === 0) return "ok";
  if (names.length === 1 && check.errno !== undefined) return check.errno;
  if (names.length === 1 && check.value !== undefined) return check.value;
  return check;
}
