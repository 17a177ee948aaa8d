// SPDX-License-Identifier: MIT
// Verifier logs of Linux 7.3.
import { describe, expect, test } from "vitest";
import { explainLog, readVerifierLog, verifierCategories } from "../src/index.ts";

const STEPS = `0: R1=ctx() R10=fp0
; char *data = (char *)(u64)context->data; @ refused.c:18
0: (61) r1 = *(u32 *)(r1 +0)          ; R1=pkt(r=0)
; return data[7]; @ refused.c:20
1: (71) r0 = *(u8 *)(r1 +7)
`;
const MESSAGE = "invalid access to packet, off=7 size=1, R1(id=0,off=7,r=0)\n";
const SUMMARY =
  "processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";

/** What Linux 7.3 adds for the program `beyond` of test/fixtures/refused.c. */
const BLOCK = `
Verification failed: Memory Safety: Access outside bounds

Reason:
  The verifier cannot prove offset + access_size <= object_size. Here, the minimal bound for a
  memory access is 7 and is outside of the object of size 0. R1 is pkt; offset is constant 7;
  access_size is 1; object_size is 0.

At:
  beyond @ refused.c:20:9
  Source context:
      18 |         char *data = (char *)(u64)context->data;
      19 | ...
  >>> 20 |         return data[7];
         |         ^-- error: access may be outside object bounds
      21 | ...
  Instruction context:
      0 | (61) r1 = *(u32 *)(r1 +0)
  >>> 1 | (71) r0 = *(u8 *)(r1 +7)
      2 | (64) w0 <<= 24

Causal path:
  beyond @ refused.c:18:37
  Source context:
      17 | ...
  >>> 18 |         char *data = (char *)(u64)context->data;
         |         ^-- update: R1 changed from context pointer at offset 0
         |             to pkt at offset 0
      19 | ...
  Instruction context:
  >>> 0 | (61) r1 = *(u32 *)(r1 +0)
      1 | (71) r0 = *(u8 *)(r1 +7)

Suggestion:
  Add or adjust a bounds check that proves offset + access_size stays within the object.

`;

const log = STEPS + MESSAGE + BLOCK + SUMMARY;

describe("a diagnosis", () => {
  const { diagnosis, ...rest } = readVerifierLog(log);

  test("has a category, a problem, a reason and a suggestion", () => {
    expect(diagnosis).toMatchObject({
      category: "Memory Safety",
      problem: "Access outside bounds",
      suggestion:
        "Add or adjust a bounds check that proves offset + access_size stays within the object.",
      omitted: [],
      lock: undefined,
    });
    expect(diagnosis?.reason).toMatch(/^The verifier cannot prove .* object_size is 0\.$/);
    expect(verifierCategories).toContain(diagnosis?.category);
  });

  test("has the place and the causal path", () => {
    expect(diagnosis?.at).toEqual({
      insn: 1,
      instruction: "r0 = *(u8 *)(r1 +7)",
      function: "beyond",
      source: { file: "refused.c", line: 20, text: "return data[7];" },
      label: "error",
      text: "access may be outside object bounds",
    });
    expect(diagnosis?.causes).toEqual([
      {
        insn: 0,
        instruction: "r1 = *(u32 *)(r1 +0)",
        function: "beyond",
        source: {
          file: "refused.c",
          line: 18,
          text: "char *data = (char *)(u64)context->data;",
        },
        label: "update",
        text: "R1 changed from context pointer at offset 0 to pkt at offset 0",
      },
    ]);
  });

  test("changes nothing else in the log", () => {
    const { diagnosis: none, ...older } = readVerifierLog(STEPS + MESSAGE + SUMMARY);
    expect(none).toBeUndefined();
    expect({ ...rest, whole: "" }).toEqual({ ...older, whole: "" });
    expect([rest.message, rest.whole]).toEqual([MESSAGE.trim(), log]);
  });

  test("is formatted after the message", () => {
    expect(explainLog(readVerifierLog(log), undefined, { steps: 0 }).split("\n")).toEqual([
      MESSAGE.trim(),
      "Memory Safety: Access outside bounds",
      expect.stringMatching(/^ {2}The verifier cannot prove /),
      "  at refused.c:20: return data[7];",
      "  instruction 1: r0 = *(u8 *)(r1 +7)",
      "    access may be outside object bounds",
      "what led to it:",
      "  at refused.c:18: char *data = (char *)(u64)context->data;",
      "  instruction 0: r1 = *(u32 *)(r1 +0)",
      "    R1 changed from context pointer at offset 0 to pkt at offset 0",
      expect.stringMatching(/^suggestion: Add or adjust a bounds check/),
      SUMMARY.trim(),
    ]);
  });
});

/** Sections after a first line. */
function block(head: string, ...sections: readonly string[]): string {
  return [`Verification failed: ${head}`, ...sections, ""].join("\n\n");
}

const diagnosed = (text: string) => readVerifierLog(text).diagnosis;

test("a program without BTF has places without source lines", () => {
  const at = `At:
  insn 4
       | ^-- error: R0 is not readable
  Instruction context:
      3 | (05) goto pc+0
  >>> 4 | (95) exit`;
  const { at: place } = diagnosed(block("Register Type Safety: Unreadable register", at)) ?? {};
  expect(place).toEqual({
    insn: 4,
    instruction: "exit",
    function: "",
    source: undefined,
    label: "error",
    text: "R0 is not readable",
  });
});

test("a place may have a file name and no text, or no instruction", () => {
  const at = `At:
  some dir/a file.c:7:1
       | ^-- error: note: it ends: here`;
  const text = block("Policy", at);
  expect(diagnosed(text)?.at).toEqual({
    insn: undefined,
    instruction: "",
    function: "",
    source: { file: "some dir/a file.c", line: 7, text: "" },
    label: "error",
    text: "note: it ends: here",
  });
  expect(explainLog(readVerifierLog(text)).split("\n")).toEqual([
    "the verifier gives no reason",
    "Policy",
    "  at some dir/a file.c:7",
    "    note: it ends: here",
  ]);
});

test("a held lock, several causes and the kernel's remarks about them are kept", () => {
  const place = (insn: number, remark: string): string => `  insn ${insn}
       | ^-- ${remark}
  Instruction context:
  >>> ${insn} | (b7) r0 = 0`;
  const text = block(
    "Execution Context Safety: Operation is not allowed in this context",
    "Reason:\n  It may sleep.",
    `At:\n${place(9, "error: sleeps")}`,
    `Active lock:\n${place(3, "acquired: active lock has verifier identity 1")}`,
    [
      `Causal path:\n${place(1, "branch: took the true branch")}`,
      "  12 intermediate causal-history events omitted",
      place(5, "context: entered lock region; depth is now 1"),
      "  1 older causal-history event not retained because diagnostic event storage reached capacity",
    ].join("\n\n"),
  );
  const found = diagnosed(text);
  expect([found?.at?.insn, found?.lock?.insn, found?.lock?.label]).toEqual([9, 3, "acquired"]);
  expect(found?.causes.map(({ insn, label }) => [insn, label])).toEqual([
    [1, "branch"],
    [5, "context"],
  ]);
  expect(found?.omitted).toEqual([
    "12 intermediate causal-history events omitted",
    "1 older causal-history event not retained because diagnostic event storage reached capacity",
  ]);
  expect(found?.suggestion).toBe("");
  const shown = explainLog(readVerifierLog(text)).split("\n");
  expect(shown).toContain("the lock that the program holds:");
  expect(shown).toContain("  (12 intermediate causal-history events omitted)");
});

test("only the last diagnosis counts, and none that instructions follow", () => {
  const first = block("Policy: First");
  const second = block("Memory Safety: Second");
  expect(diagnosed(first + second)?.problem).toBe("Second");
  const followed = readVerifierLog(`${first}${STEPS}${MESSAGE}${SUMMARY}`);
  expect([followed.diagnosis, followed.message]).toEqual([undefined, MESSAGE.trim()]);
});

test("a log that ends within a diagnosis has what is there", () => {
  const complete = STEPS + MESSAGE + BLOCK;
  for (let length = 0; length <= complete.length; length++) {
    const part = readVerifierLog(complete.slice(0, length));
    expect(explainLog(part)).not.toContain("undefined");
  }
  const cut = log.slice(0, log.indexOf("Causal path:"));
  expect(diagnosed(cut)).toMatchObject({ at: { insn: 1 }, causes: [], suggestion: "" });
});
