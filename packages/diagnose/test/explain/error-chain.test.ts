// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { ErrorChain } from "../../src/explain/error-chain.ts";

const take = (...lines: readonly string[]): readonly (string | undefined)[] => {
  const chain = new ErrorChain();
  return lines.map((line) => chain.take(line)).filter((joined) => joined !== undefined);
};
const lines = (count: number): readonly string[] => Array.from({ length: count }, () => "");
const errno = "Operation not permitted (os error 1)";

test.each([
  ["the causes of a Rust program", ["Error: failed to load", "Caused by:", `    0: ${errno}`]],
  [
    "a line of the journal",
    ["app[7]: Error: failed to load", "app[7]: Caused by:", `app[7]:   ${errno}`],
  ],
])("an error is joined with %s", (_, text) => {
  expect(take(...text)).toEqual([`failed to load: ${errno}`]);
});

test("a call in a line of its own is joined with the message of the system", () => {
  expect(take("bpf(BPF_MAP_CREATE)", "  OS message: Operation not permitted")).toEqual([
    "BPF_MAP_CREATE: Operation not permitted",
  ]);
});

test("a cause stands at most six lines after its error, and later lines belong to nothing", () => {
  const text = (blank: number) => ["Error: failed to load", ...lines(blank), "Caused by:", errno];
  expect(take(...text(4))).toEqual([`failed to load: ${errno}`]);
  expect(take(...text(5))).toEqual([]);
});

test("a line that is no cause is not joined", () => {
  expect(take("Error: failed to load", errno)).toEqual([]);
  expect(take("Caused by:", errno)).toEqual([]);
});

test("the causes of an earlier error are not those of the next one", () => {
  expect(take("Error: one", "Caused by:", "Error: two", errno)).toEqual([]);
});
