// SPDX-License-Identifier: MIT
import { calls } from "../language/calls.js";
import { commandOf } from "../language/commands.js";
import type { Step } from "../language/model.js";
import { suggestion } from "../language/suggestion.js";
import { readArgs } from "./read-args.js";
import { answerOf, readExpectation } from "./read-expect.js";
import { readNeeds } from "./read-header.js";
import { type Reading, readPlain } from "./read-value.js";
import { describe, type Entry, type MapNode, type Node } from "./source.js";

/** The keys of a step, except its call. */
export const stepKeys: readonly string[] = ["by", "as", "say", "expect", "needs"];
/** The keys that a step may have with `bpf: COMMAND`. */
export const besideBpf: readonly string[] = [
  "attr",
  "size",
  "tail",
  "poke",
  "common",
  "common_size",
];

type Draft = { -readonly [K in keyof Step]?: Step[K] };

/** Parses one step; returns undefined if it has no valid call. */
export function readStep(node: Node, first: string, reading: Reading): Step | undefined {
  if (node.kind !== "map") {
    const [call] = node.kind === "scalar" ? [node.source] : [];
    const hint = call !== undefined && calls.has(call) ? `write '${call}:'` : undefined;
    reading.problems.add(node.at, `${describe(node)} is not a step`, hint);
    return undefined;
  }
  const call = findCall(node, reading);
  if (call === undefined) return undefined;
  return readParts(node, call, first, reading);
}

function findCall(node: MapNode, { problems }: Reading): Entry | undefined {
  const others = node.entries.filter(({ key }) => !stepKeys.includes(key));
  const found = others.filter(({ key }) => calls.has(key));
  const [call, second] = found;
  if (second !== undefined) {
    problems.add(second.at, `a step has one call, and this one already has '${call?.key}'`);
  }
  const bpf = call?.key === "bpf";
  for (const { key, at } of others) {
    if (calls.has(key)) continue;
    if (bpf && besideBpf.includes(key)) {
      if (call?.value.kind === "map") problems.add(at, `'${key}' belongs inside 'bpf' here`);
      continue;
    }
    const what = call === undefined ? "step" : "key";
    const known = call === undefined ? [...calls.keys(), ...stepKeys] : stepKeys;
    problems.add(
      at,
      `unknown ${what} '${key}'`,
      suggestion(key, bpf ? [...known, ...besideBpf] : known),
    );
  }
  if (call === undefined && others.length === 0) {
    problems.add(node.at, "a step without a call", "name a system call, such as 'fsopen: bpf'");
  }
  return call;
}

function readParts(node: MapNode, call: Entry, first: string, reading: Reading): Step | undefined {
  const spec = calls.get(call.key);
  if (spec === undefined) return undefined;
  const part = (key: string): Node | undefined =>
    node.entries.find((entry) => entry.key === key)?.value;
  const { problems, scope } = reading;
  const by = part("by");
  const name = by === undefined ? first : readPlain(by, reading);
  if (by !== undefined && name !== "") scope.task(name, by.at);
  const args = readArgs(withBeside(node, call), spec, call.at, reading);
  const step: Draft = { by: name, call: spec.name, args, at: node.at };
  const answer = answerOf(spec, spec.name === "bpf" ? commandOf(args.cmd) : undefined);
  const [say, expect, needs, as] = ["say", "expect", "needs", "as"].map(part);
  if (say !== undefined) step.say = readPlain(say, reading).trimEnd();
  if (expect !== undefined) {
    const expectation = readExpectation(expect, answer, reading);
    if (expectation !== undefined) step.expect = expectation;
  }
  if (needs !== undefined) step.needs = readNeeds(needs, problems);
  if (as !== undefined) {
    step.as = readPlain(as, reading);
    if (step.as !== "" && scope.newName(step.as, as.at)) scope.answers.set(step.as, answer);
  }
  return step as Step;
}

/** Converts `bpf: COMMAND` and the key `attr` to `bpf: { cmd: COMMAND, attr: … }`. */
function withBeside(node: MapNode, call: Entry): Node {
  if (call.key !== "bpf" || call.value.kind === "map") return call.value;
  const beside = node.entries.filter(({ key }) => besideBpf.includes(key));
  const cmd = { key: "cmd", at: call.at, value: call.value };
  return { kind: "map", at: call.at, entries: [cmd, ...beside] };
}
