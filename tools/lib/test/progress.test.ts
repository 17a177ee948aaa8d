// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Steps } from "../build-steps.mjs";
import { clock, Progress } from "../progress.mjs";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs `ms` of work with three steps a second; returns the output. */
function written(ms: number, out: { isTTY?: boolean; columns?: number }, silentMs = 0): string[] {
  const lines: string[] = [];
  const write = (text: string): number => lines.push(text);
  let steps = 0;
  const stream = { ...out, write } as unknown as typeof process.stderr;
  const progress = new Progress(() => `work: ${steps++}`, { out: stream, silentMs });
  vi.advanceTimersByTime(ms);
  progress.end();
  vi.advanceTimersByTime(60_000);
  return lines;
}

test("minutes and seconds", () => {
  expect([0, 59_999, 65_000, 3_600_000].map(clock)).toEqual(["0:00", "0:59", "1:05", "60:00"]);
});

test("a pipe gets a line immediately and every five seconds, and none after the end", () => {
  expect(written(11_000, {})).toEqual(["work: 0, 0:00\n", "work: 1, 0:05\n", "work: 2, 0:10\n"]);
});

test("a terminal gets one line, which is rewritten, cut to its width and wiped", () => {
  const wipe = "\u001b[K";
  expect(written(450, { isTTY: true, columns: 8 })).toEqual([
    `\rwork: 0${wipe}`,
    `\rwork: 1${wipe}`,
    `\rwork: 2${wipe}`,
    `\r${wipe}`,
  ]);
});

test("work that ends before the delay shows nothing", () => {
  expect(written(2900, { isTTY: true }, 3000)).toEqual([]);
  expect(written(3100, {}, 3000)).toEqual(["work: 0, 0:03\n"]);
});

test.each([
  ["NX  Running target build for 10 projects and 12 tasks they depend on:", 22],
  ["NX  Running target build for project @bpf-token/uapi and 1 task it depends on:", 2],
  ["NX  Running target build for project core-c:", 1],
  ["NX  Running targets executor, addon for project @bpf-token/kernel-native:", 1],
])("%s: %i steps", (line, all) => {
  const steps = new Steps();
  steps.read(line);
  expect(`${steps}`).toBe("");
  steps.read("> nx run @bpf-token/uapi:types");
  expect(`${steps}`).toBe(`: step 1 of ${all}, uapi:types`);
});

test("counts compiled sources until the next task", () => {
  const steps = new Steps();
  steps.read("NX  Running target build for 3 projects:");
  steps.read("> nx run core-c:build");
  steps.read("core-c: compiled 12 of 180 sources for the kernel");
  expect(`${steps}`).toBe(": step 1 of 3, 12 of 180 sources for the kernel");
  steps.read("> nx run @bpf-token/kernel-wasm:types  [local cache]");
  expect(`${steps}`).toBe(": step 2 of 3, kernel-wasm:types");
});
