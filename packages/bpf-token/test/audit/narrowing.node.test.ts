// SPDX-License-Identifier: MIT
import { delegationMasks } from "@bpf-token/delegation";
import type { Recording } from "@bpf-token/kernel-native/record";
import { describe, expect, test } from "vitest";
import type { Access } from "../../src/audit/access.ts";
import { isEnough, narrow } from "../../src/audit/narrowing.ts";
import { judged, recordingOf } from "../../src/cli/commands/audit/follow.ts";

const masks = delegationMasks({
  ...{ cmds: ["map_create", "prog_load", "btf_load"], maps: ["array", "hash"] },
  ...{ progs: ["xdp"], attachs: ["xdp"] },
});
const delegates = {
  delegate_cmds: "map_create:prog_load:btf_load",
  ...{ delegate_maps: "array:hash", delegate_progs: "xdp", delegate_attachs: "xdp" },
};
const fdinfo = `allowed_cmds:\t0x40021\nallowed_maps:\t0x6\nallowed_progs:\t0x40\nallowed_attachs:\t0x${(1n << 37n).toString(16)}\n`;

const facts = {
  ...{ schema: "bpf-token/facts@1", pid: 9, release: "6.18.0", program: "agent", uid: 0 },
  capabilities: {
    ...{ effective: "0000008000000000", permitted: "0000008000000000" },
    ...{ inheritable: "0", bounding: "0000008000000000", ambient: "0" },
  },
  ...{ seccomp: 0, noNewPrivileges: false, userns: { inode: 77, initial: false } },
  bpffs: [{ path: "/sys/fs/bpf", device: "0:40", root: "/", delegates }],
  ...{ unprivilegedBpfDisabled: 2, unknown: [] },
};

/** MAP_CREATE of an array or hash with token 5. */
function mapCreate(type: number, result: number): object {
  const attr = new DataView(new ArrayBuffer(144));
  for (const [i, value] of [type, 4, 4, 1, 1 << 16].entries()) attr.setUint32(4 * i, value, true);
  attr.setUint32(76, 5, true);
  const bytes = btoa(String.fromCharCode(...new Uint8Array(attr.buffer)));
  return {
    ...{ type: "call", pid: 9, name: "bpf", args: ["0x0", "0x1000", "0x90"], result },
    memory: [["0x1000", bytes]],
  };
}

const recording = (...calls: readonly object[]): string =>
  [
    { schema: "bpf-token/trace@1", arch: "x64" },
    { type: "process", pid: 9, facts },
    { type: "file", pid: 9, fd: 5, file: { kind: "token", fdinfo } },
    ...calls,
  ]
    .map((line) => JSON.stringify(line))
    .join("\n");

const array = delegationMasks({ cmds: ["map_create"], maps: ["array"] });

describe("the part of a delegation that recorded calls use", () => {
  test("is what their token checks read, and the model confirms it", () => {
    const one = narrow([recording(mapCreate(2, 6))], masks);
    expect(one).toEqual({ calls: 1, used: array, proven: true });
  });

  test("is that of all processes together", () => {
    const both = narrow([recording(mapCreate(2, 6)), recording(mapCreate(1, 6))], masks);
    expect(both).toMatchObject({ calls: 2, proven: true });
    expect(both.used.maps).toBe(masks.maps);
  });

  test("has no bit that the delegation lacks", () => {
    const beyond = narrow([recording(mapCreate(2, 6), mapCreate(3, -1))], masks);
    expect(beyond).toEqual({ calls: 2, used: array, proven: true });
  });

  test("is unknown without a call that passes a token", () => {
    const nothing = delegationMasks({});
    expect(narrow([recording()], masks)).toEqual({ calls: 0, used: nothing, proven: undefined });
    expect(narrow([], masks)).toEqual({ calls: 0, used: nothing, proven: undefined });
  });

  test("is compared with the calls: a bit less, and the model refuses one of them", () => {
    const calls = [recording(mapCreate(2, 6), mapCreate(1, 7))];
    const { used } = narrow(calls, masks);
    expect(isEnough(calls, masks, used)).toBe(true);
    expect(isEnough(calls, masks, { ...used, maps: array.maps })).toBe(false);
    expect(isEnough(calls, masks, { ...used, cmds: 0n })).toBe(false);
  });

  test("is not proven if the model answers otherwise than the kernel did", () => {
    expect(narrow([recording(mapCreate(2, -22))], masks)).toEqual({
      ...{ calls: 1, used: array, proven: false },
    });
  });
});

describe("recordings of hostile containers", () => {
  const env = {};
  const { signal } = new AbortController();

  test("a long one does not count", async () => {
    const record = async ({ onLine, signal: full }: Recording): Promise<number> => {
      for (let i = 0; i < 10; i++) onLine("x".repeat(10));
      return await Promise.resolve(full?.aborted === true ? 0 : 7);
    };
    expect(await recordingOf(record, 9, { signal, env, most: 99 })).toBeUndefined();
    expect(await recordingOf(record, 9, { signal, env, most: 100 })).toHaveLength(109);
  });

  test("one that cannot be read hides only its own container", () => {
    const access = (who: string, pid: number) => ({ who, pids: [pid], masks, processes: 1 });
    const rows = [access("a", 8), access("b", 9)].map((one) => ({
      ...{ access: one as unknown as Access, findings: [], worst: "ok" as const },
    }));
    const recordings = new Map([
      [8, `${recording(mapCreate(2, 6))}\n{`],
      [9, recording(mapCreate(2, 6))],
    ]);
    const audit = judged({ rows, unknown: [], processes: 2 }, recordings, 5);
    expect(audit.rows.map(({ use }) => use?.proven)).toEqual([undefined, true]);
    expect(audit.unknown).toEqual([{ fact: "calls of a", why: "their recording cannot be read" }]);
  });
});
