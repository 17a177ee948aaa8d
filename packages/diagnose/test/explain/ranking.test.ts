// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { startClues } from "../../src/explain/clues.ts";
import { type Hint, Ranking } from "../../src/explain/ranking.ts";

type Line = readonly [number: number, text: string, hint: Hint];
const [denied, memlock, verifier] = ["doctor.lsm", "explain.memlock", "explain.verifier"] as const;
const hint = (strength: Hint["strength"], ...causes: Hint["causes"]): Hint => ({
  strength,
  causes,
});

const candidatesOf = (...lines: readonly Line[]) => {
  const ranking = new Ranking();
  for (const [line, text, one] of lines) ranking.add(one, { line, text });
  return ranking.explain(startClues(undefined, undefined), lines.length).candidates;
};

describe("the evidence of a cause", () => {
  const evidenceOf = (...lines: readonly (readonly [number, string, Partial<Hint>?])[]) => {
    const [first] = candidatesOf(
      ...lines.map(([line, text, more]) => [line, text, { ...hint(2, denied), ...more }] as const),
    );
    return [first?.count, first?.evidence.map(({ line, text }) => `${line} ${text}`)];
  };

  test("has the first three lines, and the count of all", () => {
    const lines = [1, 2, 3, 4].map((line) => [line, "a"] as const);
    expect(evidenceOf(...lines)).toEqual([4, ["1 a", "2 a", "3 a"]]);
  });

  test("has two texts of one line, but none twice", () => {
    expect(evidenceOf([1, "a"], [1, "a"], [1, "b"], [2, "b"])).toEqual([3, ["1 a", "1 b", "2 b"]]);
  });

  test("does not have a line again that counts more at the end", () => {
    expect(evidenceOf([1, "a"], [2, "b"], [3, "c", { again: true, strength: 4 }])).toEqual([
      ...[2, ["1 a", "2 b"]],
    ]);
  });
});

describe("a cause is certain", () => {
  test.each<[boolean, string, readonly Line[]]>([
    [true, "a strong line names it alone", [[1, "a", hint(3, denied)]]],
    [
      true,
      "a later line does",
      [
        [1, "a", hint(1, denied, memlock)],
        [2, "b", hint(4, denied)],
      ],
    ],
    [false, "the line names others too", [[1, "a", hint(3, denied, memlock)]]],
    [
      false,
      "two lines name others too",
      [
        [1, "a", hint(3, denied, memlock)],
        [2, "b", hint(3, denied, memlock)],
      ],
    ],
    [false, "the line is weak", [[1, "a", hint(2, denied)]]],
    [
      false,
      "the second line is weak, too",
      [
        [1, "a", hint(2, denied)],
        [2, "b", hint(2, denied)],
      ],
    ],
    [
      false,
      "others come before it",
      [
        [1, "a", hint(3, memlock, denied)],
        [2, "b", hint(3, memlock, denied)],
      ],
    ],
  ])("%s: if %s", (certain, _, lines) => {
    const found = candidatesOf(...lines).find(({ id }) => id === denied);
    expect(found?.confidence === "certain").toBe(certain);
  });
});

test("the last call asks for the cause that another line gave a reason for", () => {
  const says = { ...hint(1, verifier), says: "the verifier rejects the program: R1 !read_ok" };
  const last = { ...hint(4, denied, verifier, memlock), again: true };
  const ids = (...lines: readonly Line[]) => candidatesOf(...lines).map(({ id }) => id);
  expect(ids([1, "a", says], [2, "b", last])).toEqual([verifier, denied, memlock]);
  expect(ids([1, "a", hint(1, verifier)], [2, "b", last])).toEqual([denied, verifier, memlock]);
  // A line with several causes does not tell them apart.
  const several = { ...hint(1, verifier, memlock), says: "EPERM from a missing permission" };
  expect(ids([1, "a", several], [2, "b", last])).toEqual([denied, verifier, memlock]);
  // With words of its own, or seen for the first time, the call keeps its order.
  for (const more of [{ says: "bpf() is refused" }, { again: false }])
    expect(ids([1, "a", says], [2, "b", { ...last, ...more }])[0]).toBe(denied);
});
