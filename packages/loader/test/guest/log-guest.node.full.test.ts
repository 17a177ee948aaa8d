// SPDX-License-Identifier: MIT
// The verifier's diagnoses of Linux 7.3, and its logs before.
import { parseObject } from "@bpf-token/object";
import type { Kernel } from "@bpf-token/syscall";
import { expect, type TestContext, test } from "vitest";
import {
  Collection,
  explainLog,
  LoadError,
  type VerifierLog,
  verifierLogOf,
} from "../../src/index.ts";
import { fixture } from "../compile.ts";
import { describeGuest } from "../kernels.ts";

/** The log of a program that the kernel refuses. */
function logOf(context: TestContext, kernel: Kernel, program: string): VerifierLog {
  const object = parseObject(fixture(context, "refused"));
  try {
    Collection.load(kernel.init, object, { programs: [program], token: "never" }).close();
  } catch (error) {
    const log = error instanceof LoadError ? verifierLogOf(error, object) : undefined;
    if (log === undefined) throw error;
    return log;
  }
  throw new Error("it was loaded");
}

describeGuest(
  "the verifier of Linux 7.3",
  (guest) => {
    test("explains an access beyond a packet", (context) => {
      const log = logOf(context, guest(), "beyond");
      expect(log.message).toMatch(/^invalid access to packet, off=7 size=1/);
      expect(log.diagnosis).toMatchObject({
        category: "Memory Safety",
        problem: "Access outside bounds",
        omitted: [],
        lock: undefined,
      });
      expect(log.diagnosis?.at).toMatchObject({
        function: "beyond",
        source: { text: "return data[7];" },
        label: "error",
      });
      expect(log.steps.at(-1)).toMatchObject({
        insn: log.diagnosis?.at?.insn,
        text: log.diagnosis?.at?.instruction,
      });
      expect(log.diagnosis?.causes.map(({ insn, label }) => [insn, label])).toEqual([
        [0, "update"],
      ]);
      expect(log.summary).toMatch(/^processed \d+ insns/);
      expect(explainLog(log)).toMatch(/\nwhat led to it:\n.*\nsuggestion: /s);
    });

    test("does not explain an unknown helper", (context) => {
      const log = logOf(context, guest(), "asks");
      expect([log.message, log.diagnosis]).toEqual(["invalid func unknown#195896080", undefined]);
    });
  },
  "7.3",
);

describeGuest("the verifier of Linux 6.12", (guest) => {
  test("has the same message, and no explanation", (context) => {
    const log = logOf(context, guest(), "beyond");
    expect(log.message).toMatch(/^invalid access to packet, off=7 size=1/);
    expect(log.diagnosis).toBeUndefined();
  });
});
