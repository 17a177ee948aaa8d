// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { fromBundle, situations } from "./situations.ts";

test("there are 46 situations", () => {
  expect(situations.map(([number]) => number)).toEqual(Array.from({ length: 46 }, (_, i) => i + 1));
});

const named = situations.map(
  ([number, what, answer, id]) =>
    [fromBundle.has(answer) ? "bundle" : "log", number, what, answer, id] as const,
);

test.each(named)("%s: situation %d: %s", (_, __, ___, answer, id) => {
  expect(answer()[0]).toBe(id);
});
