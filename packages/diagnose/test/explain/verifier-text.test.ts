// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { VerifierText } from "../../src/explain/verifier-text.ts";

/** The reason that the text of a log gives, at its summary or at its end. */
const reasonOf = (...lines: readonly string[]): string | undefined => {
  const text = new VerifierText();
  for (const [i, line] of lines.entries()) {
    const reason = text.take(i + 1, line);
    if (reason !== undefined) return reason.text;
  }
  return text.finish()?.text;
};

const insn = "12: (85) call bpf_map_lookup_elem#1";
const summary = "processed 13 insns (limit 1000000) max_states_per_insn 0";

describe("a line of the verifier's log that is no reason", () => {
  test.each([
    "R1=ctx() R10=fp0",
    "R11_w=scalar(id=1)",
    "R2_rw=inv(id=0)",
    "app[7]: R1=ctx()",
    'msg="R1=ctx()"',
    "frame12: R6=map_value()",
    "fp-16=mmmmmmmm",
    "fp0=ctx",
    "from 12 to 15: R0=0",
    "from 7 to 123: safe",
    "; if (value)",
    "  ; if (value)",
    "func#12 @34",
    "mark_precise: frame0: last_idx 12",
    "last_idx 12 first_idx 0",
    "regs=1 stack=0 before 11",
    "parent didn't have regs=1",
    "12: safe",
    "7: safe",
    "12: R1=ctx()",
    "7: R1_w=0",
    "caller:",
    "callee:",
    "verification time 120 usec",
    "stack depth 16+0",
    "propagating r6",
    "-- BEGIN PROG LOAD LOG --",
    "",
    "   ",
  ])("'%s'", (line) => {
    expect(reasonOf(insn, line, "the reason", summary)).toBe("the reason");
    expect(reasonOf(insn, line, summary)).toBeUndefined();
  });
});

test.each([
  "R1 !read_ok",
  "back-edge from insn 12 to 3",
  "R0 invalid mem access 'scalar'",
  "invalid read from stack R2 off -16+0 size 8",
  "the program has a loop; that is not safe",
  "prog.c:12: bad",
])("'%s' is a reason", (line) => {
  expect(reasonOf(insn, line, summary)).toBe(line);
  expect(reasonOf(insn, line)).toBe(line);
});

test("the first line after the last instruction is the reason", () => {
  expect(reasonOf(insn, "one", insn, "two", "three", summary)).toBe("two");
});

test.each([summary, "processed 1 insn", "-- END PROG LOAD LOG --", "libbpf: -- END LOG --"])(
  "a log ends with '%s'",
  (end) => {
    expect(reasonOf(insn, "the reason", end, insn, "another")).toBe("the reason");
  },
);

test("a line before the first instruction is none", () => {
  expect(reasonOf("something else", insn, summary)).toBeUndefined();
});

test("the reason of a log without its end is less sure than that of a whole one", () => {
  const isWhole = (...lines: readonly string[]): boolean | undefined => {
    const text = new VerifierText();
    const found = lines.map((line, i) => text.take(i + 1, line));
    return (found.find((one) => one !== undefined) ?? text.finish())?.isWhole;
  };
  expect(isWhole(insn, "R1 !read_ok", summary)).toBe(true);
  expect(isWhole(insn, "R1 !read_ok")).toBe(false);
});

test("the reason of Linux 7.3 is the line after its heading, and no later one", () => {
  const text = new VerifierText();
  const lines = [
    "Verification failed: Memory Safety: Bounds",
    "Reason:",
    "",
    "  too far",
    "At:",
    "  insn 3",
  ];
  for (const [i, line] of lines.entries()) expect(text.take(i + 1, line)).toBeUndefined();
  expect(text.finish()?.says).toBe("the verifier rejects the program: Bounds: too far");
});
