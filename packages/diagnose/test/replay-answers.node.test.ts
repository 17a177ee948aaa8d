// SPDX-License-Identifier: MIT
// The whole finding of each refused call, for processes in different states.
// `npx vitest run --project node FILE -u` writes the files; read their difference.
import { expect, test } from "vitest";
import { type CallFinding, replayCalls } from "../src/index.ts";
import { grouped } from "./grouped.ts";
import { refused, states, withToken } from "./replay-events.ts";

function findingText(one: CallFinding): string {
  const { id, severity, confidence, outcome, cause, evidence, fix, lacks = [] } = one;
  const needs = lacks.map(({ axis, bit, name }) => ` ${axis}:${bit}:${name}`).join("");
  return [
    `${severity} ${confidence} ${outcome} ${id}${needs}: ${cause}`,
    // The last lines are those of the process: the first call has them.
    ...evidence
      .filter((text) => !/^(?:CapEff|user namespace): /.test(text))
      .map((text) => `+ ${text}`),
    ...fix.map((text) => `> ${text}`),
  ].join("\n");
}

test.each(Object.entries(states))("refused calls of %s", async (name, [facts, made]) => {
  const before = withToken(facts, made);
  const found = refused.flatMap((event) =>
    replayCalls([...before, event]).filter(({ index }) => index > 1 || event === refused[0]),
  );
  expect(found.length).toBeGreaterThan(50);
  expect(found[0]?.evidence.slice(-2).map((text) => text.split(":")[0])).toEqual([
    "user namespace",
    "CapEff",
  ]);
  const file = `./answers/calls of ${name}.txt`.replaceAll(" ", "-");
  const answers = found.map((one) => [one.call, findingText(one)] as const);
  await expect(grouped(answers)).toMatchFileSnapshot(file);
});
