// SPDX-License-Identifier: MIT
import type { Needs, Scenario, TaskName } from "../language/model.js";
import type { Problems } from "../language/problems.js";
import { namePattern } from "../language/reference.js";
import { features, readRelease } from "../language/release-range.js";
import { suggestion } from "../language/suggestion.js";
import { readChoice } from "./read-buffer.js";
import { readInteger, readPlain, readWords, wrong } from "./read-value.js";
import { Scope } from "./scope.js";
import { describe, type MapNode, type Node } from "./source.js";

/** The header of a scenario, with the steps as unparsed nodes. */
export interface HeaderReading {
  readonly header: Omit<Scenario, "steps">;
  readonly steps: readonly Node[];
}

type Draft = { -readonly [K in keyof Scenario]?: Scenario[K] };

const keys = [
  ...["name", "about", "rules", "needs", "sysctl", "backends", "tasks", "steps"],
] as const;
const sysctlName = "kernel.unprivileged_bpf_disabled";

/** Parses the header and finds the steps. */
export function readHeader(root: MapNode, problems: Problems): HeaderReading {
  const draft: Draft = {};
  let steps: readonly Node[] = [];
  for (const { key, at, value } of root.entries) {
    if (key === "steps") steps = readSteps(value, problems);
    else if (!(keys as readonly string[]).includes(key)) {
      problems.add(at, `unknown key '${key}'`, suggestion(key, keys));
    } else readKey(draft, key, value, problems);
  }
  for (const key of ["name", "steps"]) {
    if (root.entries.some((entry) => entry.key === key)) continue;
    problems.add(root.at, `a scenario needs '${key}'`);
  }
  const header = {
    ...draft,
    name: draft.name ?? "",
    rules: draft.rules ?? [],
    tasks: draft.tasks ?? [],
  };
  return { header, steps };
}

function readKey(draft: Draft, key: string, node: Node, problems: Problems): void {
  const reading = { problems };
  if (key === "name") {
    draft.name = readPlain(node, reading);
    if (/[\r\n]/.test(draft.name)) problems.add(node.at, "'name' must be one line");
  } else if (key === "about") draft.about = readPlain(node, reading).trimEnd();
  else if (key === "rules") draft.rules = readRules(node, problems);
  else if (key === "needs") draft.needs = readNeeds(node, problems);
  else if (key === "sysctl") draft.sysctl = readSysctl(node, problems);
  else if (key === "backends") draft.backends = readWords(node, reading);
  else draft.tasks = readTasks(node, problems);
}

function readSteps(node: Node, problems: Problems): readonly Node[] {
  if (node.kind === "list") return node.items;
  problems.add(node.at, `${describe(node)} is not a list of steps`);
  return [];
}

function readRules(node: Node, problems: Problems): readonly string[] {
  const rules = readWords(node, { problems });
  const items = node.kind === "list" ? node.items : [node];
  rules.forEach((rule, i) => {
    if (rule === "" || /^[A-Z]{2}-\d{2}[a-z]?$/.test(rule)) return;
    problems.add(items[i]?.at ?? node.at, `'${rule}' is not the id of a rule, such as TC-07`);
  });
  return rules;
}

/** Parses `needs` of a scenario or a step. */
export function readNeeds(node: Node, problems: Problems): Needs {
  const needs: { -readonly [K in keyof Needs]: Needs[K] } = {};
  if (node.kind !== "map") {
    wrong(node, "a mapping of since, until, features and why", { problems });
    return needs;
  }
  for (const { key, at, value } of node.entries) {
    if (key === "since" || key === "until") {
      needs[key] = readPlain(value, { problems });
      readRelease(needs[key], value.at, { problems });
    } else if (key === "features") {
      const items = value.kind === "list" ? value.items : [value];
      needs.features = items
        .map((item) => readChoice(item, features, "feature", { problems }))
        .filter((word) => features.some((feature) => feature === word)) as typeof features;
    } else if (key === "why") needs.why = readPlain(value, { problems });
    else
      problems.add(
        at,
        `unknown need '${key}'`,
        suggestion(key, ["since", "until", "features", "why"]),
      );
  }
  return needs;
}

function readSysctl(node: Node, problems: Problems): NonNullable<Scenario["sysctl"]> {
  const values: Record<string, number> = {};
  if (node.kind !== "map") {
    wrong(node, "a mapping of sysctl to value", { problems });
    return values;
  }
  for (const { key, at, value } of node.entries) {
    if (key !== sysctlName) {
      problems.add(at, `unknown sysctl '${key}'`, suggestion(key, [sysctlName]));
      continue;
    }
    const number = readInteger(value, { problems, scope: new Scope(problems, undefined) });
    if (number < 0 || number > 2) problems.add(value.at, `${describe(value)} is not 0, 1 or 2`);
    values[key] = Number(number);
  }
  return values;
}

function readTasks(node: Node, problems: Problems): readonly TaskName[] {
  const tasks: TaskName[] = [];
  const add = (name: string, where: Node["at"], about?: string): void => {
    if (!namePattern.test(name)) {
      problems.add(where, `'${name}' is not a name`, "letters, digits and _, a letter first");
    } else if (tasks.some((task) => task.name === name)) {
      problems.add(where, `task '${name}' occurs twice`);
    } else tasks.push(about === undefined ? { name } : { name, about });
  };
  if (node.kind === "map") {
    for (const { key, at, value } of node.entries) {
      const none = value.kind === "scalar" && value.value === null;
      add(key, at, none ? undefined : readPlain(value, { problems }).trimEnd());
    }
  } else if (node.kind === "list") {
    for (const item of node.items) add(readPlain(item, { problems }), item.at);
  } else wrong(node, "a mapping or a list of tasks", { problems });
  if (tasks.length === 0) problems.add(node.at, "'tasks' names no task");
  return tasks;
}
