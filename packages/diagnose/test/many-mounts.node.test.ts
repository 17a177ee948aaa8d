// SPDX-License-Identifier: MIT
import { WasmTask } from "@bpf-token/kernel-wasm";
import { BpfCmd } from "@bpf-token/uapi";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { type BpffsFact, diagnose } from "../src/index.ts";
import { bpffs, container } from "./facts.ts";

const BPF = 321;
let calls: MockInstance<WasmTask["syscall"]>;
beforeEach(() => {
  calls = vi.spyOn(WasmTask.prototype, "syscall");
});
afterEach(() => calls.mockRestore());

/** How many TOKEN_CREATE calls the model answered. */
const asked = (): number =>
  calls.mock.calls.filter(([nr, cmd]) => nr === BPF && cmd === BpfCmd.TOKEN_CREATE).length;

const many = (count: number, more: (i: number) => Partial<BpffsFact>): readonly BpffsFact[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ ...bpffs, path: `/mnt/${i}`, device: `0:${i}`, onHost: true },
    ...more(i),
  }));
/** Masks that differ from each other. */
const distinct = (i: number): Partial<BpffsFact> => ({
  delegates: { delegate_cmds: `0x${(i + 1).toString(16)}` },
});

describe("many BPF filesystems", () => {
  test("that are alike are judged once, in one finding", () => {
    const mounts = many(140_000, () => ({}));
    const { findings } = diagnose(container({ bpffs: mounts }));
    expect(asked()).toBe(1);
    expect(findings.map(({ id }) => id)).toEqual(["token.create.userns"]);
    expect(findings[0]?.cause).toMatch(
      /^\/mnt\/0 and 139999 more like it: TOKEN_CREATE gives EPERM/,
    );
    expect(findings[0]?.evidence[0]).toContain("/mnt/0, device 0:0");
  });

  test("that differ are judged up to a limit, which the diagnosis names", () => {
    const { findings } = diagnose(container({ bpffs: many(140_000, distinct) }));
    expect(asked()).toBe(256);
    expect(findings.length).toBe(257);
    expect(findings.at(-1)).toEqual({
      id: "doctor.unknown",
      severity: "warning",
      confidence: "possible",
      cause:
        "doctor judges 256 kinds of BPF filesystems, and the process has 140000; one of the others may give a token",
      evidence: ["mountinfo: 140000 BPF filesystems"],
      fix: ["unmount the BPF filesystems that the program does not use, and run doctor again"],
    });
  });

  test("exactly at the limit are all judged", () => {
    const { findings } = diagnose(container({ bpffs: many(256, distinct) }));
    expect([asked(), findings.length]).toEqual([256, 256]);
  });

  test.each<[string, (i: number) => Partial<BpffsFact>]>([
    ["owner", (i) => ({ onHost: i === 0 })],
    ["masks", distinct],
    ["part of the filesystem", (i) => ({ root: i === 0 ? "/" : "/part" })],
  ])("that differ in the %s are not grouped", (_, more) => {
    diagnose(container({ bpffs: many(2, more), capabilities: container().capabilities }));
    expect(asked()).toBe(2);
  });

  test("are alike if only the order of their options differs", () => {
    const delegates = (i: number) =>
      i === 0
        ? { delegate_cmds: "0x1", delegate_maps: "0x2" }
        : { delegate_maps: "0x2", delegate_cmds: "0x1" };
    diagnose(container({ bpffs: many(2, (i) => ({ delegates: delegates(i) })) }));
    expect(asked()).toBe(1);
  });

  test("do not hide the one that gives a token", () => {
    const mounts = [...many(23_400, () => ({})), { ...bpffs, path: "/run/bpf" }];
    expect(diagnose(container({ bpffs: mounts })).token?.path).toBe("/run/bpf");
    expect(asked()).toBe(2);
  });

  test("are predicted once each for a trial", () => {
    const mounts = many(23_400, () => ({}));
    const trial = mounts.map(({ path }) => ({ path, answer: "EPERM" }));
    const { findings, trial: rows } = diagnose(container({ bpffs: mounts }), { trial });
    expect(asked()).toBe(2);
    expect(new Set(rows?.map(({ predicted }) => predicted))).toEqual(new Set(["EPERM"]));
    expect(findings.length).toBe(1);
  });
});
