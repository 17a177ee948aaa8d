// SPDX-License-Identifier: MIT
import { attrLayout, BpfCmd, ProgType } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import type { TracedCall } from "../src/index.ts";
import { isShortLoad } from "../src/replay/probe.ts";

const load = (insn_cnt: number, prog_name: string, more: object = {}): TracedCall => {
  const attr = { prog_type: ProgType.SOCKET_FILTER, insn_cnt, prog_name, ...more };
  const memory = attrLayout("PROG_LOAD", "6.18").encode(attr);
  return { pid: 1, name: "bpf", args: [BpfCmd.PROG_LOAD, memory, memory.bytes.length], result: -1 };
};

test.each([
  [true, "two instructions without a name", load(2, "")],
  [true, "two instructions with the name of aya's and bpftool's tests", load(2, "test")],
  [true, "five instructions without a name", load(5, "")],
  [false, "two instructions with a name", load(2, "count")],
  [false, "three instructions with the name of a test", load(3, "test")],
  [false, "five instructions with a name", load(5, "count")],
  [false, "six instructions without a name", load(6, "")],
  [false, "line info, which probes lack", load(2, "", { line_info_cnt: 1 })],
])("can be a feature probe: %s for a load of %s", (expected, _, call) => {
  expect(isShortLoad(call)).toBe(expected);
});
