// SPDX-License-Identifier: MIT
import type { Value } from "@bpf-token/object";
import { expect, test } from "vitest";
import { nowhere } from "../../src/program-test/file/file.ts";
import { expectedOf } from "../../src/program-test/file/test-state.ts";
import type { LoadedObject } from "../../src/program-test/loaded-object.ts";
import { eventProblems } from "../../src/program-test/state.ts";
import type { Plain } from "../../src/program-test/values.ts";

/** The problems of a ring buffer `log` with these events. */
function problems(list: readonly Plain[], found: readonly Value[]): readonly string[] {
  const object = { events: () => found } as unknown as LoadedObject;
  const expected = expectedOf({ events: { log: list } });
  return [...eventProblems(object, expected, { at: nowhere })].map(({ text }) => text);
}

test("each wrong member of each event is named", () => {
  const found = [
    { pid: 7, name: "sh", at: { port: 80, host: 1 } },
    { pid: 8, name: "cat", at: { port: 53, host: 2 } },
  ];
  expect(problems([{ pid: 6, name: "sh", at: { port: 53, host: 2 } }, { pid: 9 }], found)).toEqual([
    "log[0].pid is 7, expected 6",
    "log[0].at.port is 80, expected 53",
    "log[0].at.host is 1, expected 2",
    "log[1].pid is 8, expected 9",
  ]);
  expect(problems([{ pid: 7, at: { host: 1 } }, { name: "cat" }], found)).toEqual([]);
});

test("an event with many wrong members does not make the output long", () => {
  const numbers = Array.from({ length: 1000 }, (_, i) => i + 1);
  const texts = problems([{ all: numbers }], [{ all: numbers.map(() => 0) }]);
  expect(texts).toHaveLength(9);
  expect(texts[7]).toBe("log[0].all[7] is 0, expected 8");
  expect(texts[8]).toBe("log[0] has 992 more wrong members");
  const nine = problems(
    [{ all: numbers.slice(0, 9) }],
    [{ all: numbers.slice(0, 9).map(() => 0) }],
  );
  expect(nine[8]).toBe("log[0] has 1 more wrong member");
});
