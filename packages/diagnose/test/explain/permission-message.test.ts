// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { permissionMessage } from "../../src/explain/permission-message.ts";
import { explainText } from "../../src/index.ts";
import { BPF, withCapabilities } from "../facts.ts";

const logOf = (message: string): string =>
  ["0: R1=ctx() R10=fp0", "0: (bf) r2 = r10", message, "processed 1 insns (limit 1000000)"].join(
    "\n",
  );
const loads = (log: string): string =>
  `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=30, log_buf="${log.replaceAll("\n", "\\n")}"}, 148) = -1 EACCES (Permission denied)`;

const permission = [
  "R2 pointer -= pointer prohibited",
  "invalid read from stack R2 off=-8 size=4",
  "R1 partial copy of pointer",
  "R10 pointer comparison prohibited",
  "invalid indirect read from stack R2 off -8+0 size 8",
  "attempt to corrupt spilled pointer on stack",
];

describe("a message that only a caller without CAP_PERFMON gets", () => {
  test.each(permission)("%s", (message) => {
    for (const text of [
      message,
      logOf(message),
      `libbpf: prog 'p': ${message}`,
      loads(logOf(message)),
    ]) {
      const { candidates, token } = explainText(text);
      expect(candidates[0]).toMatchObject({
        id: "explain.verifier_capability",
        confidence: "likely",
        cause: expect.stringContaining("CAP_PERFMON"),
      });
      expect([candidates.length, token]).toEqual([2, "no"]);
    }
  });

  test.each(permission)("is one of the program if the caller has CAP_PERFMON: %s", (message) => {
    const facts = withCapabilities("000001ffffffffff", {
      userns: { inode: 4026531837, initial: true },
    });
    expect(explainText(logOf(message), { facts }).candidates.map(({ id }) => id)).toEqual([
      "explain.verifier",
    ]);
  });
});

describe("a message that a caller with all capabilities gets, too", () => {
  test.each(["R1 !read_ok", "R3 invalid mem access 'scalar'", "infinite loop detected at insn 4"])(
    "%s",
    (message) => {
      const { candidates } = explainText(logOf(message));
      expect(candidates.map(({ id, confidence }) => [id, confidence])).toEqual([
        ["explain.verifier", "likely"],
        ["explain.verifier_capability", "possible"],
      ]);
      const facts = withCapabilities(BPF);
      expect(explainText(logOf(message), { facts }).candidates[0]?.id).toBe("explain.verifier");
      expect(candidates[0]?.cause).toMatch(/of \d+ test programs .* CAP_PERFMON cured \d+/);
    },
  );

  test("only: no capability is named", () => {
    const message = "R1 pointer arithmetic on map_value_or_null prohibited, null-check it first";
    for (const text of [message, logOf(message), loads(logOf(message))])
      expect(explainText(text).candidates.map(({ id }) => id)).toEqual(["explain.verifier"]);
    expect(permissionMessage(message)).toBeUndefined();
  });
});

test("an instruction is no message", () => {
  expect(permissionMessage("3: (1f) r2 -= r1 ; R2 pointer -= pointer prohibited")).toBeUndefined();
});
