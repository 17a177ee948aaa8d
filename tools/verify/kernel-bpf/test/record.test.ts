// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { callBpf, loadOf, recordedTask } from "../lib/record.mjs";

const call = { cmd: 5, attr: { bytes: new Uint8Array(72), pointers: [] } };

test("records the calls of a loader, and makes them", () => {
  const made: unknown[][] = [];
  const task = { pid: 7, syscall: (...args: unknown[]) => made.push(args) };
  const seen: unknown[] = [];
  const recorded = recordedTask(task, (one: unknown) => seen.push(one));
  expect(recorded.pid).toBe(7);
  expect(recorded.syscall(321, 5, call.attr, 72)).toBe(1);
  recorded.syscall(321, 1, call.attr, 72);
  recorded.syscall(3, 5);
  expect(seen).toEqual([call]);
  callBpf(task, call);
  expect(made.at(-1)).toEqual([321, 5, call.attr, 72]);
});

test("the load of a program is its last one", () => {
  const map = { ...call, cmd: 0 };
  const probe = { ...call };
  expect(loadOf({ calls: [probe, map, call, map] })).toBe(call);
  expect(loadOf({ calls: [map] })).toBeUndefined();
});
