// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { blank, callAround } from "../lib/c-text.mjs";
import { sitesOf, underSwitches } from "../lib/sites.mjs";

const known = new Set(["A", "B", "C", "D"]);

/** A source with a check of every form. */
const source = `int one(int fd)
{
	/* CHK_A is not here; it is put in brackets (below) */
	if (fd < 0) {
		if (!known(fd, "CHK_A"))
			return refuse(-EBADF, CHK_A, 0, fd);
	} else if (fd > 9)
		return refuse(-EMFILE, CHK_B, f(9), fd);
	switch (fd) {
	default:
		return refuse(-EINVAL, CHK_D, 0, fd);
	}
}

int two(void)
{
	return ask(HOOK, g(1), CHK_C);
}
`;

test("a check belongs to the innermost condition before it", () => {
  const { sites } = sitesOf("x.c", source, known);
  expect(sites.map(({ checks, line }) => [checks, line])).toEqual([
    [["A"], 5],
    [["B"], 7],
  ]);
});

test("distinguishes a call with a check from a refusal", () => {
  const { asked, bare } = sitesOf("x.c", source, known);
  expect(asked.map(({ name, checks, line }) => [name, checks, line])).toEqual([["ask", ["C"], 17]]);
  expect(bare).toEqual(["D", "C"]);
});

test("a call in a condition gets a switch in a switch", () => {
  const numbered = <T>(list: T[], from: number) =>
    list.map((site, i) => ({ ...site, number: from + i }));
  const text = "if (ask(CHK_C))\n\treturn refuse(-1, CHK_A, 0, 0);\n";
  const both = sitesOf("x.c", text, known);
  expect(underSwitches(text, numbered(both.sites, 1), numbered(both.asked, 2))).toBe(
    "#include <trace/mutant.h>\nif (mutant_if(1, !!(mutant_ask(2, CHK_C, ask(CHK_C)))))\n\treturn refuse(-1, CHK_A, 0, 0);\n",
  );
});

test("the call around an argument ends at its own bracket", () => {
  const text = blank("x = f(g(1), h(2), y);");
  expect(callAround(text, text.indexOf("y"))).toEqual({ name: "f", open: 4, end: 20 });
  expect(callAround(text, text.indexOf("2"))).toEqual({ name: "h", open: 12, end: 16 });
  expect(callAround(text, 0)).toBeUndefined();
});
