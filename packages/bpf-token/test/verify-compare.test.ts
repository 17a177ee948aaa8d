// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { compareVerdicts, type ProgramVerdict } from "../src/verify/index.ts";

const counts = "processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 1";
const accepted: ProgramVerdict = {
  name: "count",
  type: "xdp",
  verdict: "accepted",
  reason: "",
  code: null,
  instructions: 3,
  states: 1,
  explanation: "",
  log: `0: R1=ctx() R10=fp0\n; return 2;\n0: (b7) r0 = 2                        ; R0_w=2\n1: (95) exit\n${counts}\n`,
  capabilities: [{ name: "CAP_BPF", granted: true }],
  least: null,
};
const refused: ProgramVerdict = {
  ...accepted,
  verdict: "refused",
  reason: "bpf(BPF_PROG_LOAD): EINVAL",
  code: "EINVAL",
  log: `0: R1=ctx() R10=fp0\n0: (bf) r6 = r1\nunknown opcode db\n${counts}\n`,
};

const logs = (first: ProgramVerdict, second: ProgramVerdict) => [first.log, second.log] as const;

test("equal verdicts have no difference, whatever was counted", () => {
  expect(compareVerdicts(accepted, accepted)).toBeNull();
  expect(compareVerdicts(accepted, { ...accepted, instructions: 9, log: "" })).toBeNull();
  const counted = { ...refused, log: refused.log.replace("processed 3", "processed 4") };
  expect(compareVerdicts(refused, counted)).toBeNull();
});

test("different verdicts have the first different instruction, the messages and capabilities", () => {
  const more = { ...refused, capabilities: [{ name: "CAP_PERFMON", granted: false }] };
  expect(compareVerdicts(accepted, more, logs(accepted, more))).toEqual({
    what: "verdict",
    instruction: { lines: ["0: (b7) r0 = 2", "0: (bf) r6 = r1"] },
    messages: [[], ["unknown opcode db"]],
    capabilities: [["CAP_BPF"], ["CAP_PERFMON"]],
  });
});

test("a log that ended has no line, and a log without instructions has no difference", () => {
  const ended = { ...refused, log: "0: (b7) r0 = 2 ; R0=2\nlast insn is not an exit\n" };
  const found = compareVerdicts(ended, accepted, logs(ended, accepted));
  expect(found?.instruction).toEqual({ lines: [null, "1: (95) exit"] });
  const without = { ...refused, log: "" };
  expect(compareVerdicts(accepted, without)).toMatchObject({
    instruction: null,
    messages: [[], [refused.reason]],
  });
});

test("refusals with the same errno differ in their messages", () => {
  const other = { ...refused, log: "R1 type=ctx expected=fp\n" };
  expect(compareVerdicts(refused, other)).toMatchObject({
    what: "reason",
    messages: [["unknown opcode db"], ["R1 type=ctx expected=fp"]],
  });
  expect(compareVerdicts(refused, { ...refused, code: "EPERM" })?.what).toBe("verdict");
});
