// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { breakCall, shortCall, withAnswer } from "../../src/cli/text/call-text.ts";

describe("breakCall", () => {
  test("leaves a call that fits unchanged", () => {
    expect(breakCall('fsopen("bpf", 0)', 16)).toEqual(['fsopen("bpf", 0)']);
  });

  test("breaks after commas and indents the next lines", () => {
    expect(breakCall("bpf(A, {b: 1, c: 2}, 8)", 14)).toEqual(["bpf(A, {b: 1,", "    c: 2}, 8)"]);
  });

  test("does not break at commas in strings", () => {
    const text = 'write(3, "a, b, \\"c, d", 9)';
    const lines = breakCall(text, 12);
    expect(lines).toContain('    "a, b, \\"c, d",');
    expect(lines.map((line) => line.trim()).join(" ")).toBe(text);
  });

  test.each(['open("never closed, 1', "f(", ", , ,", "", "a,b, c"])(
    "loses nothing of %j",
    (text) => {
      const joined = breakCall(text, 4).join("").replaceAll(" ", "");
      expect(joined).toBe(text.replaceAll(" ", ""));
    },
  );
});

describe("shortCall", () => {
  test("removes the size of attr and the count of instructions", () => {
    expect(shortCall("bpf(X, {a: 1, insn_cnt: 2}, 168)")).toBe("bpf(X, {a: 1})");
    expect(shortCall("bpf(X, NULL, 168)")).toBe("bpf(X, NULL, 168)");
    expect(shortCall("read(3, {zero}, 1)")).toBe("read(3, {zero}, 1)");
  });
});

describe("withAnswer", () => {
  const plain = (text: string): string => text;
  const answer = { text: "= EPERM", painted: "= EPERM" };

  test("aligns the answer to a column", () => {
    expect(withAnswer(["close(3)"], answer, 70, plain)).toEqual([
      `${"close(3)".padEnd(44)}= EPERM`,
    ]);
  });

  test("puts the answer after a long call, or below a call that fills the line", () => {
    expect(withAnswer(["x".repeat(50)], answer, 70, plain)).toEqual([`${"x".repeat(50)}  = EPERM`]);
    expect(withAnswer(["x".repeat(68)], answer, 70, plain)).toEqual([
      "x".repeat(68),
      `${" ".repeat(44)}= EPERM`,
    ]);
  });
});
