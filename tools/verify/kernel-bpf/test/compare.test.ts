// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { comparableLog, compareVerdicts } from "../lib/compare.mjs";

test("addresses, ids and times are no differences of logs", () => {
  const log = (address: string, id: number, usec: number) =>
    `0: (18) r1 = ${address} ; R1=map_ptr(id=${id})\nverification time ${usec} usec\n`;
  expect(comparableLog(log("0xffff888004a1b000", 1, 12))).toBe(
    comparableLog(log("0x12345678", 22, 400)),
  );
  expect(comparableLog("R0 leaks addr")).not.toBe(comparableLog("R1 leaks addr"));
});

test("verdicts, errnos and logs are counted apart, and each difference has its name", () => {
  const result = {
    ...{ programs: 0, equal: 0, errnoEqual: 0, refused: 0, logEqual: 0, notModelled: 0 },
    notCompared: 0,
    differences: [] as string[],
  };
  const one = (error: number | null, log = "", why = "x") => ({ error, why, log });
  const lines: string[] = [];
  compareVerdicts(
    result,
    "a.o",
    new Map<string, object>([
      ["same", one(0)],
      ["log", one(-13, "R0 leaks")],
      ["errno", one(-13, "R1")],
      ["verdict", one(0)],
      [
        "unmodelled",
        { why: "not modelled by the bpf backend: schedule\nmore", log: "", isNotModelled: true },
      ],
      ["unsafe", one(0)],
      ["trap", { why: "unreachable", log: "", isTrap: true }],
    ]),
    new Map([
      ["same", one(0)],
      ["log", one(-13, "R0 leaks")],
      ["errno", one(-22, "R2")],
      ["verdict", one(-1, "", "EPERM\nmore")],
      ["unmodelled", one(0)],
      ["unsafe", one(null, "", "too large")],
      ["trap", one(-13, "R1")],
    ]),
    (line: string) => lines.push(line),
  );
  expect(result).toMatchObject({ programs: 5, equal: 3, errnoEqual: 2, refused: 2, logEqual: 1 });
  expect(result).toMatchObject({ notModelled: 1, notCompared: 1 });
  expect(result.differences).toEqual([
    "different errno: a.o errno: -13, -22",
    "different log: a.o errno",
    "different verdict: a.o verdict: module accepted, guest refused (EPERM)",
    "not modelled: a.o unmodelled: schedule",
    "not compared: a.o unsafe: too large",
    "different verdict: a.o trap: module trapped (unreachable), guest refused (x)",
  ]);
  expect(lines).toHaveLength(3);
});
