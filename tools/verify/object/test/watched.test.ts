// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { watched } from "../lib/watched.mjs";

const stubborn = new URL("fixtures/stubborn.mjs", import.meta.url).href;
/** CPU time; the real limit would make the test slow. */
const PATIENCE_MS = 300;

async function run(data: { endless: number[]; fatal: number }) {
  const printed: string[] = [];
  const asked = { runs: 12, from: 100 };
  // Progress lines depend on the time.
  const print = (line: string) => {
    if (line.startsWith("run ")) printed.push(line);
  };
  const { found, read } = await watched(stubborn, data, asked, print, PATIENCE_MS);
  const runs = found.map(({ run: number, wrong }) => `${number} ${wrong.split(":")[0]}`);
  return { runs, read, printed };
}

test("reports hanging runs by their number, and continues after them", async () => {
  const { runs, read, printed } = await run({ endless: [103, 111], fatal: -1 });
  expect(runs).toEqual([
    ...["100 a multiple of five", "103 hangs", "105 a multiple of five"],
    ...["110 a multiple of five", "111 hangs"],
  ]);
  expect(read).toBe(10);
  expect(printed[1]).toBe(`run 103: hangs: stopped after ${PATIENCE_MS} ms of CPU time`);
});

test("reports a run that ends the thread, and continues after it", async () => {
  const { runs, read, printed } = await run({ endless: [], fatal: 104 });
  expect(runs).toHaveLength(4);
  expect(printed[1]).toContain("run 104: the thread ended: TypeError: not foreseen");
  expect(read).toBe(11);
});

test("a failure to start is an error, not a finding", async () => {
  const nowhere = new URL("fixtures/nowhere.mjs", import.meta.url).href;
  await expect(watched(nowhere, {}, { runs: 1 }, () => {})).rejects.toThrow("nowhere.mjs");
});
