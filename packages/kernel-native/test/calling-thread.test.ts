// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { findPlace, readCallingThread } from "../src/program/calling-thread.ts";

test("finds the mapped file of an address", () => {
  const maps =
    "00400000-00401000 r-xp 00001000 fe:00 12    /a file\\012 (deleted)\n7f00000-7f10000 rw-p 00000000 00:00 0 \n";
  const places = [0x3fffff, 0x400010, 0x401000, 0x7f00001].map((at) => findPlace(maps, at));
  expect(places).toEqual([
    undefined,
    { file: "/a file\\012 (deleted)", offset: 0x1010 },
    undefined,
    { file: "[anonymous]", offset: 1 },
  ]);
});

test("a thread that has ended is not described", async () => {
  const child = spawn("true");
  await once(child, "exit");
  expect(readCallingThread(child.pid ?? 0)).toBeUndefined();
});

test("a thread that makes no call has a name", () => {
  expect(readCallingThread(process.pid)).toMatchObject({ pid: process.pid, tid: process.pid });
});
