// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { guest, inGuest } from "./situations/guest.ts";
import { staged } from "./situations/index.ts";

const page = readFileSync(new URL("../../../../docs/doctor.md", import.meta.url), "utf8");
const listed = page.split("\n").filter((line) => /^\| \d+ \|/.test(line));

test("docs/doctor.md lists each of the 46 situations", () => {
  const numbers = listed.map((line) => Number(/\d+/.exec(line)?.[0]));
  expect([...new Set(numbers)]).toEqual(Array.from({ length: 46 }, (_, i) => i + 1));
});

test("docs/doctor.md says of each staged situation what is found and which test stages it", () => {
  const rows = staged.map(
    ({ number, what, id }) => `| ${number} | ${what} | \`${id}\` | \`real: situation ${number}\` |`,
  );
  expect(listed.filter((line) => line.includes("`real: "))).toEqual(rows);
});

test("docs/doctor.md says of each situation in a guest what is found and which test stages it", () => {
  const rows = inGuest.map(
    ({ number, what, id }) =>
      `| ${number} | ${what} | \`${id}\` | \`guest:${guest}: situation ${number}\` |`,
  );
  expect(listed.filter((line) => line.includes("`guest:")).sort()).toEqual(rows.sort());
});
