// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

const first = (text: string): string | undefined => explainText(text).candidates[0]?.id;

test.each([
  "create map: cannot allocate memory",
  "creating the maps: ENOMEM",
  "loading eBPF objects: os error 12",
  "bpf(): -12",
  "load prog: cannot allocate memory",
  "load program: cannot allocate memory",
])("a lack of memory for BPF is a limit: '%s'", (line) => {
  expect(first(line)).toBe("explain.memory_cgroup");
});

test.each([
  "roadmap: cannot allocate memory",
  "progress: cannot allocate memory",
  "fork: cannot allocate memory",
])("a lack of memory for something else is none: '%s'", (line) => {
  expect(first(line)).not.toBe("explain.memory_cgroup");
});
